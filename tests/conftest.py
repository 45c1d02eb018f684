"""For every test: an owner at a shell, where `easel` runs as a process; and logs that no other test has silenced."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.shell import Shell, opened_shell


@pytest.fixture(autouse=True)
def _loudness() -> Iterator[None]:
    """What one test makes quiet, as a command of the owner does, is loud again for the next."""
    root = logging.getLogger()
    before = root.level
    yield
    root.setLevel(before)


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with opened_shell(tmp_path) as opened:
        yield opened
