"""Faults on demand: which call goes wrong next, and how it may.

A fault is a function of the call; it answers in place of the service and decides whether the work is done
(and paid for) first. The faults themselves are in `faults_errors`, `faults_answers` and `faults_wire`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.records import Records

LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a fault has caught. `work()` does what was asked, and what it paints is paid for."""

    request: web.Request
    work: Callable[[], Awaitable[Answer]]
    records: Records
    stopping: asyncio.Event

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the answer any more."""
        transport = self.request.transport
        return self.stopping.is_set() or transport is None or transport.is_closing()

    async def pause(self, seconds: float | None) -> None:
        """Wait that long, None without end; the pause is over when the client goes or the service stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_over:  # noqa: ASYNC110  a client that goes away sets no event
                    await asyncio.sleep(LOOK_AGAIN_S)


@dataclass(frozen=True, slots=True)
class Fault:
    """`reads_first=False` leaves the request's body unread until the fault calls `work()`."""

    play: Callable[[Call], Awaitable[web.StreamResponse]]
    reads_first: bool = True


@dataclass(slots=True)
class Planned:
    """A fault waiting for its calls. `left` is None for ever; `used` counts the calls that met it."""

    route: str
    fault: Fault
    left: int | None
    used: int = 0


class Faults:
    """Planned faults, first in, first out for each route."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def add(self, *, route: str, then: Fault, times: int | None = 1) -> Planned:
        """Let the next `times` calls of a route meet a fault; None means all of them, route «*» any route.

        Routes: models, model, generations, edits, variations, moderations, generated.
        """
        planned = Planned(route, then, times)
        self._planned.append(planned)
        return planned

    def drop(self, planned: Planned) -> None:
        """Take one plan back; calls that have met it already stay with it."""
        self._planned = [each for each in self._planned if each is not planned]

    def clear(self) -> None:
        self._planned.clear()

    def take(self, route: str) -> Fault | None:
        for planned in self._planned:
            if planned.route in (route, "*") and planned.left != 0:
                planned.left = None if planned.left is None else planned.left - 1
                planned.used += 1
                return planned.fault
        return None
