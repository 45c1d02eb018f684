"""For every test: nothing blocks the event loop, nothing prints a secret; and an owner at a shell."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.blocking import nothing_blocks
from tests.canaries import pytest_runtest_makereport
from tests.shell import Shell, opened_shell

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop() -> Iterator[list[str]]:
    with nothing_blocks() as caught:
        yield caught
    assert caught == [], "this blocks the event loop: asyncio.to_thread is the way, see tests/blocking.py"


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with opened_shell(tmp_path) as opened:
        yield opened
