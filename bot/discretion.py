"""Keeps the bot from being banned: Discord counts refused requests, and bans an address at 10,000 in ten minutes.

It counts where every request of the client passes, and holds requests back there: first what only pleases, then
everything but answers and posts. A webhook that is gone is not used again.
"""

import asyncio
import logging
import re
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from types import SimpleNamespace

import aiohttp

from bot.clock import Clock

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)  # Discord: Rate Limits, Invalid Request Limit
COUNTED = (401, 403, 429)
GONE_KEPT = 10_000
ANSWERS_TOO_EARLY = 1  # a card may be asked for while the answer that makes it is still on its way

_PATH = re.compile(r"^.*?/api/v\d+")
_ESSENTIAL = (  # answers, cards with pictures, posts and the look before posting again, and the line itself
    ("POST", re.compile(r"/interactions/")),
    ("(PATCH|POST)", re.compile(r"/webhooks/")),
    ("(POST|GET)", re.compile(r"/channels/\d+/messages")),
    ("GET", re.compile(r"/gateway|/users/@me$|/oauth2/|/applications/")),
)
_WITH_ITS_OWN_TOKEN = re.compile(r"/(?:webhooks|interactions)/")


class Weight(IntEnum):
    """What a request is for, the lightest last."""

    ESSENTIAL = 0
    ORDINARY = 1
    COURTESY = 2


class Level(IntEnum):
    """The heaviest weight number that is still sent: at CAREFUL no courtesies, at SPARING the essential alone."""

    FREE = 2
    CAREFUL = 1
    SPARING = 0


class Held(aiohttp.ClientError):
    """The request was not sent: to whoever made it, Discord is out of reach."""


class Gone(Held):
    """The webhook is gone, and asking again would only be counted."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Refused requests within the window from which on each level holds, well below Discord's 10,000."""

    careful_at: int = 2_000
    sparing_at: int = 5_000


class Discretion:
    """`on_change` is told of a new level; `token_doubted` is set when Discord refuses the bot's own token."""

    def __init__(self, clock: Clock, marks: Marks | None = None) -> None:
        self._marks = marks or Marks()
        self.on_change: Callable[[Level, int], None] = lambda _level, _count: None
        self.token_doubted = asyncio.Event()
        self._clock = clock
        self._refused: deque[tuple[datetime, str]] = deque(maxlen=self._marks.sparing_at * 2)
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._level = Level.FREE

    def may(self, weight: Weight) -> bool:
        """Whether a request of this weight would be sent now."""
        return weight <= self.level()

    def refused(self) -> int:
        """Requests that Discord refused in the last ten minutes, as it counts them."""
        begin = self._clock.now() - WINDOW
        return sum(at > begin for at, _ in list(self._refused))

    def level(self) -> Level:
        count, marks = self.refused(), self._marks
        level = (
            Level.SPARING if count >= marks.sparing_at else Level.CAREFUL if count >= marks.careful_at else Level.FREE
        )
        if level is not self._level:
            kinds = Counter(kind for _, kind in self._refused)
            most = ", ".join(f"{times} times {kind}" for kind, times in kinds.most_common(3))
            log.error("discord refuses much refused=%d in 10 min level=%s most=%s", count, level.name.lower(), most)
            self._level = level
            self.on_change(level, count)
        return level

    def trace(self) -> aiohttp.TraceConfig:
        """What discord.Client takes as `http_trace`."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._starts)
        config.on_request_end.append(self._ended)
        return config

    async def _starts(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        path = _path_of(str(request.url.path))
        if self._gone.get(_key(request.method, path), 0) > ANSWERS_TOO_EARLY:
            raise Gone("this webhook is gone")
        if not self.may(_weight_of(request.method, path)):
            raise Held("Discord has refused too much")

    async def _ended(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        status, path = request.response.status, _path_of(str(request.url.path))
        if status < 400:
            self._gone.pop(_key(request.method, path), None)  # it is there; what was asked too early counts no more
            return
        if status in COUNTED and request.response.headers.get("X-RateLimit-Scope") != "shared":
            self._refused.append((self._clock.now(), f"{status} {request.method} /{path.split('/')[1]}"))
            self.level()
        if status == 401 and not _WITH_ITS_OWN_TOKEN.match(path):
            self.token_doubted.set()
        if status in (401, 404) and path.startswith("/webhooks/"):
            self._note_gone(_key(request.method, path), for_good=status == 401)

    def _note_gone(self, key: str, *, for_good: bool) -> None:
        self._gone[key] = ANSWERS_TOO_EARLY + 1 if for_good else self._gone.get(key, 0) + 1
        self._gone.move_to_end(key)
        while len(self._gone) > GONE_KEPT:
            self._gone.popitem(last=False)


def _path_of(path: str) -> str:
    return _PATH.sub("", path, count=1)


def _key(method: str, path: str) -> str:
    return f"{method} {path}"


def _weight_of(method: str, path: str) -> Weight:
    essential = any(re.fullmatch(known, method) and form.match(path) for known, form in _ESSENTIAL)
    return Weight.ESSENTIAL if essential or not path.startswith("/") else Weight.ORDINARY
