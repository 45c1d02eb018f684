"""An owner at a shell, for every test that runs `easel` as a process; and no test prints a secret."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.canaries import pytest_runtest_makereport
from tests.shell import Shell, opened_shell

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with opened_shell(tmp_path) as opened:
        yield opened
