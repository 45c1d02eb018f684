"""What has to happen again and again, each duty in its own time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import BotError
from bot.log import incident

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """`work` is done at the start and then again `every_s` seconds after it was done; its name stands in the log."""

    every_s: float
    work: Callable[[], Awaitable[None]]


class Caretaker:
    """`first` is done once, before anything else happens in the house."""

    def __init__(
        self, duties: Sequence[Duty], clock: Clock, *, first: Sequence[Callable[[], Awaitable[None]]] = ()
    ) -> None:
        self._duties = duties
        self._first = first
        self._clock = clock

    async def begin(self) -> None:
        for work in self._first:
            await self._carry_out(work)

    async def work(self) -> None:
        """Do each duty in its own time until cancelled."""
        async with asyncio.TaskGroup() as duties:
            for duty in self._duties:
                duties.create_task(self._again_and_again(duty))

    async def _again_and_again(self, duty: Duty) -> None:
        """A duty that is slow, as when Discord hangs, does not keep the others waiting."""
        while True:
            await self._carry_out(duty.work)
            await self._clock.sleep(duty.every_s)

    async def _carry_out(self, work: Callable[[], Awaitable[None]]) -> None:
        """One duty that fails does not keep the others from being done."""
        name = work.__name__
        try:
            await work()
        except BotError as error:
            log.warning("duty failed duty=%s error=%s %s", name, type(error).__name__, error.detail)
        except OSError as error:  # a disk that takes nothing, as a rule: no bug that a traceback would find
            log.warning("duty failed duty=%s error=%s %s", name, type(error).__name__, error.strerror)
        except Exception:
            log.exception("duty failed duty=%s incident=%s", name, incident())
