"""A clock that tests own."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeClock:
    """Time moves when a test says so with `advance`, and, unless `sleeps_wait`, when somebody sleeps.

    `slept_s` are the sleeps that were asked for. With `sleeps_wait`, a sleeper wakes when `advance` passes its time.
    """

    def __init__(self, now: datetime = START, *, sleeps_wait: bool = False) -> None:
        self._now = now
        self._passed_s = 0.0
        self._sleeps_wait = sleeps_wait
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        if not self._sleeps_wait:
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), waiting))
        await waiting

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._passed_s += seconds
        due = [waiting for until, waiting in self._sleepers if until <= self._now]
        self._sleepers = [(until, waiting) for until, waiting in self._sleepers if until > self._now]
        for waiting in due:
            if not waiting.done():
                waiting.set_result(None)

    def to_next(self) -> None:
        """Let time pass until the next sleeper wakes, if there is one."""
        if self._sleepers:
            self.advance((min(until for until, _ in self._sleepers) - self._now).total_seconds())

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock; no time passes. Sleepers sleep as long as they would have."""
        self._now += timedelta(seconds=seconds)
        moved = timedelta(seconds=seconds)
        self._sleepers = [(until + moved, waiting) for until, waiting in self._sleepers]
