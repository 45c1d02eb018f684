"""A service that is down: nobody pays or waits for nothing, who waits keeps the place, and the owner knows."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.image_api.breaker import FAILURES
from sandbox.guest import Asked, Guest
from sandbox.image_api.faults import errors, wire
from tests.end_to_end.books import charged, jobs, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, refused, says
from tests.scene import Scene

LOST = "did not answer in time"
DOWN = "is down right now"


class StandingClock(HurriedClock):
    """Sleeps are short, and yet time passes only as it does: what happens after a minute waits for `skip`."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._skipped_s)

    def monotonic_s(self) -> float:
        return time.monotonic() + self._skipped_s


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@asynccontextmanager
async def going_on(clock: StandingClock) -> AsyncIterator[None]:
    """Time passes again, so that words which a busy machine kept back are said in the next round."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(0.1)
            clock.skip(1)

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()


Down = Callable[..., Awaitable[Scene]]


@pytest.fixture
def opened(open_scene: Open, clock: StandingClock) -> Down:
    """Opens a world that is Olga's, and whose service will lose this many calls."""

    async def open_(lost: int, **changes: Any) -> Scene:  # noqa: ANN401  any setting
        scene = await open_scene(clock=clock, start=False, **changes)
        owners = frozenset({scene.guest("Olga").id})
        scene.settings = scene.settings.model_copy(update={"owner_ids": owners})
        await scene.start()
        scene.images.faults.add(route="generations", then=wire.reset(after_the_work=True), times=lost)
        return scene

    return open_


async def lose(guest: Guest, times: int) -> None:
    for _ in range(times):
        card = await refused(await guest.slash("imagine", prompt="a red bicycle"))
        assert LOST in card.text


async def waiting_at_the_fall(scene: Scene, *names: str) -> list[Asked]:
    """Requests in line behind the one whose failure shows that the service is down."""
    ada = scene.guest("Ada")
    await lose(ada, FAILURES - 1)
    scene.images.hold()
    last = await ada.slash("imagine", prompt="the last straw")
    await scene.images.until_held(1)
    asked = []
    for place, name in enumerate(names, start=1):
        asked.append(await scene.guest(name).slash("imagine", prompt=f"{name}'s"))
        await asked[-1].until(says("next in line" if place == 1 else f"number {place} in line"))
    scene.images.release()
    assert LOST in (await refused(last)).text
    return asked


async def test_new_requests_are_refused_at_once_and_nothing_is_reserved(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await lose(ada, FAILURES)

    card = await (await ben.slash("imagine", prompt="a red bicycle")).answer()

    assert card.ephemeral
    assert card.text.startswith("The image service is down right now. I try it again in about ")
    assert "This cost you nothing." in card.text
    assert jobs(scene, ben) == []
    assert len(scene.images.records.of("generations")) == FAILURES
    clock.skip(31)
    await paints(scene, ben)
    await paints(scene, ada)


async def test_who_waits_keeps_the_place_and_is_painted_when_it_is_back(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES, images_at_once=1)
    asked = await waiting_at_the_fall(scene, "Ben", "Cleo")

    for each in asked:
        card = await ends(each, DOWN, "I keep your place")
        assert card.buttons == ["Cancel"]
    assert len(scene.images.records.of("generations")) == FAILURES
    clock.skip(31)
    async with going_on(clock):
        for each in asked:
            await finished(each)

    prompts = [call.prompt for call in scene.images.records.of("generations")]
    assert prompts[-2:] == ["Ben's", "Cleo's"]
    assert states(scene) == ["failed"] * FAILURES + ["delivered"] * 2
    assert charged(scene) == 2


async def test_one_call_tries_and_the_next_waits_on_when_it_fails(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES + 1, images_at_once=1)
    ben, cleo = await waiting_at_the_fall(scene, "Ben", "Cleo")

    clock.skip(31)
    assert LOST in (await refused(ben)).text
    await ends(cleo, DOWN, "I keep your place")
    card = await (await scene.guest("Ada").slash("imagine", prompt="too soon")).answer()
    assert DOWN in card.text
    assert len(scene.images.records.of("generations")) == FAILURES + 1

    clock.skip(61)
    async with going_on(clock):
        await finished(cleo)
    assert (charged(scene), reserved(scene)) == (1, 0)


async def test_who_does_not_want_to_wait_may_leave_at_no_cost(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES, images_at_once=1)
    [asked] = await waiting_at_the_fall(scene, "Ben")
    ben = scene.guest("Ben")

    card = await ends(asked, DOWN)
    await ben.click(card, "Cancel")
    await ends(asked, "Cancelled.")

    assert (charged(scene, ben), reserved(scene, ben)) == (0, 0)
    clock.skip(31)
    await paints(scene, ben)


async def test_who_waited_too_long_is_told_why_at_no_cost(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES + 1, images_at_once=1, queue_max_wait_s=20)
    [asked] = await waiting_at_the_fall(scene, "Ben")
    await ends(asked, "I keep your place")

    clock.skip(21)
    card = await ends(asked, DOWN, "This cost you nothing.")

    assert card.buttons == ["Try again"]
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_owners_hear_once_that_it_is_down_and_once_that_it_is_back(opened: Down, clock: StandingClock) -> None:
    scene = await opened(FAILURES)
    ada, olga = scene.guest("Ada"), scene.guest("Olga")

    await lose(ada, FAILURES)
    [told] = await olga.until_sees("dm", says("service is down"))
    assert "bicycle" not in told.text
    clock.skip(31)
    await paints(scene, ada)
    await olga.until_sees("dm", says("service is back", "I paint again"))
    scene.images.faults.add(route="generations", then=wire.reset(), times=FAILURES)
    await lose(ada, FAILURES)
    clock.skip(31)
    await paints(scene, ada)

    assert len(olga.sees("dm")) == 2, "at most once an hour, and no «back» without a «down»"


async def test_rate_limits_and_refusals_are_no_outage(opened: Down) -> None:
    scene = await opened(0)
    ada = scene.guest("Ada")
    for fault in (errors.rate_limited("3600"), errors.refused_by_safety(), errors.message_error()):
        scene.images.faults.add(route="generations", then=fault, times=FAILURES)

        for _ in range(FAILURES):
            assert DOWN not in (await refused(await ada.slash("imagine", prompt="a red bicycle"))).text

    await paints(scene, ada)


async def test_the_log_tells_the_story(opened: Down, clock: StandingClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scene = await opened(FAILURES)
    ada = scene.guest("Ada")

    await lose(ada, FAILURES)
    clock.skip(31)
    await paints(scene, ada)

    assert f"image_api down failures={FAILURES} pause_s=30 error=ServiceLost" in caplog.text
    assert "image_api back open_s=" in caplog.text
