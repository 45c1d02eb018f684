"""The line to Discord: one try of a call, with a deadline, and what became of it.

discord.py repeats server errors up to five times by itself, sleeps through rate limits without bound, and holds a lock
for each token or route meanwhile; resets and silence it does not repeat. A sleep that a deadline cuts short may even
leave it waiting for ever: the event that a global limit clears is set by nobody then. On this line it does none of
that: trouble is taken out of its hands as the answer arrives (`tracing`), and whoever called decides what comes next.

Who may repeat what: edits, deletions, looks and the opening of conversations freely; a message only with the nonce it
had, after a look whether it is there; anything else never.
"""

import asyncio
import json
import logging
import math
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
import discord

from bot.clock import Clock
from bot.delivery.patience import Patience
from bot.delivery.trouble import (
    NO_MORE_EDITS,
    UNKNOWN_WEBHOOK,
    Later,
    Obstacle,
    Passing,
    Refused,
    Unknown,
    obstacle_of,
)
from bot.discretion import Gone, Held

log = logging.getLogger(__name__)

T = TypeVar("T")

AWAY_AFTER = 4  # calls in a row that Discord did not answer: one or two happen every day
AWAY_AFTER_S = 5.0  # and for so long none that it did: where cards alone hang, it is not away
REFUSAL_MAX_BYTES = 65_536
RESET_LIMIT_S = 90.0  # resets of the limits that people observe: 5 s for messages, a minute for some
LATE_S = 60.0  # for so long Discord may still carry out what was given up without an answer
HELD_BACK_S = 30.0  # by ourselves; what Discord counts against us, it counts for ten minutes
UNNAMED_PAUSE_S = 5.0  # where a limit comes without saying how long
LONGEST_REST_S = 3_600.0  # whatever a limit says: then it is asked whether that is still so
UPLOAD_BYTES_PER_S = 64 * 1024  # sixteen uploads at once get through an uplink of 8 Mbit/s


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds. Of one try: with files it is a second more for each UPLOAD_BYTES_PER_S.

    `in_all_s` is how long a picture is tried while Discord does not answer: its outages mostly end within the hour, and
    after that the member has it when asking (/quota).
    """

    words_s: float = 15.0
    upload_s: float = 30.0
    in_all_s: float = 3_600.0

    def upload_of(self, size_bytes: int) -> float:
        return self.upload_s + size_bytes / UPLOAD_BYTES_PER_S


@dataclass(slots=True)
class _Trip:
    """What is known of a call that is under way."""

    deadline: asyncio.Timeout
    has_left: bool = False
    is_done: bool = False  # it was answered so; discord.py hands that out when a used-up limit has been reset


_under_way: ContextVar[_Trip | None] = ContextVar("call on the line", default=None)


class Line:
    """`chance` makes the pauses; give a seeded one to have the same again."""

    def __init__(self, clock: Clock, deadlines: Deadlines | None = None, chance: random.Random | None = None) -> None:
        self.deadlines = deadlines or Deadlines()
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads tries, guards nothing
        self._rests = _Rests(clock)
        self._unanswered = 0
        self._answered_at_s = clock.monotonic_s()
        self._away_since_s: float | None = None

    def patience(self, all_s: float) -> Patience:
        return Patience(self._clock, self._chance, all_s=all_s)

    async def once(self, call: Callable[[], Awaitable[T]], *, bucket: str | None, within_s: float | None = None) -> T:
        """One try. `bucket` names what shares a rate limit; None is an interaction's token, which has one of its own.

        Raises:
            Refused, TooLarge: Discord said no.
            Later: surely nothing happened. Unknown: perhaps it did.
        """
        self._rests.check(bucket)
        try:
            done = await self._try(call, within_s or self.deadlines.words_s)
        except Later as error:
            self._rests.begin(bucket, error)
            self._note(answered=error.retry_after_s is not None)
            raise
        except Obstacle as error:
            self._note(answered=not isinstance(error, Unknown))
            raise
        self._note(answered=True)
        return done

    async def _try(self, call: Callable[[], Awaitable[T]], within_s: float) -> T:
        trip = _Trip(asyncio.timeout(within_s))
        before = _under_way.set(trip)
        try:
            async with trip.deadline:
                return await call()
        except discord.HTTPException as error:
            raise obstacle_of(error) from error
        except Gone as error:
            raise Refused(404, UNKNOWN_WEBHOOK) from error
        except Held as error:
            raise Later("held back, Discord has refused too much", HELD_BACK_S) from error
        except discord.RateLimited as error:
            raise Later("rate limit", error.retry_after) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            why = type(error).__name__
            if not trip.has_left:
                raise Later(f"{why} before it left") from error
            may_come_late = isinstance(error, TimeoutError) and not trip.is_done
            raise Unknown(why, may_come_late=may_come_late) from error
        finally:
            _under_way.reset(before)

    async def often(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        bucket: str | None,
        patience: Patience,
        within_s: float | None = None,
    ) -> T:
        """Repeat what may be repeated freely, until it is done or `patience` has come to its end.

        Raises:
            Refused, TooLarge, Later, Unknown: as the last try did.
        """
        while True:
            try:
                return await self.once(call, bucket=bucket, within_s=within_s)
            except Passing as error:
                if not await patience.pause(error):
                    raise

    @property
    def is_away(self) -> bool:
        """Whether Discord has not answered for some calls."""
        return self._away_since_s is not None

    def _note(self, *, answered: bool) -> None:
        """One line when Discord goes away, and one when it is back."""
        now_s = self._clock.monotonic_s()
        if not answered:
            self._unanswered += 1
            is_away = self._unanswered >= AWAY_AFTER and now_s - self._answered_at_s >= AWAY_AFTER_S
            if is_away and not self.is_away:
                self._away_since_s = now_s
                log.warning("discord does not answer; what cannot be said or posted is tried again")
            return
        self._unanswered, self._answered_at_s = 0, now_s
        if self._away_since_s is not None:
            log.info("discord answers again after_s=%d", now_s - self._away_since_s)
            self._away_since_s = None


class _Rests:
    """Pauses that Discord asked for: who calls meanwhile is told so without asking it again, which it would count."""

    EVERYTHING = "everything"  # but interactions' tokens

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_s: dict[str, float] = {}  # of the clock that nobody sets

    def begin(self, bucket: str | None, why: Later) -> None:
        if bucket is not None and why.retry_after_s:
            now_s = self._clock.monotonic_s()
            self._until_s = {name: until_s for name, until_s in self._until_s.items() if until_s > now_s}
            name = self.EVERYTHING if why.is_global else bucket
            self._until_s[name] = now_s + min(why.retry_after_s, LONGEST_REST_S)

    def check(self, bucket: str | None) -> None:
        """
        Raises:
            Later: it rests.
        """
        if bucket is None:
            return
        until_s = max(self._until_s.get(name, -math.inf) for name in (bucket, self.EVERYTHING))
        if (left_s := until_s - self._clock.monotonic_s()) > 0:
            raise Later("resting", left_s)


def tracing(config: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """For the client that makes the calls (`http_trace`); what is not called on a line is left to discord.py.

    What `config` does of itself comes first: an answer that is an obstacle goes no further.
    """
    config.on_request_headers_sent.append(_has_left)
    config.on_request_end.append(_look_at_answer)
    return config


async def _has_left(_session: aiohttp.ClientSession, _: SimpleNamespace, __: object) -> None:
    """The request's head goes out: from here on Discord may carry it out."""
    if trip := _under_way.get():
        trip.has_left = True


