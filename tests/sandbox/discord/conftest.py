"""The stand-in, running; with a bot on discord.py, or with none."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.traffic import TrafficLog
from tests.sandbox.discord.by_hand import COMMANDS, Rest
from tests.sandbox.discord.tiny_bot import TinyBot, point_discord_py_at, running_bot


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[TrafficLog]:
    log = TrafficLog(tmp_path / "traffic.jsonl")
    yield log
    log.close()


@pytest.fixture
async def server(traffic: TrafficLog) -> AsyncIterator[FakeDiscord]:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with FakeDiscord(world=default_world(), record=traffic) as running:
        point_discord_py_at(running)
        yield running
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[TinyBot]:
    async with running_bot(server) as running:
        yield running


@pytest.fixture
async def start_bot(server: FakeDiscord) -> AsyncIterator[Callable[[], Awaitable[TinyBot]]]:
    """For tests that prepare the server first, or run two bots."""
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(running_bot(server))


@pytest.fixture
async def rest(server: FakeDiscord) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        calls = Rest(server, session)
        await calls.commands(*COMMANDS)
        yield calls
