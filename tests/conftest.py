"""For every test: nothing may block the event loop, and an owner at a shell where `easel` runs as a process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.blocking import nothing_blocks
from tests.shell import Shell, opened_shell


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop() -> Iterator[list[str]]:
    with nothing_blocks() as caught:
        yield caught
    assert caught == [], "this blocks the event loop: asyncio.to_thread is the way, see tests/blocking.py"


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with opened_shell(tmp_path) as opened:
        yield opened