async def _look_at_answer(
    _session: aiohttp.ClientSession, _: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    """
    Raises:
        Later, Unknown, Refused: what discord.py would sleep over, and then repeat.
    """
    trip, response = _under_way.get(), params.response
    if trip is None:
        return
    if response.status == 429:
        raise await _limit_of(response)
    if response.status >= 500:
        raise Unknown(f"status={response.status}")
    trip.is_done = response.ok
    if trip.is_done and params.method == "POST":  # not to be repeated: its answer is worth waiting for
        trip.deadline.reschedule(asyncio.get_running_loop().time() + RESET_LIMIT_S)


async def _limit_of(response: aiohttp.ClientResponse) -> Obstacle:
    """What a 429 says: Discord's own in its body, Cloudflare's in the header at best."""
    try:
        body = json.loads(await response.content.read(REFUSAL_MAX_BYTES))
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    if said.get("code") == NO_MORE_EDITS:
        return Refused(response.status, NO_MORE_EDITS)
    is_global = bool(said.get("global")) or response.headers.get("X-RateLimit-Global") == "true"
    wait_s = _seconds(said.get("retry_after")) or _seconds(response.headers.get("Retry-After"))
    return Later("status=429", wait_s or UNNAMED_PAUSE_S, is_global=is_global)


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < float("inf") else None
