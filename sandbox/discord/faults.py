"""What goes wrong between the bot and REST, on demand."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.discord.limits import too_many
from sandbox.discord.wire import Reply


@dataclass(frozen=True, slots=True)
class Answer:
    """This instead of Discord's own answer. A `Via` header is what discord.py takes for a sign of the real Discord."""

    reply: Reply
    after_work: bool = False
    via: bool = True


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset, before Discord did anything or after it did everything."""

    after_work: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing comes for so long; then the connection is reset."""

    seconds: float
    after_work: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """The request is carried out, but only after so long (or, `after_work`, answered only then)."""

    seconds: float
    after_work: bool = False


@dataclass(slots=True)
class Hold:
    """The request waits at the door, before its work or after it, until `release`. `arrived` says that one does.

    `after_reading`: before its work, but read to its end, so that it is carried out although its client has gone.
    """

    after_work: bool = False
    after_reading: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._open.set()

    async def wait(self) -> None:
        self.arrived.set()
        await self._open.wait()


Fault = Answer | Reset | Hang | Late | Hold


def status(code: int, body: object = None, *, after_work: bool = False) -> Answer:
    """An error status; without a body of its own, Discord's form of it."""
    return Answer(Reply(code, body or {"message": f"{code}: sandbox fault", "code": 0}), after_work)


def rate_limited(retry_after_s: float, *, is_global: bool = False, via: bool = True) -> Answer:
    """A 429 out of the blue; without `via` it looks like one of Cloudflare's."""
    return Answer(too_many(retry_after_s, is_global=is_global), via=via)


def banned_by_cloudflare(retry_after_s: float) -> Answer:
    """A 429 that is not Discord's own: no JSON, no `Via`, and how long it lasts in the header at best."""
    return Answer(Reply(429, "error code: 1015", {"Retry-After": str(round(retry_after_s))}), via=False)


class Happening(Protocol):
    """What a test wants to know of a fault: how often it struck."""

    struck: int


@dataclass(slots=True)
class Planned:
    method: str
    path: re.Pattern[str]
    left: int
    then: Fault
    struck: int = 0


class Faults:
    def __init__(self) -> None:
        self.outage: Fault | None = None  # every request fares so while it lasts
        self._planned: list[Planned] = []

    def add(self, *, then: Fault, method: str = ".*", path: str = ".*", times: int = 1) -> Happening:
        """The next `times` requests whose method and path (after the API's base) fit fare so; the oldest plan first."""
        planned = Planned(method, re.compile(path), times, then)
        self._planned.append(planned)
        return planned

    def drop(self, planned: Happening) -> None:
        """Take one plan back; what it holds goes on."""
        for each in [each for each in self._planned if each is planned]:
            if isinstance(each.then, Hold):
                each.then.release()
            self._planned.remove(each)

    def clear(self) -> None:
        """No more faults; what is held goes on."""
        for planned in self._planned:
            if isinstance(planned.then, Hold):
                planned.then.release()
        self._planned.clear()
        self.outage = None

    def take(self, method: str, path: str) -> Fault | None:
        if self.outage is not None:
            return self.outage
        for planned in self._planned:
            if planned.left and re.fullmatch(planned.method, method) and planned.path.search(path):
                planned.left -= 1
                planned.struck += 1
                return planned.then
        return None
