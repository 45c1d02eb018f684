"""What tells the process to stop: SIGTERM, Ctrl-C, a terminal that is closed; and its end when it does not come."""

import asyncio
import logging
import os
import signal
import threading
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

HARD_END = 70  # of sysexits: a supervisor starts it again


class Signs:
    """`stop` is set by the first of them, `hurry` by a second one. A context manager, in the main thread.

    A hangup that was ignored when the process began (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        ours = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            ours.append(signal.SIGHUP)
        self._ours = tuple(ours)

    def __enter__(self) -> Self:
        for sign in self._ours:
            asyncio.get_running_loop().add_signal_handler(sign, self._came)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sign in self._ours:
            asyncio.get_running_loop().remove_signal_handler(sign)

    def _came(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()


def give_up_after(seconds: float) -> None:
    """End the process hard if it is still there then: a thread or a connection that hangs must not keep it."""

    def end() -> None:
        log.critical("still not closed after_s=%.0f: ended hard", seconds)
        os._exit(HARD_END)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
