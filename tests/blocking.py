"""Whoever blocks the event loop fails a test: in every test of this process, the bot and both stand-ins.

A call counts when code of ours that runs on a loop made it. What a test itself does between two awaits is its own
business, also where it calls a plain function of ours; a coroutine of ours that blocks is caught, whoever awaits it.
It raises where it blocks and is reported at the end of the test, too, should the bot survive that.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from blockbuster import BlockBuster
from blockbuster.blockbuster import BlockBusterFunction

ROOT = Path(__file__).resolve().parent.parent
OURS = tuple(f"{ROOT / package}/" for package in ("bot", "cogs", "sandbox"))
TESTS = f"{ROOT / 'tests'}/"
ME = f"{TESTS}blocking.py"
COROUTINE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

# The end of a file's name and a function in it that may block, and why.
EXCEPTIONS = {
    ("bot/app.py", "open_house"): "the start: folder, lock and models file, before anybody can ask for anything",
    ("bot/client.py", "setup_hook"): "the start: discord.py imports the commands",
    ("bot/image_api/generic/files.py", "keep"): "a rename of «easel api», between which no Ctrl-C may come",
    ("bot/image_api/generic/files.py", "workshop"): "a folder of «easel api», made in the same way",
    ("/threading.py", "start"): "a new thread says that it runs; that is all that is waited for",
    ("/subprocess.py", "_execute_child"): "fork and exec; asyncio starts processes so",
    ("/logging/__init__.py", "emit"): "log lines are written where they are said",
}


@contextmanager
def nothing_blocks() -> Iterator[list[str]]:
    """For the length of the block; what was caught, where the bot may have survived it."""
    guard = BlockBuster(["bot", "cogs", "sandbox"])
    caught: list[str] = []
    for function in guard.functions.values():
        _watch(function, caught)
    guard.activate()
    try:
        yield caught
    finally:
        guard.deactivate()


def _watch(function: BlockBusterFunction, caught: list[str]) -> None:
    harmless = function.can_block_predicate

    def may_block(*args: Any, **more: Any) -> bool:  # noqa: ANN401 -- whatever the function takes
        if harmless(*args, **more):
            return True
        culprit = _culprit(function)
        if culprit is not None:
            caught.append(f"{function.full_name} in {culprit}")
        return culprit is None

    function.can_block_predicate = may_block


def _culprit(function: BlockBusterFunction) -> str | None:
    """The innermost place of ours on the stack, unless it may block or is a test's own doing."""
    known = [*EXCEPTIONS, *((file, name) for file, names in function.can_block_functions for name in names)]
    place, is_on_loop = None, False
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        if any(file.endswith(end) and name == allowed for end, allowed in known):
            return None
        if file.startswith(OURS):
            place = place or f"{file.removeprefix(str(ROOT))}:{frame.f_lineno} {name}"
            is_on_loop = is_on_loop or bool(frame.f_code.co_flags & COROUTINE)
        elif file.startswith(TESTS) and file != ME and not is_on_loop:
            return None
        frame = frame.f_back
    return place
