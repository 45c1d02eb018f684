"""Time, handed in, so that tests own it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time and waiting."""

    def now(self) -> datetime:
        """The time now: aware, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that have passed since some moment; setting the wall clock does not change them."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SteadyClock:
    """A clock that starts with the wall clock's time and does not jump with it: for waits inside a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock.now()
        self._began_s = clock.monotonic_s()

    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=self._clock.monotonic_s() - self._began_s)

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


def to_ms(moment: datetime) -> int:
    """A moment as it is stored: milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)


def from_ms(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def day_number(moment: datetime) -> int:
    """The UTC day that quotas count by, as days since 1970-01-01."""
    return int(moment.timestamp()) // 86_400


def start_of_day(day: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
