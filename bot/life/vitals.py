"""What can be told of the bot's health from outside its event loop, each look with a deadline."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.errors import StoreError
from bot.store.backlog import Backlog

T = TypeVar("T")

LOOK_S = 1.0
STALLED_TOO_LONG_S = 10.0
AWAY_TOO_LONG_S = 30.0
FOLDER_FRESH_S = 5.0


class Phase(StrEnum):
    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


class Gateway(Protocol):
    """`away_s`: since when not every shard is connected; 0 while all are."""

    @property
    def shards(self) -> int: ...
    @property
    def connected(self) -> int: ...
    @property
    def away_s(self) -> float: ...
    @property
    def identifies_last_hour(self) -> int: ...
    @property
    def malformed(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom to ask. All but `backlog` answer at once and from any thread."""

    phase: Callable[[], Phase]
    gateway: Callable[[], Gateway]
    backlog: Callable[[], Awaitable[Backlog]]
    lag_s: Callable[[], float]
    stalled_s: Callable[[], float]
    refused: Callable[[], int]
    version: str
    data_dir: Path


class Vitals:
    """Asked from an event loop of its own, so that an answer comes although the bot's is stuck."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._begun_s = time.monotonic()
        self._backlog = Look(sources.backlog)
        self._folder = Look(lambda: asyncio.to_thread(_can_be_written, sources.data_dir), fresh_s=FOLDER_FRESH_S)

    async def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether process and database work, and all figures. A gateway that is away is no illness of the bot's."""
        backlog = await self._backlog.result()
        problems = self._stuck() + ([] if backlog else [f"the database gave no answer in {LOOK_S:.0f} s"])
        gateway = self._sources.gateway()
        return not problems, {
            "status": "ill" if problems else "ok",
            "problems": problems,
            "phase": self._sources.phase(),
            "version": self._sources.version,
            "uptime_s": round(time.monotonic() - self._begun_s, 1),
            "gateway": {
                "shards": gateway.shards,
                "connected": gateway.connected,
                "away_s": round(gateway.away_s, 1),
                "identifies_last_hour": gateway.identifies_last_hour,
                "malformed_events": gateway.malformed,
            },
            "database": {"answers": backlog is not None},
            "jobs": asdict(backlog) if backlog else None,
            "loop_lag_ms": round(self._sources.lag_s() * 1000, 1),
            "refused_by_discord_10min": self._sources.refused(),
        }

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether a member who asks now would be served, and what is in the way."""
        backlog, is_writable = await asyncio.gather(self._backlog.result(), self._folder.result())
        reasons = self._stuck()
        if (phase := self._sources.phase()) is not Phase.SERVING:
            reasons.append(phase.value)
        elif (away_s := self._sources.gateway().away_s) > AWAY_TOO_LONG_S:
            reasons.append(f"the gateway has been away for {away_s:.0f} s")
        if backlog is None:
            reasons.append(f"the database gave no answer in {LOOK_S:.0f} s")
        if not is_writable:
            reasons.append("the data folder cannot be written")
        return not reasons, {"ready": not reasons, "because": reasons}

    def _stuck(self) -> list[str]:
        stalled_s = self._sources.stalled_s()
        return [f"the event loop has been stuck for {stalled_s:.0f} s"] if stalled_s > STALLED_TOO_LONG_S else []


class Look:
    """One look at a time, however many ask; None where it fails or does not end in time."""

    def __init__(self, look: "Callable[[], Awaitable[T]]", *, fresh_s: float = 0.0) -> None:
        self._look = look
        self._fresh_s = fresh_s
        self._running: asyncio.Task[Any] | None = None
        self._ended_s = 0.0

    async def result(self) -> Any:  # noqa: ANN401 -- what the look gives
        if self._running is None or (self._running.done() and time.monotonic() - self._ended_s > self._fresh_s):
            self._running = asyncio.create_task(self._once())
        await asyncio.wait({self._running}, timeout=LOOK_S)
        return self._running.result() if self._running.done() else None

    async def _once(self) -> Any:  # noqa: ANN401
        try:
            return await self._look()
        except (StoreError, OSError):
            return None
        finally:
            self._ended_s = time.monotonic()


def _can_be_written(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
            file.flush()
    except OSError:
        return False
    return True
