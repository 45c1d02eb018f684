"""A service that is down is left alone and tried again now and then, by one call at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from bot.errors import (
    BadAnswer,
    ContentRefused,
    ImageServiceError,
    InvalidRequest,
    OwnerMustAct,
    RequestRejected,
    ServiceBusy,
    ServiceDown,
    ServiceLost,
    ServiceUnreachable,
)
from bot.image_api.breaker import FAILURES, Breaker
from tests.clock import FakeClock

DAY_S = 86_400


class Line:
    """Calls that go through one breaker; `changes` is what its owners are told."""

    def __init__(self) -> None:
        self.clock = FakeClock(sleeps_wait=True)
        self.changes: list[float | None] = []
        self.breaker = Breaker(self.clock, on_change=self.changes.append)
        self.out: list[str] = []
        self._ends: dict[str, asyncio.Future[None]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def call(self, error: Exception | None = None) -> None:
        """A call that ends at once, as it may."""
        await self.begin("call")
        await self.end("call", error)

    async def begin(self, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.get_running_loop().create_future()
            self.tasks[name] = asyncio.create_task(self._call(name))
        await self._settle()

    async def end(self, name: str, error: Exception | None = None) -> None:
        if error is None:
            self._ends[name].set_result(None)
        else:
            self._ends[name].set_exception(error)
        await asyncio.gather(self.tasks[name], return_exceptions=True)

    async def later(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await self._settle()

    async def break_(self) -> None:
        for _ in range(FAILURES):
            await self.call(ServiceLost())

    async def close(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    async def _call(self, name: str) -> None:
        async with self.breaker.passage():
            self.out.append(name)
            await self._ends[name]

    async def _settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    yield line
    await line.close()


@pytest.mark.parametrize("error", [ServiceLost(), ServiceUnreachable(), ServiceBusy(is_overloaded=True)])
async def test_failures_in_a_row_that_say_the_service_is_down_open_it(line: Line, error: ImageServiceError) -> None:
    for _ in range(FAILURES - 1):
        await line.call(error)
    line.breaker.check()

    await line.call(error)

    with pytest.raises(ServiceDown, match=r"down right now. I try it again in about 30 s.*cost you nothing"):
        line.breaker.check()
    assert line.changes == [None]


@pytest.mark.parametrize(
    "error", [ServiceBusy(), ContentRefused(), OwnerMustAct(), RequestRejected(), BadAnswer(), InvalidRequest(), None]
)
async def test_what_comes_from_a_service_that_works_never_opens_it(line: Line, error: Exception | None) -> None:
    for _ in range(3 * FAILURES):
        await line.call(error)

    line.breaker.check()
    assert line.changes == []


@pytest.mark.parametrize("error", [ServiceBusy(), ContentRefused(), None])
async def test_an_answer_in_between_ends_the_row(line: Line, error: Exception | None) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            await line.call(ServiceLost())
        await line.call(error)

    line.breaker.check()


async def test_who_waits_keeps_his_place_and_exactly_one_tries(line: Line) -> None:
    await line.break_()
    line.out.clear()

    await line.begin("a", "b", "c")
    await line.later(29)
    assert line.out == []
    await line.later(1)
    assert line.out == ["a"]
    with pytest.raises(ServiceDown, match="trying it again at this moment"):
        line.breaker.check()
    await line.later(60)
    assert line.out == ["a"]

    await line.end("a")
    await line.later(1)
    assert line.out == ["a", "b", "c"]
    line.breaker.check()
    assert line.changes == [None, pytest.approx(90, abs=2)]


async def test_the_pause_doubles_up_to_five_minutes_and_is_short_again_after_a_success(line: Line) -> None:
    await line.break_()
    for pause_s in (30, 60, 120, 240, 300, 300):
        line.out.clear()
        await line.begin("trial")
        await line.later(pause_s - 1)
        assert line.out == [], f"before {pause_s} s"
        await line.later(2)
        assert line.out == ["trial"], f"after {pause_s} s"
        await line.end("trial", ServiceUnreachable())
    assert line.changes == [None]

    await line.later(301)
    await line.call()
    await line.break_()

    with pytest.raises(ServiceDown, match="in about 30 s"):
        line.breaker.check()


async def test_a_refusal_shows_that_it_works_again(line: Line) -> None:
    await line.break_()
    await line.later(31)

    await line.call(ContentRefused())

    line.breaker.check()


async def test_late_failures_of_calls_from_before_do_not_lengthen_the_pause(line: Line) -> None:
    await line.begin("early", "earlier")
    await line.break_()
    await line.later(20)

    await line.end("early", ServiceLost())
    await line.later(11)
    line.out.clear()
    await line.begin("trial")

    assert line.out == ["trial"]
    assert line.changes == [None]


async def test_a_late_success_of_a_call_from_before_closes_it(line: Line) -> None:
    await line.begin("early")
    await line.break_()
    await line.begin("waiting")

    await line.end("early")
    await line.later(1)

    assert line.out[-1] == "waiting"


async def test_a_trial_that_is_called_off_leaves_its_place_to_the_next(line: Line) -> None:
    await line.break_()
    line.out.clear()
    await line.begin("a", "b")
    await line.later(30)
    assert line.out == ["a"]

    line.tasks["a"].cancel()
    await line.later(2)

    assert line.out == ["a", "b"]


async def test_a_trial_that_never_made_its_call_says_nothing_of_the_service(line: Line) -> None:
    await line.break_()
    await line.later(30)
    line.out.clear()

    await line.begin("a", "b")
    await line.end("a", LookupError())
    await line.later(1)

    assert line.out == ["a", "b"]
    assert line.changes == [None]


@pytest.mark.parametrize("jump_s", [-DAY_S, DAY_S])
async def test_a_wall_clock_that_is_set_makes_no_difference_to_the_pause(line: Line, jump_s: int) -> None:
    await line.break_()
    line.out.clear()
    await line.begin("a")

    line.clock.jump(jump_s)
    await line.later(29)
    assert line.out == []
    await line.later(1)

    assert line.out == ["a"]


async def test_the_log_tells_the_story(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await line.break_()
    await line.later(30)
    await line.call(ServiceUnreachable())
    await line.later(60)
    await line.call()

    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "image_api down failures=5 pause_s=30 error=ServiceLost",
        "image_api down failures=6 pause_s=60 error=ServiceUnreachable",
        "image_api back open_s=90",
    ]
