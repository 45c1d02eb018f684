"""Everything that can come instead of a picture, as one object and as a stream.

Whatever it is: one typed error, nothing left on the spool, memory flat, and the next request is fine.
"""

import gc
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import (
    BadAnswer,
    ContentRefused,
    ImageServiceError,
    OwnerMustAct,
    RouteMissing,
    ServiceBusy,
    ServiceLost,
)
from bot.image_api.call import Call
from bot.image_api.events import Done, Failed
from sandbox.image_api.faults import answers, errors, stream, stream_wire, wire
from sandbox.image_api.faults.faults import Fault
from tests.image_api.conftest import Open

GIBIBYTE = 1024**3
BOMB_BYTES = 200 * 1024 * 1024
MOST_BYTES = 8 * 1024 * 1024
HTML = answers.HTML_IN_BASE64
SLOW_MS = 1_000
QUICK_MS = 60_000

Row = tuple[Callable[[], Fault], type[ImageServiceError]]


def event(**data: object) -> Callable[[], Fault]:
    return lambda: stream_wire.just(b"data: " + json.dumps(data).encode() + b"\n\n")


def link(address: str) -> tuple[Row, Row]:
    """A link to a picture, in an object and in an event."""
    return (lambda: answers.urls([address]), BadAnswer), (event(data=[{"url": address}]), BadAnswer)


def both(fault: Callable[[], Fault], meaning: type[ImageServiceError]) -> tuple[Row, Row]:
    """The answer is the same whatever was asked for."""
    return (fault, meaning), (fault, meaning)


# Of each failure: what comes for an object, and what for a stream.
FAILURES: dict[str, tuple[Row, Row]] = {
    "429": both(errors.rate_limited, ServiceBusy),
    "429 for an hour": both(lambda: errors.rate_limited("3600"), ServiceBusy),
    "429 for ages": both(lambda: errors.rate_limited("1e300"), ServiceBusy),
    "429 until next year": both(lambda: errors.rate_limited_until(86_400 * 365), ServiceBusy),
    "429 for less than nothing": both(lambda: errors.rate_limited("-5"), ServiceBusy),
    "429 until soon": both(lambda: errors.rate_limited("soon"), ServiceBusy),
    "429 for infinity": both(lambda: errors.rate_limited("inf"), ServiceBusy),
    "500": both(errors.server_error, ServiceBusy),
    "502": both(errors.html_page, ServiceLost),
    "503": both(errors.overloaded, ServiceBusy),
    "reset": both(wire.reset, ServiceLost),
    "half a body": both(wire.half_body, ServiceLost),
    "half an object": (
        (lambda: errors.status(200, '{"data": [{"b64_json": "iVBORw0KGgoA'), ServiceLost),
        (lambda: stream_wire.just(b'data: {"b64_json": "iVBORw0KGgoA'), ServiceLost),
    ),
    "2 GiB": (
        (lambda: wire.huge_body(2 * GIBIBYTE), BadAnswer),
        (lambda: wire.huge_body(2 * GIBIBYTE, stream_wire.OPENING), BadAnswer),
    ),
    "2 GiB of empty lines": both(lambda: stream_wire.blanks(2 * GIBIBYTE), BadAnswer),
    "2 GiB of a comment": both(lambda: wire.huge_body(2 * GIBIBYTE, b": "), BadAnswer),
    "2 GiB of signs of life": both(lambda: stream_wire.over_and_over(b": \n\n", 2 * GIBIBYTE), BadAnswer),
    "2 GiB of empty events": both(lambda: stream_wire.over_and_over(b"data: {}\n\n", 2 * GIBIBYTE), BadAnswer),
    "a picture of a character a line": both(
        lambda: stream_wire.over_and_over(b"data:A\n", MOST_BYTES, b'data: {"b64_json": "iVBORw0KGgo\n'), BadAnswer
    ),
    "a gzip bomb": (
        (lambda: wire.gzip_bomb(BOMB_BYTES), BadAnswer),
        (lambda: wire.gzip_bomb(BOMB_BYTES, stream_wire.OPENING), BadAnswer),
    ),
    "no base64": ((answers.corrupt_base64, BadAnswer), (lambda: stream.corrupt(answers.NOT_BASE64), BadAnswer)),
    "html in base64": ((answers.html_as_base64, BadAnswer), (lambda: stream.corrupt(HTML), BadAnswer)),
    "html": both(answers.text_in_success, BadAnswer),
    "an empty 404": both(lambda: errors.empty(404), RouteMissing),
    "an empty 201": both(errors.empty, BadAnswer),
    "an empty stream": both(lambda: stream_wire.just(b": nothing\n\n"), ServiceLost),
    "200 with an error": ((answers.error_in_success, BadAnswer), (lambda: stream.error_in_stream(after=0), BadAnswer)),
    "200 with a string": both(lambda: errors.status(200, {"error": "out of memory"}), BadAnswer),
    "an event with a string": both(event(error="out of memory"), BadAnswer),
    "a refusal": both(errors.refused_by_safety, ContentRefused),
    "no pictures": ((answers.no_pictures, BadAnswer), (stream.no_completed, BadAnswer)),  # not one event: an empty 200
    "no data": ((answers.no_data, BadAnswer), (event(type="image_generation.completed"), ServiceLost)),
    "nulls": ((answers.null_pictures, BadAnswer), (event(data=[{"b64_json": None, "url": None}]), ServiceLost)),
    "a link into this machine": link("http://127.0.0.1:1/secret.png"),
    "a link into a cloud": link("http://169.254.169.254/latest/meta-data"),
    "a link to a file": link("file:///etc/passwd"),
    "a link in disguise": link("https://[::ffff:127.0.0.1]/x.png"),
    "a link that redirects": both(lambda: answers.redirecting_url("http://169.254.169.254/"), BadAnswer),
    "a redirect": both(lambda: errors.status(302, headers={"Location": "http://169.254.169.254/"}), OwnerMustAct),
    "a redirect to itself": both(lambda: errors.status(307, headers={"Location": "/v1/models"}), OwnerMustAct),
}
SLOW: dict[str, Callable[[], Fault]] = {
    "silence": wire.silence,
    "1 byte a second": wire.drip,
    "too late": lambda: wire.late(30),
}


