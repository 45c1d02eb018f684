"""Rate limits of the stand-in: counted by the minute and model, told with every answer, 429 beyond."""

import aiohttp
import pytest

from tests.sandbox.image_api.calls import DRAWING, post
from tests.sandbox.image_api.conftest import Start

NAMES = ("limit", "remaining", "reset")


class Minute:
    """Seconds since 1970 that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def minute() -> Minute:
    return Minute()


def images(headers: dict[str, str]) -> list[str]:
    return [headers[f"x-ratelimit-{name}-images"] for name in NAMES]


async def test_every_answer_says_what_is_left(start: Start, client: aiohttp.ClientSession, minute: Minute) -> None:
    service = await start(images_per_minute=5, requests_per_minute=10, now=minute, picture_bytes=1_000)

    first = await post(service, client, "generations", DRAWING | {"n": 2})
    minute.seconds += 20.5
    second = await post(service, client, "generations", DRAWING)

    assert images(first.headers) == ["5", "3", "60000ms"]
    assert images(second.headers) == ["5", "2", "39500ms"]
    assert second.headers["x-ratelimit-remaining-requests"] == "8"


async def test_resets_may_be_whole_seconds(start: Start, client: aiohttp.ClientSession, minute: Minute) -> None:
    service = await start(images_per_minute=5, resets_in_seconds=True, now=minute, picture_bytes=1_000)
    await post(service, client, "generations", DRAWING)
    minute.seconds += 20.5

    reply = await post(service, client, "generations", DRAWING)

    assert images(reply.headers) == ["5", "3", "40"]


async def test_beyond_the_limit_nothing_is_painted_until_the_minute_is_over(
    start: Start, client: aiohttp.ClientSession, minute: Minute
) -> None:
    service = await start(images_per_minute=2, now=minute, picture_bytes=1_000)
    await post(service, client, "generations", DRAWING)
    minute.seconds += 30

    refused = await post(service, client, "generations", DRAWING | {"n": 2})
    one = await post(service, client, "generations", DRAWING)

    assert (refused.status, refused.error["code"], refused.error["type"]) == (429, "rate_limit_exceeded", "images")
    assert refused.headers["retry-after"] == "30"
    assert one.status == 200, "what was refused is not counted"
    assert service.paid_pictures == 2
    minute.seconds += 30
    assert (await post(service, client, "generations", DRAWING | {"n": 2})).status == 200


async def test_requests_are_limited_like_pictures(start: Start, client: aiohttp.ClientSession, minute: Minute) -> None:
    service = await start(requests_per_minute=1, now=minute, picture_bytes=1_000)
    await post(service, client, "generations", DRAWING)

    refused = await post(service, client, "generations", DRAWING)

    assert (refused.status, refused.error["type"]) == (429, "requests")


async def test_each_model_has_its_own_minute(start: Start, client: aiohttp.ClientSession, minute: Minute) -> None:
    service = await start(images_per_minute=1, now=minute, picture_bytes=1_000)
    await post(service, client, "generations", DRAWING)

    other = await post(service, client, "generations", DRAWING | {"model": "gpt-image-1-mini"})

    assert other.status == 200


async def test_a_refusal_says_what_is_left_too(start: Start, client: aiohttp.ClientSession, minute: Minute) -> None:
    service = await start(images_per_minute=5, now=minute)

    reply = await post(service, client, "generations", DRAWING | {"size": "1x1"})

    assert (reply.status, images(reply.headers)) == (400, ["5", "4", "60000ms"])


async def test_a_service_without_limits_says_nothing_of_them(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(picture_bytes=1_000)

    reply = await post(service, client, "generations", DRAWING)

    assert not [name for name in reply.headers if name.startswith("x-ratelimit")]
