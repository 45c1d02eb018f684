"""A whole small world for end-to-end tests: both stand-ins, and the real bot between them."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import House, open_house
from bot.clock import Clock, SystemClock
from bot.delivery.line import Deadlines
from bot.discretion import Marks
from bot.settings import Settings
from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.guest import Guest
from sandbox.image_api.server import FakeImageApi
from sandbox.traffic import TrafficLog
from tests import canaries
from tests.mentions import check_mentions

READY_TIMEOUT_S = 15.0


@dataclass
class Scene:
    """`discord` and `images` are the stand-ins; `start` and `stop` are the bot's life."""

    discord: FakeDiscord
    images: FakeImageApi
    settings: Settings
    clock: Clock
    deadlines: Deadlines | None = None
    marks: Marks | None = None
    house: House | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _life: "asyncio.Task[None] | None" = None

    def guest(self, name: str) -> Guest:
        return self.discord.guest(name)

    async def start(self) -> None:
        """Start the bot and wait until it listens."""
        self._stopping = asyncio.Event()
        opened = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live(opened))
        done, _ = await asyncio.wait({opened, self._life}, return_when=asyncio.FIRST_COMPLETED)
        if self._life in done:
            self._life.result()
        await self.discord.ready(READY_TIMEOUT_S)

    async def _live(self, opened: "asyncio.Future[None]") -> None:
        async with open_house(self.settings, self.clock, deadlines=self.deadlines, marks=self.marks) as self.house:
            await self.house.check_moderation()
            opened.set_result(None)
            await self.house.live(self._stopping)

    async def stop(self) -> None:
        """SIGTERM's way out."""
        if self._life is not None:
            self._stopping.set()
            await self._life
            self._life = None

    async def crash(self) -> None:
        """End the bot without a word to anybody, as kill -9 does."""
        if self._life is not None:
            self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
            self._life = None


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    clock: Clock | None = None,
    deadlines: Deadlines | None = None,
    start: bool = True,
    **changes: Any,  # noqa: ANN401
) -> AsyncIterator[Scene]:
    """The world with the bot started. `changes` are settings, and `images` the switches of the image service.

    `deadlines` are shorter ones for calls to Discord, which real time runs out on.
    When it closes, everything that was logged, shown, sent and kept in it is searched for secrets and for mentions.
    """
    record = TrafficLog(traffic_file())
    images = FakeImageApi(record=record, **{"api_key": canaries.KEY} | changes.pop("images", {}))
    async with AsyncExitStack() as doors:
        heard = doors.enter_context(canaries.overheard())
        world = FakeDiscord(world=default_world(), record=record, bot_token=canaries.TOKEN)
        discord = await doors.enter_async_context(world)
        await images.start()
        doors.push_async_callback(images.stop)
        values: dict[str, Any] = {
            "discord_token": discord.bot_token,
            "discord_api_url": discord.api_url,
            "discord_gateway_url": discord.gateway_url,
            "openai_api_key": images.api_key,
            "openai_base_url": images.base_url,
            "moderation_api_key": canaries.MODERATION_KEY,
            "data_dir": folder / "data",
            "download_hosts": frozenset({f"127.0.0.1:{discord.port}"}),
            "drain_s": 0,
        }
        settings = Settings(_env_file=None, **values | changes)
        scene = Scene(discord, images, settings, clock or SystemClock(), deadlines)
        doors.push_async_callback(scene.crash)
        if start:
            await scene.start()
        yield scene
    check(scene, heard.lines)


def check(scene: Scene, lines: list[str]) -> None:
    """No secret and no member's words where they must not be, and nobody called who must not be."""
    check_mentions(scene.discord)
    search = canaries.Search.of(scene.discord, {"OPENAI_API_KEY": scene.images.api_key})
    search.logs("the log", "\n".join(lines))
    search.screens(scene.discord)
    search.wires(scene.discord, scene.images)
    search.disk(scene.settings.data_dir)


def traffic_file() -> Path | None:
    """Where the exchanges of this world are written down, to be held against the official documents later."""
    folder = os.environ.get("TRAFFIC_DIR")
    return Path(folder) / f"{uuid.uuid4().hex}.jsonl" if folder else None
