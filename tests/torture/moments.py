"""When a bot is killed: a few milliseconds after something was seen at a stand-in, or out of the blue."""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from aiohttp import web

from sandbox.image_api.records import PICTURE_ROUTES, Received, Records


class Step(StrEnum):
    """What can be seen of a bot from outside, in the order of a request's life."""

    SYNC = "sync"
    ANSWER = "first answer"
    CHECK = "moderation"
    PAINT = "painting"
    CARD = "card"
    DIRECT = "direct channel"
    POST = "post"
    LOOK = "look into the channel"
    REMOVE = "removal"


_AT_DISCORD = (
    (Step.SYNC, re.compile(r"PUT /applications/")),
    (Step.ANSWER, re.compile(r"POST /interactions/.*/callback")),
    (Step.CARD, re.compile(r"PATCH /")),
    (Step.DIRECT, re.compile(r"POST /users/@me/channels")),
    (Step.POST, re.compile(r"POST /channels/\d+/messages")),
    (Step.LOOK, re.compile(r"GET /channels/\d+/messages")),
    (Step.REMOVE, re.compile(r"DELETE /channels/")),
)
_TOKEN = re.compile(r"[\w-]{60,}")
LONG_LIFE_S = (2.0, 4.0)
TRAIL_LINES = 50_000
LONGEST_S = 1.5  # a bot lives no longer than that within a round, whatever was to be seen


def step_at_discord(method: str, path: str) -> Step | None:
    return next((step for step, pattern in _AT_DISCORD if pattern.match(f"{method} {path}")), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """`delay_s` after `step` was seen, `nth` times before: coming or (`is_over`) answered. No step: after `delay_s`."""

    step: Step | None
    is_over: bool
    nth: int
    delay_s: float

    @classmethod
    def drawn(cls, chance: Random) -> "Moment":
        """One in six out of the blue, one in twelve after a long life; the others close to a step, mostly by 20 ms."""
        if (draw := chance.random()) < 1 / 4:
            delay_s = chance.uniform(0, LONGEST_S) if draw < 1 / 6 else chance.uniform(*LONG_LIFE_S)
            return cls(None, is_over=False, nth=0, delay_s=delay_s)
        step = chance.choice(list(Step))
        nth = min(int(chance.expovariate(0.6)), 8) if step is not Step.SYNC else 0
        delay_s = 0.0 if chance.random() < 0.25 else chance.expovariate(1 / 0.012)
        return cls(step, chance.random() < 0.5, nth, min(delay_s, 0.2))

    def __str__(self) -> str:
        if self.step is None:
            return f"after {self.delay_s * 1000:.0f} ms"
        how = "answered" if self.is_over else "came"
        return f"{self.delay_s * 1000:.1f} ms after {self.step} {how} (no. {self.nth})"


class Watch:
    """Sees the steps at both stand-ins, and lets the one moment come that was armed."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.trail: deque[str] = deque(maxlen=TRAIL_LINES)
        self._moment: Moment | None = None
        self._strike: Callable[[], None] = lambda: None
        self._seen: Counter[tuple[Step | None, bool]] = Counter()
        self._later: asyncio.TimerHandle | None = None

    def arm(self, moment: Moment, strike: Callable[[], None]) -> None:
        """`strike` is called at the moment, or after LONGEST_S at the latest."""
        self.disarm()
        self._seen.clear()
        self._moment, self._strike = moment, strike
        after_s = moment.delay_s if moment.step is None else LONGEST_S
        self._later = asyncio.get_running_loop().call_later(after_s, self._now)

    def disarm(self) -> None:
        self._moment = None
        if self._later is not None:
            self._later.cancel()

    def at_discord(self, method: str, path: str, is_over: bool) -> None:
        self.in_flight += -1 if is_over else 1
        self.note(f"{'over' if is_over else 'came'} {method} {_TOKEN.sub('…', path)}")
        self.see(step_at_discord(method, path), is_over=is_over)

    def note(self, what: str) -> None:
        """For whoever looks for the cause of a failure: the last things that happened, with the time of the log."""
        now = datetime.now()  # noqa: DTZ005  the log's
        self.trail.append(f"{now:%H:%M:%S},{now.microsecond // 1000:03} {what}")

    def see(self, step: Step | None, *, is_over: bool) -> None:
        moment = self._moment
        if step is None or moment is None or (step, is_over) != (moment.step, moment.is_over):
            return
        self._seen[step, is_over] += 1
        if self._seen[step, is_over] == moment.nth + 1:
            self._moment = None
            if moment.delay_s:
                self._reschedule(moment.delay_s)
            else:
                self._now()

    def _reschedule(self, delay_s: float) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(delay_s, self._now)

    def _now(self) -> None:
        self.note("the moment")
        strike, self._strike = self._strike, lambda: None
        self.disarm()
        strike()


class WatchedRecords(Records):
    """The image service's records, and who looks on."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def arrives(self, request: web.Request, route: str, key: str) -> Received:
        self._watch.see(_step_at_images(route), is_over=False)
        return super().arrives(request, route, key)

    def leaves(self, received: Received) -> None:
        super().leaves(received)
        self._watch.see(_step_at_images(received.route), is_over=True)


def _step_at_images(route: str) -> Step | None:
    if route == "moderations":
        return Step.CHECK
    return Step.PAINT if route in PICTURE_ROUTES else None
