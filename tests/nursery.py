"""python -m tests.nursery SOCKET: where processes are born quickly, as forks of one that has imported everything.

`python -m bot` takes half a second of a processor or more to import what it needs; a fork has it at once, and does from
there what the command does. An order is a message on the socket, a JSON object with four files: the standard ones of
the child, and one on which it is told `PID` and, when it has ended, `STATUS` (negative for a signal). The end of the
socket is the end of all children.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import cogs.admin
import cogs.buttons
import cogs.imagine
import cogs.models
import cogs.quota
import cogs.replies
import cogs.vary  # noqa: F401  the bot loads them by name

ORDER_BYTES = 128 * 1024
FILES = 4
FILES_OPEN_MAX = 256


def main() -> None:
    """Take orders until nobody gives any."""
    told: dict[int, int] = {}

    def reap(_signal: int, _frame: object) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                _tell(told[ended[0]], os.waitstatus_to_exitcode(ended[1]))
                os.close(told.pop(ended[0]))

    signal.signal(signal.SIGCHLD, reap)
    gc.freeze()
    orders = socket.socket(fileno=int(sys.argv[1]))
    while True:
        message, files, _, _ = socket.recv_fds(orders, ORDER_BYTES, FILES)
        if not message:
            break
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # its birth is told before its death
        child = os.fork()
        if child == 0:
            orders.detach()
            _live(json.loads(message), files)
        for file in files[:-1]:
            os.close(file)
        told[child] = files[-1]
        _tell(files[-1], child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for child in list(told):
        os.kill(child, signal.SIGKILL)


def _tell(file: int, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody asks any more
        os.write(file, b"%d\n" % number)


def _live(order: dict[str, Any], files: list[int]) -> None:
    """What `python -m MODULE WORDS…` does, to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for number, file in enumerate(files[:-1]):
        os.dup2(file, number)
    os.closerange(len(files) - 1, FILES_OPEN_MAX)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv[1:] = order["words"]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    raise SystemExit


if __name__ == "__main__":
    main()
