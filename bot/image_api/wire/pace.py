"""How fast a service may be asked: requests wait for fresh limits instead of running into a refusal.

A service keeps its limits for each model, so what it says is kept for each kind of request and model; what it wants to
rest (`Retry-After`) holds every request of that kind. What was sent since it last said how much is left is counted
down here, so that of many who wait for a reset only as many go as there is room for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.image_api.wire.ask import Ask
from bot.image_api.wire.rate_limits import Report, reports_in
from bot.image_api.wire.retries import LONGEST_ASKED_S

LOGGED_S = 1.0
LONGEST_RESET_S = 7 * 86_400.0  # a limit that is not fresh within a week is a number that means something else
SHORTEST_S = 0.05

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Limit:
    """One limit as it stands. `told_by` is the number of the request whose answer told it."""

    most: int
    left: int
    fresh_at: datetime
    length: timedelta
    told_by: int

    def pass_to(self, now: datetime) -> None:
        """Where its time is over it is whole again, for as long as it was seen to last."""
        if now >= self.fresh_at:
            self.left = self.most
            self.fresh_at = now + self.length


@dataclass(slots=True)
class _Lane:
    """What is known of one kind of request and model. `out` are requests without an answer yet, and their costs."""

    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    limits: dict[str, _Limit] = field(default_factory=dict)
    out: dict[int, Mapping[str, int]] = field(default_factory=dict)
    number: int = 0

    def fresh_at(self, cost: Mapping[str, int], now: datetime) -> datetime | None:
        """When there is room for this cost, None for now. What is more than a limit has room when it is whole."""
        moments = []
        for kind, limit in self.limits.items():
            limit.pass_to(now)
            if limit.left < min(cost.get(kind, 0), limit.most):
                moments.append(limit.fresh_at)
        return max(moments, default=None)

    def take(self, cost: Mapping[str, int]) -> int:
        """Count a request down; its number."""
        self.number += 1
        self.out[self.number] = cost
        for kind, limit in self.limits.items():
            limit.left -= cost.get(kind, 0)
        return self.number

    def give_back(self, number: int) -> None:
        """A request that was counted down was not sent. A limit that was told anew meanwhile did not count it."""
        cost = self.out[number]
        for kind, limit in self.limits.items():
            if limit.told_by < number:
                limit.left = min(limit.most, limit.left + cost.get(kind, 0))

    def learn(self, number: int, kind: str, report: Report, now: datetime) -> None:
        """What the answer to a request says holds without those that were sent after it."""
        known = self.limits.get(kind)
        if known is not None and known.told_by > number:
            return
        later = sum(cost.get(kind, 0) for sent, cost in self.out.items() if sent > number)
        most, length = report.left + self.out[number].get(kind, 0), timedelta(seconds=max(report.reset_s, SHORTEST_S))
        if known is not None:
            most, length = max(most, known.most), max(length, known.length)
        self.limits[kind] = _Limit(
            most=report.limit or most,
            left=report.left - later,
            fresh_at=now + timedelta(seconds=report.reset_s),
            length=length,
            told_by=number,
        )


class Turn:
    """A request that may go out, once."""

    def __init__(self, lane: _Lane, number: int, clock: Clock) -> None:
        self._lane = lane
        self._number = number
        self._clock = clock
        self._is_used = False

    def use(self) -> bool:
        """Whether it has not gone out yet; from now on it has."""
        was_used, self._is_used = self._is_used, True
        return not was_used

    def end(self) -> None:
        """It has been answered, or will never go out."""
        if not self._is_used:
            self._lane.give_back(self._number)
        del self._lane.out[self._number]

    def heed(self, headers: Mapping[str, str]) -> None:
        """Learn from its answer how much is left."""
        for kind, report in reports_in(headers):
            if report.reset_s <= LONGEST_RESET_S:
                self._lane.learn(self._number, kind, report, self._clock.now())


class Pace:
    """The limits of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._held_until: dict[str, datetime] = {}

    def hold(self, ask: Ask, seconds: float) -> None:
        """The service wants a rest. One that wants a long one is not waited for: each request hears that itself."""
        if seconds <= LONGEST_ASKED_S:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._held_until[ask.kind] = max(until, self._held_until.get(ask.kind, until))

    @asynccontextmanager
    async def turn(self, ask: Ask, until: datetime) -> AsyncIterator[Turn]:
        """Wait until there is room, first come, first served; the block is the request, which says `use`.

        Where there is none before `until`, waiting helps nobody: the request goes at once, and the service decides.
        """
        lane = self._lanes.setdefault(f"{ask.kind} {ask.model}", _Lane())
        cost = _cost(ask)
        begun_at = self._clock.now()
        async with lane.door:
            await self._wait(lane, ask, cost, until)
            number = lane.take(cost)
        waited_s = (self._clock.now() - begun_at).total_seconds()
        if waited_s >= LOGGED_S:
            log.info("image_api slowed wait_s=%.1f kind=%s model=%s", waited_s, ask.kind, ask.model or "-")
        turn = Turn(lane, number, self._clock)
        try:
            yield turn
        finally:
            turn.end()

    def wait_s(self, ask: Ask) -> float:
        """For how many seconds such a request would wait now, not counting those that wait before it."""
        now = self._clock.now()
        lane = self._lanes.get(f"{ask.kind} {ask.model}", _Lane())
        return max(0.0, (max(self._moments(lane, ask, _cost(ask), now), default=now) - now).total_seconds())

    async def _wait(self, lane: _Lane, ask: Ask, cost: Mapping[str, int], until: datetime) -> None:
        while True:
            now = self._clock.now()
            moment = max(self._moments(lane, ask, cost, now), default=now)
            if moment <= now or moment > until:
                return
            await self._clock.sleep((moment - now).total_seconds())

    def _moments(self, lane: _Lane, ask: Ask, cost: Mapping[str, int], now: datetime) -> Iterator[datetime]:
        """When this request may go, as its lane's limits and the service's rest have it."""
        fresh_at = lane.fresh_at(cost, now)
        if fresh_at is not None:
            yield fresh_at
        if ask.kind in self._held_until:
            yield self._held_until[ask.kind]


def _cost(ask: Ask) -> dict[str, int]:
    return {"requests": 1, "images": ask.pictures, "tokens": 1}  # nobody knows how many tokens, but not none
