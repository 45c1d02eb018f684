"""How long to go on with what did not work, and in which steps."""

import asyncio
import random

from bot.clock import Clock
from bot.delivery.trouble import Later, Passing

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0  # so that a picture comes at most a minute after Discord has come back


class Patience:
    """Pauses that grow to LONGEST_PAUSE_S and lie anywhere below that (full jitter), so that many do not come at once.

    `all_s` is how long they last in all, together with the tries in between; what is counted is time that passes, not
    what the wall clock says. What Discord asks for comes first, and goes on top.
    """

    def __init__(self, clock: Clock, chance: random.Random, *, all_s: float) -> None:
        self.tries = 0
        self.used_s = 0.0
        self._clock = clock
        self._chance = chance
        self._all_s = all_s
        self._goes_on_since_s = asyncio.get_running_loop().time()

    async def pause(self, why: Passing) -> bool:
        """Wait before the next try; False when there is to be none."""
        self.used_s += asyncio.get_running_loop().time() - self._goes_on_since_s
        pause_s = self._next_s(why.retry_after_s if isinstance(why, Later) else None)
        left_s = self._all_s - self.used_s
        if left_s > 0:
            pause_s = min(pause_s, left_s)
            self.used_s += pause_s
            await self._clock.sleep(pause_s)
        self._goes_on_since_s = asyncio.get_running_loop().time()
        return left_s > 0

    def _next_s(self, retry_after_s: float | None) -> float:
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.tries, 16))
        self.tries += 1
        return (retry_after_s or 0.0) + self._chance.uniform(0.0, longest_s)

    @property
    def is_worth_a_line(self) -> bool:
        """Whether the log should hear of this try: the first, second, fourth, eighth … of them."""
        return self.tries & (self.tries - 1) == 0
