"""A picture shows itself while it is painted: previews over a real socket, in every wording that services have."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from PIL import Image

from bot.errors import BadAnswer, ContentRefused, ImageServiceError, ServiceBusy, ServiceLost
from bot.image_api.call import Call
from bot.image_api.events import Accepted, Done, Event, Failed, Painted, Preview
from bot.model import Endpoint
from sandbox.image_api.errors import ApiError, moderation_blocked
from sandbox.image_api.faults import answers, stream, stream_wire, wire
from sandbox.image_api.faults.faults import Fault
from tests.image_api.answers import in_base64, png
from tests.image_api.conftest import Open, Source, Studio

HTML = "PGh0bWw+PGJvZHk+b29wczwvYm9keT48L2h0bWw+"


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def failure(events: list[Event]) -> ImageServiceError:
    assert isinstance(events[-1], Failed)
    return events[-1].error


async def test_previews_come_before_the_picture_and_the_tokens_are_known(studio: Studio, forming: Call) -> None:
    events = await studio.report(forming)

    match events:
        case [
            Accepted(request_id),
            Preview(first, 0),
            Preview(second, 1),
            Painted(picture),
            Done(count=1, usage=usage),
        ]:
            assert request_id is not None
            assert usage is not None
        case _:
            pytest.fail(f"other events: {kinds(events)}")
    assert [first.index, second.index, picture.index] == [0, 0, 0]
    assert studio.files == ["0", "preview-0-0", "preview-0-1"]
    for shown in (first, second, picture):
        with Image.open(shown.file) as image:
            assert image.size == shown.size_px == (1024, 1024)
    assert usage.image_out > 200, "two previews are 200 of them"
    (request,) = studio.service.requests
    assert request.fields["stream"] is True
    assert request.fields["partial_images"] == 2
    assert request.headers["accept"] == "text/event-stream, application/json"


async def test_an_edit_is_streamed_too(studio: Studio, forming: Call, tmp_path: Path) -> None:
    file = tmp_path / "square.png"
    Image.new("RGB", (256, 256), (200, 120, 40)).save(file)

    events = await studio.report(replace(forming, endpoint=Endpoint.EDITS), Source(file, "image/png"))

    assert kinds(events) == ["Accepted", "Preview", "Preview", "Painted", "Done"]
    assert studio.service.requests[0].fields["stream"] == "true"


async def test_a_stream_without_previews_brings_the_picture_alone(studio: Studio, fox: Call) -> None:
    events = await studio.report(replace(fox, partial_images=0))

    assert kinds(events) == ["Accepted", "Painted", "Done"]
    assert studio.files == ["0"]


async def test_a_preview_is_there_while_the_picture_is_still_being_painted(studio: Studio, forming: Call) -> None:
    studio.service.hold()
    async with aclosing(studio.events(forming)) as events:
        arriving = asyncio.ensure_future(anext(events))
        await studio.service.until_held(1)
        studio.service.let_through(2)
        assert isinstance(await arriving, Accepted)
        preview = await anext(events)
        assert isinstance(preview, Preview)
        on_disk = preview.picture.file.stat().st_size
        files = studio.files
        studio.service.release()
        rest = [event async for event in events]

    assert files == ["preview-0-0"]
    assert on_disk == preview.picture.size_bytes
    assert kinds(rest) == ["Preview", "Painted", "Done"]


async def test_later_pictures_of_a_job_have_previews_of_their_own(studio: Studio, forming: Call) -> None:
    await asyncio.gather(*(studio.report(replace(forming, first_index=index)) for index in range(3)))

    assert studio.files == sorted([*"012", *(f"preview-{index}-{number}" for index in range(3) for number in range(2))])


OTHER_WORDINGS: dict[str, Callable[[], Fault]] = {
    "CRLF": stream.ended_by_crlf,
    "CR": stream.ended_by_cr,
    "no event lines": stream.no_event_lines,
    "type behind the picture": stream.type_after_picture,
    "several data lines": stream.several_data_lines,
    "[DONE] behind": stream.done_after,
    "unknown events between": stream.unknown_events,
    "another content type": lambda: answers.wrong_content_type("application/json"),
    "in crumbs": lambda: stream_wire.in_crumbs(1_000),
    "left open": stream_wire.left_open,
}


@pytest.mark.parametrize("wording", OTHER_WORDINGS)
async def test_every_wording_of_a_stream_is_understood(studio: Studio, forming: Call, wording: str) -> None:
    studio.service.faults.add(route="generations", then=OTHER_WORDINGS[wording]())

    events = await studio.report(forming)

    assert kinds(events) == ["Accepted", "Preview", "Preview", "Painted", "Done"]
    assert isinstance(events[-1], Done)
    assert events[-1].usage is not None
    assert studio.files == ["0", "preview-0-0", "preview-0-1"]
    for event in events:
        if isinstance(event, Preview | Painted):
            with Image.open(event.picture.file) as image:
                image.load()


async def test_crumbs_of_a_few_bytes_are_understood(opened: Open, forming: Call) -> None:
    studio = await opened(picture_bytes=1_000)
    studio.service.faults.add(route="generations", then=stream_wire.in_crumbs(3))

    assert kinds(await studio.report(forming)) == ["Accepted", "Preview", "Preview", "Painted", "Done"]


async def test_json_answered_to_a_stream_request_is_a_picture(studio: Studio, forming: Call) -> None:
    studio.service.faults.add(route="generations", then=stream.json_instead())

    events = await studio.report(forming)

    assert kinds(events) == ["Accepted", "Painted", "Done"]
    assert isinstance(events[-1], Done)
    assert events[-1].usage is not None


async def test_a_stream_that_nobody_asked_for_is_a_picture(studio: Studio, fox: Call) -> None:
    studio.service.faults.add(route="generations", then=stream.streamed_anyway())

    events = await studio.report(replace(fox, count=2))

    assert kinds(events) == ["Accepted", "Painted", "Painted", "Done"]
    assert studio.files == ["0", "1"]


async def test_chunks_of_vllm_omni_are_pictures(studio: Studio, forming: Call) -> None:
    studio.service.faults.add(route="generations", then=stream.chunks_of_vllm_omni())

    assert kinds(await studio.report(forming)) == ["Accepted", "Painted", "Done"]
    assert studio.files == ["0"]


async def test_previews_that_come_after_the_picture_are_not_waited_for(studio: Studio, forming: Call) -> None:
    studio.service.faults.add(route="generations", then=stream.partials_after_final())

    assert kinds(await studio.report(forming)) == ["Accepted", "Preview", "Painted", "Done"]
    assert studio.files == ["0", "preview-0-0"]


async def test_more_previews_than_were_asked_for_are_not_kept(studio: Studio, forming: Call) -> None:
    studio.service.faults.add(route="generations", then=stream_wire.endless_previews(20))

    events = await studio.report(forming)

    assert kinds(events) == ["Accepted", "Preview", "Preview", "Failed"]
    assert studio.files == ["preview-0-0", "preview-0-1"]


async def test_more_pictures_in_one_event_than_were_asked_for_are_not_kept(studio: Studio, fox: Call) -> None:
    chunk = {"type": "image", "data": [{"b64_json": in_base64(png(900, seed))} for seed in range(5)]}
    studio.service.faults.add(route="generations", then=stream_wire.just(b"data: " + orjson.dumps(chunk) + b"\n\n"))

    assert kinds(await studio.report(replace(fox, count=2))) == ["Accepted", "Painted", "Painted", "Done"]
    assert studio.files == ["0", "1"]


async def test_a_spoilt_preview_does_not_cost_the_picture(studio: Studio, forming: Call) -> None:
    studio.service.faults.add(route="generations", then=stream.corrupt(HTML, of_partials=True))

    assert kinds(await studio.report(forming)) == ["Accepted", "Painted", "Done"]
    assert studio.files == ["0"]


BROKEN: dict[str, tuple[Callable[[], Fault], type[ImageServiceError], list[str]]] = {
    "no finished picture": (stream.no_completed, ServiceLost, ["Preview", "Preview"]),
    "[DONE] instead, left open": (lambda: stream_wire.left_open(done=True), ServiceLost, ["Preview", "Preview"]),
    "half an event": (stream_wire.half_event, ServiceLost, ["Preview"]),
    "half a body": (wire.half_body, ServiceLost, ["Preview"]),
    "an error": (stream.error_in_stream, BadAnswer, ["Preview"]),
    "an error at once": (lambda: stream.error_in_stream(after=0), BadAnswer, []),
    "an error without an event line": (lambda: stream.error_in_stream(named=False), BadAnswer, ["Preview"]),
    "an error by its type": (
        lambda: stream.error_in_stream(named=False, body={"type": "error", "message": "out of memory"}),
        BadAnswer,
        ["Preview"],
    ),
    "an error by its name": (lambda: stream.error_in_stream(body={"message": "x"}), BadAnswer, ["Preview"]),
    "an error without a word": (lambda: stream.error_in_stream(body={"data": None}), BadAnswer, ["Preview"]),
    "a refusal": (lambda: stream.error_in_stream(moderation_blocked(["sexual"])), ContentRefused, ["Preview"]),
    "no base64": (lambda: stream.corrupt("iVBORw0KGgo*** not base64"), BadAnswer, ["Preview", "Preview"]),
    "html in base64": (lambda: stream.corrupt(HTML), BadAnswer, ["Preview", "Preview"]),
    "nothing in base64": (lambda: stream.corrupt(""), ServiceLost, ["Preview", "Preview"]),
    "nothing": (lambda: stream_wire.just(b""), BadAnswer, []),
    "comments alone": (lambda: stream_wire.just(b": wait\n\n: wait\n\n"), ServiceLost, []),
    "html": (lambda: stream_wire.just(b"<html>busy</html>"), BadAnswer, []),
    "half an object": (lambda: stream_wire.just(b'data: {"type":"image_generation.completed","b64'), ServiceLost, []),
    "no object": (lambda: stream_wire.just(b"data: [1, 2]\n\n"), ServiceLost, []),
    "no JSON": (lambda: stream_wire.just(b"data: please wait\n\n"), BadAnswer, []),
    "a field without end": (lambda: stream_wire.just(b"data: {}\n\n" + b"x" * 5_000_000), ServiceLost, []),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_stream_that_fails_says_so_once_and_what_was_shown_stays(
    studio: Studio, forming: Call, name: str
) -> None:
    fault, meaning, before = BROKEN[name]
    studio.service.faults.add(route="generations", then=fault())

    events = await studio.report(forming)

    assert kinds(events) == ["Accepted", *before, "Failed"]
    assert type(failure(events)) is meaning
    assert studio.files == [f"preview-0-{number}" for number in range(len(before))]
    assert len(studio.service.requests) == 1
    assert kinds(await studio.report(forming)) == ["Accepted", "Preview", "Preview", "Painted", "Done"]


async def test_a_service_that_is_busy_in_mid_stream_is_not_asked_again(studio: Studio, forming: Call) -> None:
    busy = ApiError(429, "Slow down.", kind="rate_limit_error", code="slow_down")
    studio.service.faults.add(route="generations", then=stream.error_in_stream(busy))

    error = failure(await studio.report(forming))

    assert isinstance(error, ServiceBusy)
    assert not error.again, "it had begun to paint"


async def test_a_stream_that_drips_is_lost_when_its_time_is_over(opened: Open, forming: Call) -> None:
    studio = await opened({"call_timeout_ms": 1_000}, picture_bytes=1_000)
    studio.service.faults.add(route="generations", then=wire.drip())

    events = await studio.report(forming)

    assert type(failure(events)) is ServiceLost
    assert studio.files == []


async def test_leaving_a_stream_early_ends_it_and_leaves_no_half_file(studio: Studio, forming: Call) -> None:
    async with aclosing(studio.events(forming)) as events:
        async for event in events:
            if isinstance(event, Preview):
                break

    assert studio.files == ["preview-0-0"]


async def test_several_finished_pictures_of_a_stream_are_all_taken(studio: Studio, fox: Call) -> None:
    texts = [in_base64(png(900, seed)) for seed in range(3)]
    events = b"".join(
        b'event: image_generation.completed\ndata: {"b64_json":"' + text.encode() + b'"}\n\n' for text in texts
    )
    refusal = b'data: {"error":{"message":"no more","code":"server_error"}}\n\n'
    studio.service.faults.add(route="generations", then=stream_wire.just(events + refusal))

    reported = await studio.report(replace(fox, count=4, first_index=2))

    assert kinds(reported) == ["Accepted", "Painted", "Painted", "Painted", "Failed"]
    assert studio.files == ["2", "3", "4"]


async def test_a_stream_that_ends_early_with_some_pictures_is_done(studio: Studio, fox: Call) -> None:
    event = b'data: {"type":"image_edit.completed","b64_json":"' + in_base64(png(900)).encode() + b'"}\n\n'
    studio.service.faults.add(route="generations", then=stream_wire.just(event))

    reported = await studio.report(replace(fox, count=4))

    assert kinds(reported) == ["Accepted", "Painted", "Done"]
    assert isinstance(reported[-1], Done)
    assert reported[-1].count == 1
