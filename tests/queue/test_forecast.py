"""What a card promises is what comes: the outlook against the real queue at a service that works steadily."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Standing
from bot.queue import Kind, Places, Queue, Seat
from tests.clock import FakeClock

QUICK, SLOW, NEW = Kind("quick", None, "generations"), Kind("slow", "high", "generations"), Kind("new", None, "edits")
TAKES_S = {QUICK: 4.0, SLOW: 30.0, NEW: 10.0}
MARGIN = 0.25  # of the wait, where calls take a fifth more or less than usual

EIGHTHS_S = st.integers(0, 31).map(lambda eighths: eighths / 8)  # exact, so that what ends together does so everywhere

Order = tuple[Seat, Sequence[Kind]]
orders = st.lists(
    st.tuples(
        st.builds(Seat, st.integers(1, 3), st.integers(1, 4)),
        st.lists(st.sampled_from([QUICK, SLOW]), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=12,
)


class Service:
    """A queue whose calls take what their kind takes; `ended_s` is when the last call of each job did."""

    def __init__(self, folder: Path, *, at_once: int = 2, at_once_per_user: int = 2) -> None:
        self.clock = FakeClock(sleeps_wait=True)
        self.queue = Queue(
            Places(folder, at_once),
            self.clock,
            at_once=at_once,
            at_once_per_user=at_once_per_user,
            max_waiting=500,
            max_wait_s=1_800,
        )
        self.ended_s: dict[int, float] = {}
        self.turns: list[int] = []
        self._ends_s: set[float] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def ask(self, job_id: int, order: Order, *, share: float = 1.0) -> None:
        seat, kinds = order
        self.queue.join(job_id, seat, kinds)
        self._tasks += [asyncio.create_task(self._call(job_id, TAKES_S[kind] * share)) for kind in kinds]

    async def _call(self, job_id: int, takes_s: float) -> None:
        async with self.queue.turn(job_id) as ticket:
            self.turns.append(job_id)
            self.queue.began(ticket)
            self._ends_s.add(ends_s := self.clock.monotonic_s() + takes_s)
            await self.clock.sleep(takes_s)
            self._ends_s.discard(ends_s)
            self.ended_s[job_id] = self.clock.monotonic_s()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def later(self, seconds: float) -> None:
        """Nothing else may end in between."""
        self.clock.advance(seconds)
        await self.settle()

    async def ends(self, count: int) -> None:
        """Until so many calls have ended, one after the other."""
        for _ in range(count):
            self.clock.to_next()
            await self.settle()

    async def to_the_end(self) -> None:
        while not all(task.done() for task in self._tasks):
            await self.ends(1)

    @property
    def next_s(self) -> float:
        """How long until the next call ends."""
        return min((ends_s - self.clock.monotonic_s() for ends_s in self._ends_s), default=0.0)

    def learn(self, *kinds: Kind) -> None:
        for kind in kinds:
            self.queue.runs.took(kind, TAKES_S[kind])


@pytest.fixture
async def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders, st.integers(1, 3), st.integers(1, 2), st.integers(0, 8), EIGHTHS_S)
def test_at_a_steady_service_every_promise_is_kept_to_the_second(
    tmp_path: Path, orders: list[Order], at_once: int, at_once_per_user: int, ended: int, passed_s: float
) -> None:
    async def compare() -> None:
        service = Service(tmp_path, at_once=at_once, at_once_per_user=at_once_per_user)
        service.learn(QUICK, SLOW)
        for job_id, order in enumerate(orders):
            service.ask(job_id, order)
        await service.settle()
        await service.ends(ended)
        if passed_s < service.next_s:
            await service.later(passed_s)
        now_s, turns = service.clock.monotonic_s(), len(service.turns)
        promised = {job_id: service.queue.standing(job_id) for job_id in range(len(orders))}
        unfinished = promised.keys() - service.ended_s.keys()

        await service.to_the_end()

        for job_id in unfinished:
            standing = promised[job_id]
            assert standing.estimate_s == pytest.approx(service.ended_s[job_id] - now_s, abs=1.0)
            if job_id not in service.turns[:turns]:
                assert standing.position == service.turns[turns:].index(job_id) + 1

    asyncio.run(compare())


@given(st.lists(st.floats(0.8, 1.2), min_size=24, max_size=24))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_where_calls_take_a_fifth_more_or_less_the_promise_holds_within_its_margin(
    tmp_path: Path, shares: list[float]
) -> None:
    async def compare() -> None:
        service = Service(tmp_path, at_once=3)
        service.learn(SLOW)
        for job_id, share in enumerate(shares):
            service.ask(job_id, (Seat(1, job_id), [SLOW]), share=share)
        await service.settle()
        promised = [service.queue.standing(job_id).estimate_s for job_id in range(len(shares))]

        await service.to_the_end()

        for job_id, promised_s in enumerate(promised):
            assert promised_s == pytest.approx(service.ended_s[job_id], rel=MARGIN)

    asyncio.run(compare())


async def test_of_what_nobody_has_seen_nothing_is_said(service: Service) -> None:
    service.learn(QUICK)
    service.ask(1, (Seat(1, 1), [NEW]))
    service.ask(2, (Seat(1, 2), [QUICK]))
    service.ask(3, (Seat(1, 3), [QUICK]))
    service.ask(4, (Seat(1, 4), [NEW]))
    await service.settle()

    assert [service.queue.standing(job_id) for job_id in (1, 2, 3, 4)] == [
        Standing(0, None),
        Standing(0, 4.0),
        Standing(1, 8.0),
        Standing(2, None),
    ]
    await service.to_the_end()


async def test_a_call_that_takes_longer_than_any_did_is_not_promised_for_now(service: Service) -> None:
    service.learn(QUICK)
    service.ask(1, (Seat(1, 1), [QUICK]))
    service.ask(2, (Seat(1, 2), [QUICK]))
    service.ask(3, (Seat(1, 3), [QUICK]))
    await service.settle()
    service.clock._passed_s += 40  # the service hangs: time passes, and nobody is done

    estimate_s = service.queue.standing(3).estimate_s

    assert estimate_s is not None
    assert estimate_s > TAKES_S[QUICK]
    await service.to_the_end()


async def test_one_who_has_as_many_calls_as_a_member_may_is_told_of_those_served_before(tmp_path: Path) -> None:
    service = Service(tmp_path, at_once=2, at_once_per_user=1)
    service.learn(QUICK, SLOW)
    service.ask(1, (Seat(1, 1), [SLOW]))
    service.ask(2, (Seat(1, 1), [QUICK]))
    for job_id in (3, 4, 5):
        service.ask(job_id, (Seat(1, job_id), [QUICK]))
    await service.settle()

    standings = [service.queue.standing(job_id) for job_id in (2, 3, 4, 5)]

    assert standings == [Standing(3, 34.0), Standing(0, 4.0), Standing(1, 8.0), Standing(2, 12.0)]
    await service.to_the_end()


async def test_places_that_another_process_has_are_waited_for_and_nothing_is_promised(tmp_path: Path) -> None:
    other, service = Service(tmp_path, at_once=1), Service(tmp_path, at_once=1)
    for each in (other, service):
        each.learn(QUICK)
        each.ask(1, (Seat(1, 1), [QUICK]))
        await each.settle()

    assert other.turns == [1]
    assert service.turns == []
    assert service.queue.standing(1) == Standing(1, None)

    await other.to_the_end()
    async with asyncio.timeout(10):
        while not service.turns:
            await asyncio.sleep(0.05)  # it looks again by itself
    await service.to_the_end()


async def test_of_two_that_ask_in_one_moment_the_one_that_came_first_is_served_first_though_checked_last(
    tmp_path: Path,
) -> None:
    service = Service(tmp_path, at_once=1)
    service.queue.join(1, Seat(1, 1), [QUICK])
    service.ask(2, (Seat(1, 2), [QUICK]))
    await service.settle()
    assert service.turns == []

    service.ask(1, (Seat(1, 1), [QUICK]))
    await service.to_the_end()

    assert service.turns == [1, 2]


async def test_one_whose_check_takes_long_does_not_hold_up_the_others(tmp_path: Path) -> None:
    service = Service(tmp_path, at_once=1)
    service.queue.join(1, Seat(1, 1), [QUICK])
    service.ask(2, (Seat(1, 2), [QUICK]))
    async with asyncio.timeout(10):
        while not service.turns:
            await asyncio.sleep(0.01)

    service.ask(1, (Seat(1, 1), [QUICK]))
    await service.to_the_end()

    assert service.turns == [2, 1]


async def test_a_plan_that_changes_changes_the_line(service: Service) -> None:
    service.learn(QUICK, SLOW)
    service.queue.join(1, Seat(1, 1), [QUICK, QUICK, QUICK])
    service.queue.join(2, Seat(1, 2), [QUICK])
    assert service.queue.standing(1) == Standing(0, 8.0)

    service.queue.join(1, Seat(1, 1), [SLOW])
    assert service.queue.standing(1) == Standing(0, 30.0)
    service.queue.leave(1)
    assert service.queue.standing(1) == Standing(0, None)
    assert service.queue.standing(2) == Standing(0, 4.0)