async def check(studio_opened: Open, call: Call, row: Row, *, limit_ms: int) -> None:
    fault, meaning = row
    studio = await studio_opened({"call_timeout_ms": limit_ms}, picture_bytes=100_000)
    planned = studio.service.faults.add(route="generations", then=fault(), times=3)
    gc.collect()
    tracemalloc.start()

    try:
        reported = await studio.report(call)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert planned.used >= 1
    assert isinstance(reported[-1], Failed)
    assert type(reported[-1].error) is meaning
    assert sum(isinstance(each, Done | Failed) for each in reported) == 1
    assert studio.files == []
    assert peak_bytes < MOST_BYTES
    studio.service.faults.clear()
    assert isinstance((await studio.report(call))[-1], Done)
    assert studio.files == ["0"]


@pytest.mark.parametrize("name", FAILURES)
async def test_one_object_that_is_no_picture_costs_nothing_but_itself(opened: Open, fox: Call, name: str) -> None:
    await check(opened, fox, FAILURES[name][0], limit_ms=QUICK_MS)


@pytest.mark.parametrize("name", FAILURES)
async def test_a_stream_without_a_picture_costs_nothing_but_itself(opened: Open, fox: Call, name: str) -> None:
    await check(opened, replace(fox, partial_images=0), FAILURES[name][1], limit_ms=QUICK_MS)


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("previews", [None, 0], ids=["object", "stream"])
async def test_an_answer_that_does_not_come_costs_nothing_but_its_time(
    opened: Open, fox: Call, name: str, previews: int | None
) -> None:
    await check(opened, replace(fox, partial_images=previews), (SLOW[name], ServiceLost), limit_ms=SLOW_MS)


async def test_a_link_to_more_than_a_picture_may_have_is_not_followed_to_its_end(opened: Open, fox: Call) -> None:
    studio = await opened()
    address = f"{studio.service.base_url.removesuffix('/v1')}/generated/huge"
    studio.service.faults.add(route="generations", then=answers.urls([address]))
    studio.service.faults.add(route="generated", then=wire.huge_body(2 * GIBIBYTE))

    reported = await studio.report(fox)

    assert isinstance(reported[-1], Failed)
    assert type(reported[-1].error) is BadAnswer
    assert studio.files == []


@pytest.mark.parametrize("previews", [None, 0], ids=["object", "stream"])
async def test_links_without_end_are_not_all_followed(opened: Open, fox: Call, previews: int | None) -> None:
    studio = await opened()
    address = f"{studio.service.base_url.removesuffix('/v1')}/generated/none"
    studio.service.faults.add(route="generations", then=answers.urls([address] * 1_000))

    reported = await studio.report(replace(fox, partial_images=previews))

    assert isinstance(reported[-1], Failed)
    assert type(reported[-1].error) is BadAnswer
    assert len(studio.service.requests) <= 1 + 2 * fox.count
