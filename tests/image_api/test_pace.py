"""Requests wait for fresh limits, first come, first served, and no more go out than there is room for."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.image_api.wire.ask import Ask
from bot.image_api.wire.pace import Pace
from tests.clock import FakeClock

PATIENCE_S = 600.0


def pictures(count: int = 1, model: str = "gpt-image-2") -> Ask:
    return Ask(path="images/generations", limit_s=None, pictures=count, model=model)


MODERATION = Ask(path="moderations", limit_s=None)
LISTING = Ask(path="models", limit_s=None)


def told(kind: str, left: int, reset: str, limit: int | None = None) -> dict[str, str]:
    headers = {f"x-ratelimit-remaining-{kind}": str(left), f"x-ratelimit-reset-{kind}": reset}
    return headers if limit is None else headers | {f"x-ratelimit-limit-{kind}": str(limit)}


class Desk:
    """Requests that go through one pace; `begun` are the names of those that are out, in their order."""

    def __init__(self) -> None:
        self.clock = FakeClock(sleeps_wait=True)
        self.pace = Pace(self.clock)
        self.begun: list[str] = []
        self._answers: dict[str, asyncio.Future[dict[str, str]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def send(self, *names: str, ask: Ask | None = None, patience_s: float = PATIENCE_S) -> None:
        """Requests that go out as soon as they may, and then wait for their answer."""
        until = self.clock.now() + timedelta(seconds=patience_s)
        for name in names:
            self._answers[name] = asyncio.get_running_loop().create_future()
            self._tasks[name] = asyncio.create_task(self._request(name, ask or pictures(), until))
        await self._settle()

    async def answer(self, name: str, headers: dict[str, str]) -> None:
        self._answers[name].set_result(headers)
        await self._tasks[name]

    def give_up(self, name: str) -> None:
        self._tasks[name].cancel()

    async def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self._settle()

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _request(self, name: str, ask: Ask, until: datetime) -> None:
        async with self.pace.turn(ask, until) as turn:
            turn.use()
            self.begun.append(name)
            turn.heed(await self._answers[name])

    async def _settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.close()


async def test_a_service_that_names_no_limits_is_asked_at_once(desk: Desk) -> None:
    await desk.send("a", "b", "c")
    await desk.answer("a", {})
    await desk.send("d")

    assert desk.begun == ["a", "b", "c", "d"]
    assert desk.clock.slept_s == []


@pytest.mark.parametrize("kind", ["images", "requests", "tokens"])
async def test_a_request_waits_for_the_reset_where_nothing_is_left(desk: Desk, kind: str) -> None:
    await desk.send("first")
    await desk.answer("first", told(kind, 0, "12s"))

    await desk.send("second")
    await desk.later(11.9)
    assert desk.begun == ["first"]
    await desk.later(0.1)

    assert desk.begun == ["first", "second"]


async def test_a_call_waits_until_there_is_room_for_all_of_its_pictures(desk: Desk) -> None:
    await desk.send("first", ask=pictures(2))
    await desk.answer("first", told("images", 3, "30", limit=5))

    await desk.send("four", ask=pictures(4))
    assert desk.begun == ["first"]
    await desk.later(30)

    assert desk.begun == ["first", "four"]


async def test_more_pictures_than_the_whole_limit_wait_until_it_is_whole(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 4, "30", limit=5))

    await desk.send("ten", ask=pictures(10))
    assert desk.begun == ["first"]
    await desk.later(30)

    assert desk.begun == ["first", "ten"]


async def test_of_a_crowd_that_waits_only_as_many_go_at_each_reset_as_there_is_room_for(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, "1m0s", limit=3))
    crowd = [str(number) for number in range(7)]

    await desk.send(*crowd)
    assert desk.begun == ["first"]
    for minute, out in enumerate([3, 6, 7], start=1):
        await desk.later(60)
        assert desk.begun == ["first", *crowd[:out]], f"after minute {minute}"


async def test_what_was_sent_since_is_counted_against_what_an_answer_says(desk: Desk) -> None:
    await desk.send("a", "b", "c")

    await desk.answer("a", told("images", 2, "60s", limit=3))
    await desk.send("d")
    assert desk.begun == ["a", "b", "c"], "b and c take what a was told is left"
    await desk.answer("c", told("images", 1, "60s", limit=3))

    await desk.later(59)
    assert desk.begun == ["a", "b", "c"]
    await desk.later(1)
    assert desk.begun == ["a", "b", "c", "d"]


async def test_an_older_answer_does_not_overrule_a_newer_one(desk: Desk) -> None:
    await desk.send("a", "b")
    await desk.answer("b", told("images", 0, "60s", limit=5))
    await desk.answer("a", told("images", 4, "60s", limit=5))

    await desk.send("c")

    assert desk.begun == ["a", "b"]


async def test_where_the_limit_is_not_said_it_is_what_was_seen_of_it(desk: Desk) -> None:
    await desk.send("first", ask=pictures(2))
    await desk.answer("first", told("images", 0, "60s"))

    await desk.send("a", "b", "c")
    await desk.later(60)

    assert desk.begun == ["first", "a", "b"]


async def test_the_most_that_was_seen_of_a_limit_counts(desk: Desk) -> None:
    await desk.send("a", "b")
    await desk.answer("a", told("images", 3, "60s"))
    await desk.answer("b", told("images", 0, "60s"))

    await desk.send("c", "d", "e", "f", "g")
    await desk.later(60)

    assert desk.begun == ["a", "b", "c", "d", "e", "f"], "3 left and the one that was told so are 4"


async def test_a_limit_lasts_as_long_as_it_was_seen_to(desk: Desk) -> None:
    await desk.send("a", "b")
    await desk.answer("a", told("images", 0, "60s", limit=1))
    await desk.later(50)
    await desk.answer("b", told("images", 0, "10s", limit=1))

    await desk.send("c", "d")
    await desk.later(10)
    assert desk.begun == ["a", "b", "c"]
    await desk.later(59)
    assert desk.begun == ["a", "b", "c"]
    await desk.later(1)

    assert desk.begun == ["a", "b", "c", "d"]


async def test_limits_are_those_of_a_model(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, "60s", limit=5))

    await desk.send("other", ask=pictures(model="gpt-image-1-mini"))

    assert desk.begun == ["first", "other"]


@pytest.mark.parametrize("ask", [MODERATION, LISTING], ids=["moderation", "listing"])
async def test_neither_limits_nor_rests_of_pictures_hold_anything_else_up(desk: Desk, ask: Ask) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, "60s") | told("requests", 0, "60s"))
    desk.pace.hold(pictures(), 60)

    await desk.send("free", ask=ask)

    assert desk.begun == ["first", "free"]


async def test_the_limit_of_pictures_does_not_stop_what_has_none(desk: Desk) -> None:
    await desk.send("first", ask=MODERATION)
    await desk.answer("first", told("images", 0, "60s"))

    await desk.send("second", ask=MODERATION)

    assert desk.begun == ["first", "second"]


async def test_a_rest_that_the_service_wants_holds_the_pictures_of_every_model(desk: Desk) -> None:
    desk.pace.hold(pictures(), 20)
    desk.pace.hold(pictures(), 5)

    await desk.send("a")
    await desk.send("b", ask=pictures(model="gpt-image-1-mini"))
    await desk.later(19.9)
    assert desk.begun == []
    await desk.later(0.1)

    assert sorted(desk.begun) == ["a", "b"]


async def test_a_long_rest_is_not_waited_for(desk: Desk) -> None:
    desk.pace.hold(pictures(), 121)

    await desk.send("a")

    assert desk.begun == ["a"]


@pytest.mark.parametrize("reset", ["601s", "10m1s", "8h", "86400", "1e15"])
async def test_nobody_waits_for_a_reset_beyond_his_patience(desk: Desk, reset: str) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, reset))

    await desk.send("second")

    assert desk.begun == ["first", "second"], "the service says itself what it thinks of that"


async def test_nobody_waits_longer_than_his_patience_in_a_crowd(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, "60s", limit=1))

    await desk.send("a", "b", "c", patience_s=130)
    for _ in range(130):
        await desk.later(1)

    assert desk.begun == ["first", "a", "b", "c"], "the third reset would be at 180 s"


async def test_one_who_gives_up_while_waiting_lets_the_next_one_go(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("images", 0, "60s", limit=1))
    await desk.send("a", "b")

    desk.give_up("a")
    await desk.later(60)
    await desk.later(60)

    assert desk.begun == ["first", "b"]


async def test_a_wait_is_in_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await desk.send("first")
    await desk.answer("first", told("images", 0, "12s"))

    await desk.send("second")
    await desk.later(12)

    assert "image_api slowed wait_s=12.0 kind=pictures model=gpt-image-2" in caplog.text


async def test_a_turn_that_is_not_used_leaves_its_room_to_the_next(desk: Desk) -> None:
    await desk.send("first")
    await desk.answer("first", told("requests", 1, "60s"))
    until = desk.clock.now() + timedelta(seconds=PATIENCE_S)
    async with desk.pace.turn(pictures(), until):
        assert desk.pace.wait_s(pictures()) == 60

    assert desk.pace.wait_s(pictures()) == 0
    await desk.send("second", "third")
    assert desk.begun == ["first", "second"]
