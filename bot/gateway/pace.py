"""How long to wait before the next connection, so that trouble never uses up the day's IDENTIFYs.

Discord grants 1,000 a day over all shards; who uses them up has every session ended and the token reset.
"""

import random
from collections import deque
from datetime import datetime, timedelta

STEADY = timedelta(seconds=120)  # a connection that held for so long begins a new count
FIRST_PAUSE_S = 1.0
LONGEST_RESUME_PAUSE_S = 30.0  # a RESUME is not counted by Discord, and members wait
LONGEST_IDENTIFY_PAUSE_S = 600.0
HOUR = timedelta(hours=1)
IDENTIFIES_AN_HOUR = 30  # 720 a day, whatever happens


class Pace:
    """Counts losses in a row for each shard, and IDENTIFYs over all of them."""

    def __init__(self) -> None:
        self._losses: dict[int, int] = {}
        self._identified: deque[datetime] = deque()

    def pause_s(self, shard: int, *, held: timedelta, resumable: bool) -> float:
        """Seconds to wait after a loss, where the connection had held for `held`. The first is none at all."""
        losses = 0 if held >= STEADY else self._losses.get(shard, 0)
        self._losses[shard] = losses + 1
        if losses == 0:
            return 0.0
        longest_s = LONGEST_RESUME_PAUSE_S if resumable else LONGEST_IDENTIFY_PAUSE_S
        pause_s = min(longest_s, FIRST_PAUSE_S * 2.0 ** min(losses - 1, 30))
        return pause_s * random.uniform(0.75, 1.25)  # noqa: S311 -- so that many bots do not come back together

    def identified(self, at: datetime) -> None:
        self._identified.append(at)

    def in_last_hour(self, now: datetime) -> int:
        """IDENTIFYs of the last hour, over all shards."""
        while self._identified and now - self._identified[0] >= HOUR:
            self._identified.popleft()
        return len(self._identified)

    def identify_wait_s(self, now: datetime, *, shards: int) -> float:
        """Seconds until one more IDENTIFY keeps within an hour's share; a start of all shards always has room."""
        most = max(IDENTIFIES_AN_HOUR, 2 * shards)
        if self.in_last_hour(now) < most:
            return 0.0
        return (self._identified[-most] + HOUR - now).total_seconds()
