"""How long calls of each kind took lately."""

from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

RECENT_RUNS = 20
LATE_SHARE = 0.25  # of the usual time: what a call may still take that takes longer than any did lately


class Kind(NamedTuple):
    """Calls of one kind take alike long."""

    model: str
    quality: str | None
    endpoint: str


class Runs:
    """The newest runs of each kind, in seconds."""

    def __init__(self) -> None:
        self._runs_s: dict[Kind, deque[float]] = {}

    def took(self, kind: Kind, seconds: float) -> None:
        self._runs_s.setdefault(kind, deque(maxlen=RECENT_RUNS)).append(seconds)

    def recall(self, runs: Iterable[tuple[Kind, float]]) -> None:
        """What processes before this one have seen, oldest first."""
        for kind, seconds in runs:
            self.took(kind, seconds)

    def usual_s(self, kind: Kind) -> float | None:
        """How long such a call takes, in seconds; None when none was seen."""
        runs_s = self._runs_s.get(kind)
        return median(runs_s) if runs_s else None

    def left_s(self, kind: Kind, passed_s: float) -> float | None:
        """How long a call still takes that has been under way for `passed_s`, as those did that took longer."""
        runs_s = self._runs_s.get(kind)
        if not runs_s:
            return None
        longer_s = [run_s for run_s in runs_s if run_s > passed_s]
        return median(longer_s) - passed_s if longer_s else median(runs_s) * LATE_SHARE
