"""A circuit breaker over calls for pictures: a service that is down is left alone, and tried again now and then.

Closed, calls go out. After FAILURES in a row that say the service is down it opens: new requests are refused at once,
before anything is reserved. Requests that wait in line already keep their place, at no cost and with a card that says
so: most outages are shorter than the longest wait, nobody has to ask again afterwards, and Cancel stays open to whoever
would rather not wait; how long they wait is for the caller to limit. After a pause exactly one call goes out. If it
works, the breaker closes; if not, the pause doubles.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.clock import Clock, SteadyClock
from bot.errors import ImageServiceError, ServiceBusy, ServiceDown, ServiceLost, ServiceUnreachable

FAILURES = 5
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 300.0
LOOK_AGAIN_S = 1.0

log = logging.getLogger(__name__)


def says_down(error: ImageServiceError) -> bool:
    """Whether the service has trouble of its own; refusals and rate limits come from one that works."""
    if isinstance(error, ServiceBusy):
        return error.is_overloaded
    return isinstance(error, ServiceUnreachable | ServiceLost)


class Breaker:
    """`on_change` is told when it opens (with None) and when it closes (with how many seconds it was open)."""

    def __init__(self, clock: Clock, *, on_change: Callable[[float | None], None] = lambda _: None) -> None:
        self._clock = SteadyClock(clock)  # a wall clock that is set back must not close the door for a day
        self._on_change = on_change
        self._failures = 0
        self._opened_at: datetime | None = None
        self._pause_s = FIRST_PAUSE_S
        self._try_at = self._clock.now()
        self._is_trying = False

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    def check(self) -> None:
        """
        Raises:
            ServiceDown: nothing new is taken right now.
        """
        if self.is_open and (self._is_trying or self._clock.now() < self._try_at):
            raise self.down()

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait while it is open, then let the block make a call; what the block raises tells how the service is."""
        is_trial = await self._wait()
        try:
            yield
        except ImageServiceError as error:
            if says_down(error):
                self._failed(error, is_trial=is_trial)
            else:
                self._worked()
            raise
        else:
            self._worked()
        finally:
            if is_trial:
                self._is_trying = False

    async def _wait(self) -> bool:
        """Whether the call that follows is the one that tries."""
        while self.is_open:
            if self._clock.now() >= self._try_at and not self._is_trying:
                self._is_trying = True
                return True
            await self._clock.sleep(LOOK_AGAIN_S)
        return False

    def _failed(self, error: ImageServiceError, *, is_trial: bool) -> None:
        self._failures += 1
        if is_trial:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        elif self.is_open or self._failures < FAILURES:
            return
        else:
            self._opened_at = self._clock.now()
            self._pause_s = FIRST_PAUSE_S
            self._on_change(None)
        self._try_at = self._clock.now() + timedelta(seconds=self._pause_s)
        kind = type(error).__name__
        log.warning("image_api down failures=%d pause_s=%.0f error=%s", self._failures, self._pause_s, kind)

    def _worked(self) -> None:
        self._failures = 0
        if self._opened_at is None:
            return
        open_s = (self._clock.now() - self._opened_at).total_seconds()
        self._opened_at = None
        log.info("image_api back open_s=%.0f", open_s)
        self._on_change(open_s)

    def down(self) -> ServiceDown:
        """Why nothing is taken while it is open."""
        return ServiceDown(None if self._is_trying else (self._try_at - self._clock.now()).total_seconds())
