"""The stand-in's time, which tests may push forward, and the ids that carry it."""

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000  # Discord: Reference, Snowflakes


class SandboxClock:
    """The machine's wall clock plus whatever `advance` added. Every deadline of the stand-in follows it."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def advance(self, seconds: float) -> None:
        self._ahead_ms += round(seconds * 1000)


class SnowflakeMint:
    """Makes ids as Discord does: milliseconds since its epoch in the high bits, strictly growing for the present."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> int:
        self._last = max(self._last + 1, snowflake_at(self._clock.now_ms()))
        return self._last


def snowflake_at(at_ms: int) -> int:
    """The smallest snowflake of that millisecond."""
    return (at_ms - DISCORD_EPOCH_MS) << 22


def created_ms(snowflake: int) -> int:
    return (snowflake >> 22) + DISCORD_EPOCH_MS


def iso(at_ms: int) -> str:
    """As Discord writes times: ISO 8601 with microseconds and an offset."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="microseconds")
