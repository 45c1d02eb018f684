"""Making a request again that surely did nothing: how often, and after how long."""

import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TypeVar

from bot.clock import Clock
from bot.errors import ImageServiceError, ServiceBusy, ServiceLost, ServiceUnreachable

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
SHORTEST_ASKED_S = 0.1
LONGEST_ASKED_S = 120.0
JITTER = 0.25

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to stop trying. `may_repeat_lost`: the request costs nothing, so one without an answer is made again too."""

    tries: int = 3
    total_s: float = 600.0
    may_repeat_lost: bool = False

    def pause_s(
        self,
        error: ImageServiceError,
        *,
        tried: int,
        waited_s: float,
        chance: Callable[[], float] = random.random,
    ) -> float | None:
        """Seconds until the next try after `tried` tries and `waited_s` seconds; None to give up.

        What the service asks for counts up to two minutes; a service that asks for more does not want us back soon. It
        is at least a tenth of a second, since a patient caller that is told «in a microsecond» would only storm on.
        """
        asked_s = error.retry_after_s if isinstance(error, ServiceBusy) else None
        if tried >= self.tries or not self._did_nothing(error) or (asked_s or 0) > LONGEST_ASKED_S:
            return None
        backoff_s = min(FIRST_PAUSE_S * 2.0 ** (tried - 1), LONGEST_PAUSE_S) * (1 - JITTER * chance())
        pause_s = backoff_s if asked_s is None else max(asked_s, SHORTEST_ASKED_S)
        return pause_s if waited_s + pause_s <= self.total_s else None

    def _did_nothing(self, error: ImageServiceError) -> bool:
        if isinstance(error, ServiceBusy):
            return error.again
        if isinstance(error, ServiceLost):
            return self.may_repeat_lost and error.again
        return isinstance(error, ServiceUnreachable)


async def persist(
    once: Callable[[], Awaitable[T]], patience: Patience, *, clock: Clock, chance: Callable[[], float] = random.random
) -> T:
    """Do something once, and again while it surely did nothing and the patience lasts."""
    begun_at = clock.now()
    tried = 0
    while True:
        try:
            return await once()
        except ImageServiceError as error:
            tried += 1
            waited_s = (clock.now() - begun_at).total_seconds()
            pause_s = patience.pause_s(error, tried=tried, waited_s=waited_s, chance=chance)
            if pause_s is None:
                raise
            kind = type(error).__name__
            log.warning("image_api again tried=%d pause_s=%.2f error=%s %s", tried, pause_s, kind, error.detail)
        await clock.sleep(pause_s)


def asked_pause_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """What `Retry-After-Ms` or `Retry-After` (seconds or a date) ask for; None when nothing sensible is said."""
    for name, unit_s in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        pause_s = _pause_s(headers.get(name, ""), unit_s, now)
        if isfinite(pause_s) and pause_s > 0:
            return pause_s
    return None


def _pause_s(text: str, unit_s: float, now: datetime) -> float:
    try:
        return float(text) * unit_s
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):  # no date, or one beyond all calendars
        return 0.0
