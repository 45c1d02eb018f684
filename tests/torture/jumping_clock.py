"""A clock that all bots of a world share, and that jumps while they run."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import SystemClock


class JumpingClock(SystemClock):
    """The time that `file` says: how fast it goes and how far ahead it is, read anew at every look."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        begun_s, pace, ahead_s = map(float, self._file.read_text().split())
        return datetime.fromtimestamp(begun_s + (time.time() - begun_s) * pace + ahead_s, UTC)

    def monotonic_s(self) -> float:
        """As fast as the rest of it, and without its jumps."""
        pace = float(self._file.read_text().split()[1])
        return time.monotonic() * pace

    async def sleep(self, seconds: float) -> None:
        pace = float(self._file.read_text().split()[1])
        await asyncio.sleep(seconds / pace)


@dataclass(slots=True)
class Hands:
    """The hands of that clock: whoever holds them can turn it."""

    file: Path
    begun_s: float
    pace: float
    ahead_s: float = 0.0

    def now_ms(self) -> int:
        """What it says."""
        return round((self.begun_s + (time.time() - self.begun_s) * self.pace + self.ahead_s) * 1000)

    def turn(self, seconds: float = 0.0) -> None:
        """Forwards, or with a negative number back."""
        self.ahead_s += seconds
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{self.begun_s} {self.pace} {self.ahead_s}")
        fresh.replace(self.file)
