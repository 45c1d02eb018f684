"""The guard against blocking: a planted call is caught, wherever it is made, and a test's own is not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockingError

from tests.blocking import ROOT, nothing_blocks
from tests.end_to_end.screen import refused
from tests.scene import opened

BLOCKS = {
    "a sleep": "import time; time.sleep(0.001)",
    "a file that is read": f"import pathlib; pathlib.Path({str(ROOT / 'pyproject.toml')!r}).read_text()",
    "a look at a file": "import os; os.stat('.')",
    "SQLite": "import sqlite3; sqlite3.connect(':memory:').execute('SELECT 1')",
    "a folder that is made": "import os; os.mkdir('/proc/nowhere')",
    "a folder that is listed": "import pathlib; list(pathlib.Path('.').iterdir())",
    "a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=0.001)",
}


def planted(line: str) -> Any:  # noqa: ANN401 -- a coroutine function and a plain one
    """`a_coroutine` and `a_function`, which look as if they stood in the bot."""
    names: dict[str, Callable[[], Any]] = {}
    text = f"def a_function():\n    {line}\nasync def a_coroutine():\n    a_function()\n"
    exec(compile(text, str(ROOT / "bot" / "planted.py"), "exec"), names)  # noqa: S102 -- our own
    return names


@pytest.mark.parametrize("what", BLOCKS)
async def test_a_coroutine_of_ours_that_blocks_is_caught(what: str) -> None:
    names = planted(BLOCKS[what])

    with nothing_blocks() as caught:
        with pytest.raises(BlockingError):
            await names["a_coroutine"]()
        with pytest.raises(BlockingError):
            await asyncio.create_task(names["a_coroutine"]())

    assert all("/bot/planted.py:2 a_function" in each for each in caught)
    assert len(caught) >= 2


async def test_a_callback_of_ours_that_blocks_is_caught_although_the_loop_survives_it() -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

    with nothing_blocks() as caught:
        asyncio.get_running_loop().call_soon(planted(BLOCKS["a sleep"])["a_function"])
        await asyncio.sleep(0)

    assert len(caught) == len(failures) == 1


async def test_a_test_may_block_by_itself_and_a_thread_may_too() -> None:
    names = planted(BLOCKS["a look at a file"])

    with nothing_blocks() as caught:
        names["a_function"]()
        await asyncio.to_thread(names["a_function"])
        (ROOT / "pyproject.toml").read_text("utf-8")

    assert caught == []


async def test_every_test_is_guarded(nothing_blocks_the_loop: list[str]) -> None:
    with pytest.raises(BlockingError):
        await planted(BLOCKS["a sleep"])["a_coroutine"]()

    assert len(nothing_blocks_the_loop) == 1
    nothing_blocks_the_loop.clear()


async def test_the_whole_bot_is_guarded(tmp_path: Path, nothing_blocks_the_loop: list[str]) -> None:
    """A first answer that looks at the disk before it is given: the member gets words, and the test a failure."""
    async with opened(tmp_path) as scene:
        assert scene.house is not None
        look = planted(BLOCKS["a look at a file"])["a_function"]
        scene.house.client.rooms.studio._painter.check_service = look  # type: ignore[method-assign]
        await refused(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))

    assert nothing_blocks_the_loop
    assert all("planted" in each for each in nothing_blocks_the_loop)
    nothing_blocks_the_loop.clear()
