"""GET /v1/models, one model, keys, and routes that do not exist."""

from dataclasses import replace

import aiohttp
import pytest

from sandbox.image_api.models import DEFAULT_MODELS, Model
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import DRAWING, get, post, read
from tests.sandbox.image_api.conftest import Start


async def test_the_list_names_todays_models_and_when_they_retire(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await get(service, client, "models")

    models = {model["id"]: model for model in reply.json["data"]}
    assert reply.status == 200
    assert {"gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.6-sunburst", "omni-moderation-latest", "gpt-5"} <= set(
        models
    )
    assert models["gpt-image-1.5"]["shutdown_date"] == "2026-12-01"
    assert "shutdown_date" not in models["gpt-image-2"]
    assert "dall-e-2" not in models
    assert reply.headers["x-request-id"].startswith("req_")


async def test_one_model_is_found_by_its_id_with_a_slash_in_it(start: Start, client: aiohttp.ClientSession) -> None:
    flux: Model = replace(DEFAULT_MODELS[-1], id="flux/schnell")
    service = await start(models=(*DEFAULT_MODELS, flux))

    found = await get(service, client, "models/flux%2Fschnell")
    lost = await get(service, client, "models/flux%2Fdev")

    assert (found.status, found.json["id"]) == (200, "flux/schnell")
    assert (lost.status, lost.error["code"]) == (404, "model_not_found")


async def test_a_model_that_is_taken_off_the_list_is_gone_at_once(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    service.models = [model for model in service.models if model.id != "gpt-image-2"]

    reply = await post(service, client, "generations", DRAWING)

    assert (reply.status, reply.error["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("authorization", "code"), [(None, None), ("Bearer sk-wrong-canary-key-1234", "invalid_api_key"), ("Basic x", None)]
)
async def test_a_call_without_the_right_key_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, authorization: str | None, code: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with client.get(f"{service.base_url}/models", headers=headers) as response:
        reply = await read(response)

    assert (reply.status, reply.error["code"]) == (401, code)
    assert b"canary" not in reply.body
    assert "authorization" not in service.requests[0].headers
    assert service.requests[0].key in {"wrong", "missing"}


async def test_what_is_not_built_here_says_so_loudly(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    reply = await post(service, client, "inpaintings", {})

    assert reply.status == 501
    assert service.unknown_routes == ["POST /v1/images/inpaintings"]
