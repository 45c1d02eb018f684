"""What is known of the connections to the gateway: who is connected, since when, and what it cost."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import discord
import yarl

from bot.clock import Clock
from bot.gateway.pace import Pace

log = logging.getLogger(__name__)

RESERVE_SHARE = 20  # one in so many of the day's session starts stays untouched, for whoever has to mend something
LOOK_AGAIN_S = 600.0
FRUITLESS_RESUMES = 3  # what the replay brings breaks the line each time: a new session leaves it behind


@dataclass(frozen=True, slots=True)
class Starts:
    """What GET /gateway/bot says of session starts."""

    total: int
    remaining: int
    reset_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionsState:
    """`away_s`: for how long no shard, or not every shard, has been connected; 0 while all are."""

    shards: int
    connected: int
    away_s: float
    identifies_last_hour: int
    malformed: int


class Resumable(Protocol):
    """A connection, also one that is over; without a session there is nothing to resume."""

    session_id: str | None
    sequence: int | None
    gateway: yarl.URL


class Connections:
    """`sessions`: the connection that each shard had last.

    `ask_starts` asks Discord how many session starts are left.
    """

    def __init__(self, clock: Clock, ask_starts: Callable[[], Awaitable[Starts]]) -> None:
        self.clock = clock
        self.shards = 1
        self.sessions: dict[int, Resumable] = {}
        self.malformed: Counter[str] = Counter()
        self.is_waiting_for_starts = False
        self._ask_starts = ask_starts
        self._pace = Pace()
        self._up_since: dict[int, datetime] = {}
        self._away_since = clock.now()
        self._broken_at: dict[int, tuple[int | None, int]] = {}

    # What happens

    def up(self, shard: int, session: Resumable) -> None:
        """READY or RESUMED."""
        self.sessions[shard] = session
        self._up_since[shard] = self.clock.now()

    def down(self, shard: int) -> timedelta:
        """A connection is over; for how long it had held."""
        now = self.clock.now()
        if len(self._up_since) == self.shards:
            self._away_since = now
        since = self._up_since.pop(shard, None)
        return timedelta(0) if since is None else now - since

    async def pause(self, shard: int, *, resumable: bool) -> None:
        """After a loss: wait before the next connection, and before an IDENTIFY until one may be made."""
        pause_s = self._pace.pause_s(shard, held=self.down(shard), resumable=resumable)
        if pause_s:
            log.warning("gateway lost again shard=%d resumable=%s pause_s=%.1f", shard, resumable, pause_s)
            await self.clock.sleep(pause_s)
        if not resumable:
            self.sessions.pop(shard, None)
            await self.until_may_identify()
            await self.until_starts_are_left()

    async def until_may_identify(self) -> None:
        """An hour has so many IDENTIFYs and no more."""
        while (wait_s := self._pace.identify_wait_s(self.clock.now(), shards=self.shards)) > 0:
            log.error("too many IDENTIFYs within an hour wait_s=%.0f", wait_s)
            await self.clock.sleep(wait_s)

    async def until_starts_are_left(self) -> None:
        """Where the day's session starts are nearly used up, wait until Discord grants new ones."""
        try:
            while (starts := await self._starts()) is not None and _is_low(starts, self.shards):
                self.is_waiting_for_starts = True
                log.error(
                    "session starts nearly used up remaining=%d total=%d: waiting, they are new in %.0f min",
                    starts.remaining,
                    starts.total,
                    starts.reset_after_s / 60,
                )
                await self.clock.sleep(max(1.0, min(starts.reset_after_s, LOOK_AGAIN_S)))
        finally:
            self.is_waiting_for_starts = False

    async def _starts(self) -> Starts | None:
        """None where Discord does not say: then nothing is held back for it."""
        try:
            return await self._ask_starts()
        except (discord.DiscordException, OSError, TimeoutError) as error:
            log.info("session starts unknown error=%s", type(error).__name__)
            return None

    def identified(self) -> None:
        self._pace.identified(self.clock.now())

    def is_fruitless(self, shard: int, sequence: int | None) -> bool:
        """The line broke on what it heard after `sequence`: whether it did so again and again at the same place."""
        before, times = self._broken_at.get(shard, (None, 0))
        times = times + 1 if before == sequence else 1
        self._broken_at[shard] = (sequence, times)
        return times >= FRUITLESS_RESUMES

    # What others want to know

    def state(self) -> ConnectionsState:
        now = self.clock.now()
        connected = len(self._up_since)
        away_s = 0.0 if connected >= self.shards else (now - self._away_since).total_seconds()
        return ConnectionsState(
            shards=self.shards,
            connected=connected,
            away_s=away_s,
            identifies_last_hour=self._pace.in_last_hour(now),
            malformed=self.malformed.total(),
        )


def _is_low(starts: Starts, shards: int) -> bool:
    return starts.remaining < shards + starts.total // RESERVE_SHARE
