"""How late the event loop is: measured from inside, and watched by a thread that names what holds it up."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

BEAT_S = 0.25
LATE_S = 0.5  # worth a line in the log
STALLED_S = 1.0  # worth a look at what holds it up
WARN_EVERY_S = 60.0
REMEMBERED_S = 60.0
FRAMES_MAX = 12


class Pulse:
    """By the machine's own clock, whatever the house goes by. All but `beat` may be asked by any thread."""

    def __init__(self) -> None:
        self._beat_s: float | None = None  # while nobody beats, nobody is late: the start and the end take their time
        self._lags: deque[tuple[float, float]] = deque(maxlen=round(REMEMBERED_S / BEAT_S))
        self._warned_s = -WARN_EVERY_S
        self._worst_unsaid_s = 0.0
        self._over = threading.Event()

    async def beat(self) -> None:
        """Sleep shortly and see how late that ends, until cancelled."""
        with self._watched(threading.get_ident()):
            while True:
                before_s = self._beat_s = time.monotonic()
                await asyncio.sleep(BEAT_S)
                now_s = time.monotonic()
                self._note(now_s, max(0.0, now_s - before_s - BEAT_S))

    def _note(self, now_s: float, lag_s: float) -> None:
        self._lags.append((now_s, lag_s))
        self._worst_unsaid_s = max(self._worst_unsaid_s, lag_s)
        if self._worst_unsaid_s >= LATE_S and now_s - self._warned_s >= WARN_EVERY_S:
            log.warning("loop late worst_lag_ms=%.0f", self._worst_unsaid_s * 1000)
            self._warned_s, self._worst_unsaid_s = now_s, 0.0

    def lag_s(self) -> float:
        """The worst of the last minute, and of the stall that goes on right now."""
        now_s = time.monotonic()
        worst_s = max((lag_s for at_s, lag_s in list(self._lags) if now_s - at_s < REMEMBERED_S), default=0.0)
        return max(worst_s, self.stalled_s())

    def stalled_s(self) -> float:
        """For how long the loop has not come round by now; 0 while it is in time."""
        beat_s = self._beat_s
        return 0.0 if beat_s is None else max(0.0, time.monotonic() - beat_s - BEAT_S)

    @contextmanager
    def _watched(self, loop_thread: int) -> Iterator[None]:
        self._over.clear()
        watch = threading.Thread(target=self._watch, args=(loop_thread,), name="pulse", daemon=True)
        watch.start()
        try:
            yield
        finally:
            self._over.set()
            self._beat_s = None

    def _watch(self, loop_thread: int) -> None:
        named_s = self._beat_s
        while not self._over.wait(BEAT_S):
            stalled_s = self.stalled_s()
            if stalled_s >= STALLED_S and named_s != self._beat_s:
                named_s = self._beat_s
                log.warning("loop stalled stalled_ms=%.0f at=%s", stalled_s * 1000, _where(loop_thread))


def _where(thread: int) -> str:
    """The innermost frames of a thread, without what their variables hold."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 -- the only way to see another thread's stack
    if frame is None:
        return "-"
    steps = traceback.extract_stack(frame)[-FRAMES_MAX:]
    return " > ".join(f"{'/'.join(step.filename.split('/')[-2:])}:{step.lineno} {step.name}" for step in steps)
