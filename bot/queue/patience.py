"""How long a request may wait, counted from its acceptance and measured by a clock that does not jump."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.clock import Clock
from bot.errors import WaitedTooLong

LOOK_AGAIN_S = 5.0


class Patience:
    """One request's. A wall clock that is set a day ahead while it waits makes no difference.

    What it has waited in a process before this one only the wall clock can tell; an acceptance in the future, as after
    a clock was set back, counts as now.
    """

    def __init__(self, clock: Clock, *, accepted_at: datetime, most_s: float) -> None:
        waited_s = max(0.0, (clock.now() - accepted_at).total_seconds())
        self._clock = clock
        self._ends_s = clock.monotonic_s() + most_s - waited_s

    @asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Everything that is waited for in the block.

        Raises:
            WaitedTooLong: the patience ended first.
        """
        if self._left_s <= 0:
            raise WaitedTooLong
        try:
            async with asyncio.timeout(None) as limit:
                alarm = asyncio.create_task(self._ring(limit))
                try:
                    yield
                finally:
                    alarm.cancel()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise WaitedTooLong from error

    @property
    def _left_s(self) -> float:
        return self._ends_s - self._clock.monotonic_s()

    async def _ring(self, limit: asyncio.Timeout) -> None:
        while (left_s := self._left_s) > 0:
            await self._clock.sleep(min(left_s, LOOK_AGAIN_S))
        limit.reschedule(asyncio.get_running_loop().time())
