"""What the line will bring: the fair rule played forward with the times that calls took lately."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from bot.model import Standing
from bot.queue.line import Line

ANY_S = 30.0  # a call of which nothing is known has to end some time for those behind it to have a position


@dataclass(frozen=True, slots=True)
class Run:
    """A call as it is played forward: `left_s` seconds more, None where nobody knows."""

    job_id: int
    user_id: int
    left_s: float | None


def standings(in_flight: Iterable[Run], line: Line[Run], *, at_once: int, at_once_per_user: int) -> dict[int, Standing]:
    """Of every job with a call in line or under way, where it stands.

    Its position counts the calls that are served before its first, and 0 is that of a job that need not wait for
    another's end. The estimate is the time until its last call has ended; it is None where one of a kind that nobody
    has seen yet is among those that its calls wait for. `line` is used up.
    """
    return _Play(in_flight, line, at_once, at_once_per_user).to_the_end()


class _Play:
    def __init__(self, in_flight: Iterable[Run], line: Line[Run], at_once: int, at_once_per_user: int) -> None:
        self._line = line
        self._at_once = at_once
        self._at_once_per_user = at_once_per_user
        self._now_s = 0.0
        self._is_known = True  # whether all that has ended by now was of a known kind
        self._ends: list[tuple[float, int, Run]] = []
        self._running: Counter[int] = Counter()
        self._begun = 0
        self._waited = 0
        self._found: dict[int, Standing] = {}
        for run in in_flight:
            self._begin(run)

    def to_the_end(self) -> dict[int, Standing]:
        self._fill()
        while self._ends:
            self._end_one()
            self._fill(after_another=True)
        return self._found

    def _fill(self, *, after_another: bool = False) -> None:
        while len(self._ends) < self._at_once and (run := self._next()) is not None:
            self._waited += after_another
            self._begin(run)

    def _next(self) -> Run | None:
        return self._line.next(lambda user_id: self._at_once_per_user - self._running[user_id], lambda _: True)

    def _begin(self, run: Run) -> None:
        self._begun += 1
        self._running[run.user_id] += 1
        ends_s = self._now_s + (ANY_S if run.left_s is None else run.left_s)
        heappush(self._ends, (ends_s, self._begun, run))
        estimate_s = ends_s if self._is_known and run.left_s is not None else None
        before = self._found.get(run.job_id, Standing(self._waited, 0.0))
        if before.estimate_s is not None and estimate_s is not None:
            estimate_s = max(before.estimate_s, estimate_s)
        else:
            estimate_s = None
        self._found[run.job_id] = Standing(before.position, estimate_s)

    def _end_one(self) -> None:
        self._now_s, _, run = heappop(self._ends)
        self._running[run.user_id] -= 1
        self._is_known &= run.left_s is not None
