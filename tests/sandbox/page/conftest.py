"""The page's server over a world with the real bot in it; and over one with a bot by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.page.server import PageServer
from tests.sandbox.page.parade import Parade, parading
from tests.sandbox.page.tab import Tab, opened_tab
from tests.scene import Scene, opened


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(tmp_path, images={"picture_bytes": 20_000}) as running:
        yield running


@pytest.fixture
async def page(scene: Scene) -> AsyncIterator[PageServer]:
    async with PageServer(scene.discord) as server:
        yield server


@pytest.fixture
async def ada(page: PageServer) -> AsyncIterator[Tab]:
    async with opened_tab(page) as tab:
        yield tab


@pytest.fixture
async def ben(page: PageServer) -> AsyncIterator[Tab]:
    async with opened_tab(page, "Ben") as tab:
        yield tab


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(world=default_world()) as server:
        yield server


@pytest.fixture
async def parade(discord: FakeDiscord) -> AsyncIterator[Parade]:
    async with parading(discord) as running:
        yield running


@pytest.fixture
async def plain_page(discord: FakeDiscord) -> AsyncIterator[PageServer]:
    async with PageServer(discord) as server:
        yield server
