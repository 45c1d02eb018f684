"""Where bots are born quickly: everything is imported once, and each bot is a fork of this process.

`python -m bot` takes two seconds of a processor to import what it needs; a fork has it at once. Beyond that a child
does what the command does, with a clock that is handed in. An order is a line of JSON on standard input; answers are
lines on standard output: `born PID`, and `dead PID STATUS` later. The end of the input is the end of all children.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import cogs.admin
import cogs.buttons
import cogs.imagine
import cogs.models
import cogs.quota
import cogs.replies
import cogs.vary  # noqa: F401  the bot loads them by name
from bot import log
from bot.app import run
from bot.cli.starting import load, loop_factory, secrets_of, stop
from bot.errors import BotError
from bot.settings import Settings
from tests.torture.jumping_clock import JumpingClock

READY = b"ready\n"


def main() -> None:
    """Take orders until nobody gives any."""
    children: set[int] = set()

    def reap(_signal: int, _frame: object) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                children.discard(ended[0])
                os.write(1, b"dead %d %d\n" % (ended[0], os.waitstatus_to_exitcode(ended[1])))

    signal.signal(signal.SIGCHLD, reap)
    gc.freeze()
    os.write(1, READY)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # «born» comes before «dead»
        child = os.fork()
        if child == 0:
            _live(json.loads(line))
        children.add(child)
        os.write(1, b"born %d\n" % child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for child in list(children):
        os.kill(child, signal.SIGKILL)


def _live(order: dict[str, dict[str, str]]) -> None:
    """What `python -m bot` does."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.environ.clear()
    os.environ.update(order["settings"])
    os.chdir(order["places"]["folder"])
    for stream, file in ((0, "/dev/null"), (1, order["places"]["log"]), (2, order["places"]["log"])):
        descriptor = os.open(file, os.O_RDONLY if stream == 0 else os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    settings = load(Settings)
    log.configure(level=settings.log_level, form=settings.log_format, known_secrets=secrets_of(settings))
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(settings, JumpingClock(Path(order["places"]["clock"]))))
    except BotError as error:
        stop(error)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
