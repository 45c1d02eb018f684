"""An owner at a shell, for every test that runs `easel` as a process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.shell import Shell, opened_shell


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with opened_shell(tmp_path) as opened:
        yield opened
