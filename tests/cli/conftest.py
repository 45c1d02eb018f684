"""What owners have beside their shell: pictures of their own, and a stranger on the network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.shell import Shell
from tests.stranger import Stranger, a_stranger


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    async with a_stranger() as opened:
        yield opened


@pytest.fixture
def fox(shell: Shell) -> Path:
    """`fox.png` in the shell's folder: square and transparent in the middle, so that it is a mask as well."""
    picture = Image.new("RGBA", (256, 256), (200, 90, 30, 255))
    picture.paste((0, 0, 0, 0), (64, 64, 192, 192))
    picture.save(shell.folder / "fox.png")
    return shell.folder / "fox.png"


def files(shell: Shell) -> list[str]:
    """Everything in the shell's folder, hidden files included."""
    return sorted(file.name for file in shell.folder.iterdir())
