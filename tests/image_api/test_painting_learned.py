"""What a service does not know is left out and remembered: a refused call costs nothing, so it is made again."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import OneAtATime, RequestRejected
from bot.image_api.call import Call
from bot.image_api.events import Done
from bot.model import Endpoint
from sandbox.image_api.faults import errors
from sandbox.image_api.refusals import FORMS
from tests.image_api.conftest import Open, Source, Studio

ALL = {"model", "prompt", "quality", "size"}


@pytest.fixture
def choosy(fox: Call) -> Call:
    return replace(fox, quality="low", size="1024x1024")


async def done(studio: Studio, call: Call) -> Done:
    async with aclosing(studio.events(call)) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Done)
    return last


def sent(studio: Studio) -> list[set[str]]:
    return [set(request.fields) for request in studio.service.requests]


@pytest.mark.parametrize("form", FORMS)
async def test_a_field_that_a_service_does_not_know_is_left_out_and_named(
    opened: Open, choosy: Call, form: str
) -> None:
    studio = await opened(refused_fields={"quality"}, refusal_form=form)

    ended = await done(studio, choosy)

    assert ended.left_out == ("quality",)
    assert sent(studio) == [ALL, ALL - {"quality"}]
    assert studio.service.paid_pictures == 1
    assert studio.clock.slept_s == []


async def test_it_is_remembered_and_named_each_time(opened: Open, choosy: Call) -> None:
    studio = await opened(refused_fields={"quality"})
    await studio.paint(choosy)

    again = await done(studio, choosy)
    plain = await done(studio, replace(choosy, quality=None))

    assert again.left_out == ("quality",)
    assert plain.left_out == ()
    assert sent(studio)[2:] == [ALL - {"quality"}] * 2


async def test_several_unknown_fields_are_left_out_one_after_the_other(opened: Open, choosy: Call) -> None:
    studio = await opened(refused_fields={"quality", "size"})

    ended = await done(studio, choosy)

    assert set(ended.left_out) == {"quality", "size"}
    assert len(studio.service.requests) == 3
    assert sent(studio)[-1] == {"model", "prompt"}


async def test_calls_that_are_under_way_when_it_is_learned_are_made_again_too(opened: Open, choosy: Call) -> None:
    studio = await opened(refused_fields={"quality"})
    calls = [replace(choosy, first_index=number) for number in range(1, 5)]

    ended = await asyncio.gather(*(done(studio, call) for call in calls))

    assert [each.left_out for each in ended] == [("quality",)] * 4
    assert studio.service.paid_pictures == 4
    assert sent(studio).count(ALL) <= 4


async def test_what_one_model_does_not_know_another_is_still_asked(opened: Open, choosy: Call) -> None:
    studio = await opened(refused_fields={"quality"})
    await studio.paint(choosy)
    studio.service.refused_fields = ()

    ended = await done(studio, replace(choosy, model="gpt-image-1-mini"))

    assert ended.left_out == ()
    assert "quality" in sent(studio)[-1]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    file = tmp_path / "square.png"
    Image.new("RGB", (64, 64)).save(file)
    return Source(file, "image/png")


async def test_what_is_unknown_to_one_endpoint_is_asked_at_another(opened: Open, choosy: Call, source: Source) -> None:
    studio = await opened(refused_fields={"quality"})
    await studio.paint(choosy)
    studio.service.refused_fields = ()

    edit = replace(choosy, endpoint=Endpoint.EDITS, sources=(source,))
    ended = await done(studio, edit)

    assert ended.left_out == ()
    assert "quality" in sent(studio)[-1]


async def test_an_edit_is_made_again_like_anything_else(opened: Open, choosy: Call, source: Source) -> None:
    studio = await opened(refused_fields={"quality"})
    edit = replace(choosy, endpoint=Endpoint.EDITS, sources=(source,))

    assert (await done(studio, edit)).left_out == ("quality",)
    assert (await done(studio, edit)).left_out == ("quality",)

    assert sent(studio) == [ALL, ALL - {"quality"}, ALL - {"quality"}]
    assert all(len(request.files) == 1 for request in studio.service.requests)


async def test_fields_that_need_each_other_go_together(opened: Open, fox: Call) -> None:
    studio = await opened(refused_fields={"output_format"})

    ended = await done(studio, replace(fox, output_format="webp", output_compression=50))

    assert set(ended.left_out) == {"output_format", "output_compression"}
    assert sent(studio)[-1] == {"model", "prompt"}


@pytest.mark.parametrize("refused", ["stream", "partial_images"])
async def test_a_service_that_does_not_stream_is_asked_for_the_picture_alone(
    opened: Open, fox: Call, refused: str
) -> None:
    studio = await opened(refused_fields={refused})

    ended = await done(studio, replace(fox, partial_images=2))

    assert set(ended.left_out) == {"stream", "partial_images"}
    assert sent(studio)[-1] == {"model", "prompt"}
    assert ended.count == 1


@pytest.mark.parametrize("field", ["model", "prompt"])
async def test_what_makes_it_another_picture_is_never_left_out(opened: Open, fox: Call, field: str) -> None:
    studio = await opened(refused_fields={field})

    with pytest.raises(RequestRejected):
        await studio.paint(fox)

    assert len(studio.service.requests) == 1


async def test_a_service_that_does_not_know_how_many_is_known_to_paint_one(opened: Open, fox: Call) -> None:
    studio = await opened(refused_fields={"n"})
    assert not studio.api.paints_one(fox.model)

    with pytest.raises(OneAtATime, match="one picture at a time"):
        await studio.paint(replace(fox, count=3))

    assert studio.api.paints_one(fox.model)
    assert not studio.api.paints_one("gpt-image-1-mini")
    assert len(await studio.paint(fox)) == 1
    assert len(studio.service.requests) == 2


async def test_a_value_that_is_refused_is_refused(studio: Studio, choosy: Call) -> None:
    body = {"error": {"message": "Invalid value: '1024x1024'.", "code": "invalid_value", "param": "size"}}
    studio.service.faults.add(route="generations", then=errors.status(400, body), times=None)

    with pytest.raises(RequestRejected):
        await studio.paint(choosy)

    assert len(studio.service.requests) == 1


async def test_a_service_that_complains_of_what_was_not_sent_is_not_asked_for_ever(
    studio: Studio, choosy: Call
) -> None:
    body = {"error": {"message": "Unknown parameter: 'style'.", "code": "unknown_parameter", "param": "style"}}
    studio.service.faults.add(route="generations", then=errors.status(400, body), times=None)

    with pytest.raises(RequestRejected):
        await studio.paint(choosy)

    assert len(studio.service.requests) == 1


async def test_a_service_that_goes_on_complaining_is_asked_once_for_each_field(studio: Studio, choosy: Call) -> None:
    body = {"error": {"message": "Unknown parameter: 'quality'.", "code": "unknown_parameter", "param": "quality"}}
    studio.service.faults.add(route="generations", then=errors.status(400, body), times=None)

    with pytest.raises(RequestRejected):
        await studio.paint(choosy)

    assert len(studio.service.requests) == 2
