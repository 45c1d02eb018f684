"""Child processes that really run."""

from collections.abc import AsyncIterator

import pytest

from bot.pictures import Pictures


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    async with Pictures() as pictures:
        yield pictures
