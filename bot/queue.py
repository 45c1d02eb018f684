"""Whose turn it is at the image service: bounded, fair between members, with position and estimate.

Members take turns: whoever was served last goes to the end, so that one member's fifty requests do not delay
another's first. A turn is one call; `at_once` counts calls.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from bot.errors import WaitedTooLong
from bot.model import Standing

RECENT_RUNS = 20


@dataclass(eq=False)
class _Ticket:
    job_id: int
    called: asyncio.Event = field(default_factory=asyncio.Event)


class Queue:
    def __init__(self, *, at_once: int, at_once_per_user: int, max_waiting: int, max_wait_s: float) -> None:
        self._at_once = at_once
        self._at_once_per_user = at_once_per_user
        self.max_waiting = max_waiting
        self.max_wait_s = max_wait_s
        self._lines: OrderedDict[int, deque[_Ticket]] = OrderedDict()  # by member; the first is the next served
        self._running: dict[int, int] = {}  # calls in flight by member
        self._runs_s: dict[str, deque[float]] = {}

    @asynccontextmanager
    async def turn(self, user_id: int, job_id: int) -> AsyncIterator[None]:
        """Wait for a turn, hold it for the length of the block.

        Raises:
            WaitedTooLong: the turn did not come in time.
        """
        ticket = _Ticket(job_id)
        self._lines.setdefault(user_id, deque()).append(ticket)
        self._call_next()
        try:
            async with asyncio.timeout(self.max_wait_s):
                await ticket.called.wait()
        except BaseException as error:
            self._leave(user_id, ticket)
            if isinstance(error, TimeoutError):
                raise WaitedTooLong from None
            raise
        try:
            yield
        finally:
            self._done(user_id)

    def _leave(self, user_id: int, ticket: _Ticket) -> None:
        if ticket.called.is_set():  # called in the very moment it left
            self._done(user_id)
            return
        self._lines[user_id].remove(ticket)
        if not self._lines[user_id]:
            del self._lines[user_id]

    def _done(self, user_id: int) -> None:
        self._running[user_id] -= 1
        if not self._running[user_id]:
            del self._running[user_id]
        self._call_next()

    def _call_next(self) -> None:
        while sum(self._running.values()) < self._at_once:
            user_id = next((member for member in self._lines if self._may_start(member)), None)
            if user_id is None:
                return
            ticket = self._lines[user_id].popleft()
            if self._lines[user_id]:
                self._lines.move_to_end(user_id)  # his next one waits until everybody else had a turn
            else:
                del self._lines[user_id]
            self._running[user_id] = self._running.get(user_id, 0) + 1
            ticket.called.set()

    def _may_start(self, user_id: int) -> bool:
        return self._running.get(user_id, 0) < self._at_once_per_user

    def standing(self, job_id: int, kind: str) -> Standing | None:
        """Where a waiting job stands, or None when it does not wait. `kind` groups runs that take alike long."""
        for position, ticket in enumerate(self._in_order(), start=1):
            if ticket.job_id == job_id:
                return self._at(position, kind)
        return None

    def prospect(self, user_id: int, kind: str) -> Standing:
        """Where a new job of this member would stand; position 0 starts at once."""
        waiting = len(self._in_order())
        is_free = sum(self._running.values()) < self._at_once and self._may_start(user_id)
        return self._at(0 if is_free and user_id not in self._lines else waiting + 1, kind)

    def _in_order(self) -> list[_Ticket]:
        """The order in which tickets will be called, as far as it can be told now: round by round."""
        rounds = max((len(line) for line in self._lines.values()), default=0)
        return [line[turn] for turn in range(rounds) for line in self._lines.values() if turn < len(line)]

    def _at(self, position: int, kind: str) -> Standing:
        run_s = self.usual_s(kind)
        rounds = 1 + -(-position // self._at_once)
        return Standing(position, None if run_s is None else run_s * rounds)

    def usual_s(self, kind: str) -> float | None:
        """How long such a run took lately, in seconds; None when none was seen."""
        runs = self._runs_s.get(kind)
        return median(runs) if runs else None

    def took(self, kind: str, seconds: float) -> None:
        self._runs_s.setdefault(kind, deque(maxlen=RECENT_RUNS)).append(seconds)
