"""Fields that the stand-in is not to know are refused before anything is painted, in the words that were chosen."""

import json

import aiohttp
import pytest

from sandbox.image_api.refusals import FORMS
from tests.sandbox.image_api.calls import DRAWING, post
from tests.sandbox.image_api.conftest import Start


@pytest.mark.parametrize("form", FORMS)
async def test_an_unknown_field_is_refused_by_name(start: Start, client: aiohttp.ClientSession, form: str) -> None:
    service = await start(refused_fields={"quality"}, refusal_form=form)

    reply = await post(service, client, "generations", DRAWING | {"quality": "low"})

    assert reply.status in (400, 422)
    assert "quality" in json.dumps(reply.json)
    assert service.paid_pictures == 0


async def test_a_call_without_that_field_is_painted(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(refused_fields={"quality"}, picture_bytes=1_000)

    assert (await post(service, client, "generations", DRAWING)).status == 200
