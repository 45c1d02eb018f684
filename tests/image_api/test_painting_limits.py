"""Calls for pictures keep to a real service's limits: it never has to refuse, and nothing is lost when it does."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import ServiceBusy
from bot.image_api.call import Call
from sandbox.image_api.faults import errors
from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_3
from tests.clock import FakeClock
from tests.image_api.conftest import Open, Studio

MINUTE_S = 60


def on_its_clock(studio: Studio) -> Studio:
    """The service's minutes are those of the client."""
    studio.service.now = lambda: studio.clock.now().timestamp()
    return studio


async def until_painted(studio: Studio, count: int) -> None:
    async with asyncio.timeout(10):
        while statuses(studio).count(200) < count:
            await asyncio.sleep(0.01)


def statuses(studio: Studio) -> list[int | None]:
    return [request.status for request in studio.service.requests]


@pytest.mark.parametrize("seconds", [False, True], ids=["durations", "seconds"])
async def test_calls_slow_down_before_the_service_refuses(opened: Open, fox: Call, seconds: bool) -> None:
    studio = on_its_clock(await opened(images_per_minute=2, resets_in_seconds=seconds))

    for _ in range(5):
        await studio.paint(fox)

    assert statuses(studio) == [200] * 5
    assert studio.clock.slept_s == [MINUTE_S, MINUTE_S]


async def test_requests_are_counted_like_pictures(opened: Open, fox: Call) -> None:
    studio = on_its_clock(await opened(requests_per_minute=1))

    for _ in range(3):
        await studio.paint(fox)

    assert statuses(studio) == [200] * 3


async def test_a_crowd_that_waits_does_not_rush_at_the_reset(opened: Open, fox: Call) -> None:
    studio = on_its_clock(await opened(clock=FakeClock(sleeps_wait=True), images_per_minute=3))
    await studio.paint(fox)

    crowd = asyncio.gather(*(studio.paint(replace(fox, first_index=number)) for number in range(1, 9)))
    for out in (3, 6):
        await until_painted(studio, out)
        studio.clock.advance(MINUTE_S)
    await crowd

    assert statuses(studio) == [200] * 9


async def test_a_crowd_that_does_not_know_the_limit_yet_is_refused_and_gets_its_pictures(
    opened: Open, fox: Call
) -> None:
    studio = on_its_clock(await opened(images_per_minute=2))

    await asyncio.gather(*(studio.paint(replace(fox, first_index=number)) for number in range(4)))

    assert statuses(studio).count(200) == 4
    assert studio.service.paid_pictures == 4


async def test_a_rest_that_one_call_is_told_of_holds_the_next_one_of_any_model(opened: Open, fox: Call) -> None:
    studio = await opened(models=(*DEFAULT_MODELS, RETIRED_DALL_E_3))
    studio.service.faults.add(route="generations", then=errors.rate_limited("20", headers={"x-should-retry": "false"}))
    with pytest.raises(ServiceBusy):
        await studio.paint(fox)

    await studio.paint(replace(fox, model="dall-e-3"))

    assert studio.clock.slept_s == [20.0]


async def test_neither_limits_nor_rests_of_pictures_hold_up_moderations_and_lists(opened: Open, fox: Call) -> None:
    studio = on_its_clock(await opened(images_per_minute=1))
    await studio.paint(fox)
    studio.service.faults.add(route="generations", then=errors.rate_limited("20", headers={"x-should-retry": "false"}))
    with pytest.raises(ServiceBusy):
        await studio.paint(fox)
    slept_s = list(studio.clock.slept_s)

    await studio.api.models()
    await studio.api.moderate("a red fox", model="omni-moderation-latest")

    assert studio.clock.slept_s == slept_s


async def test_a_refused_call_is_no_picture_and_its_headers_count_all_the_same(opened: Open, fox: Call) -> None:
    studio = on_its_clock(await opened(images_per_minute=1, blocked_words=("fox",)))
    for _ in range(2):
        with pytest.raises(Exception, match="refused this request"):
            await studio.paint(fox)

    assert statuses(studio) == [400, 400]
    assert studio.clock.slept_s == [MINUTE_S]
