"""Both stand-ins with the real bot between them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.bot_process import BotProcess
from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.image_api.server import FakeImageApi

READY_S = 30.0
PER_DAY = 5
FLAGGED_WORDS = {"bloodbath": "violence/graphic", "forbidden": "violence"}


@dataclass(frozen=True, slots=True)
class Stage:
    """`database` is the bot's own file, and `log_file` what it writes on standard error."""

    discord: FakeDiscord
    images: FakeImageApi
    bot: BotProcess
    database: Path
    log_file: Path
    per_day: int = PER_DAY

    async def ready(self) -> None:
        """Raises BotDied, or TimeoutError when it does not come up."""
        await self.bot.while_alive(self.discord.ready(READY_S))


@asynccontextmanager
async def opened(log_file: Path, *, per_day: int = PER_DAY) -> AsyncIterator[Stage]:
    """Everything is started on free loopback ports, and ended in reverse; what the bot stored goes with it."""
    images = FakeImageApi(flagged_words=FLAGGED_WORDS)
    async with AsyncExitStack() as doors:
        made = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="easel-demo-")
        doors.push_async_callback(asyncio.to_thread, made.cleanup)
        folder = Path(made.name)
        discord = await doors.enter_async_context(FakeDiscord(world=default_world()))
        doors.push_async_callback(images.stop)
        await images.start()
        settings = {
            "DISCORD_TOKEN": discord.bot_token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "OPENAI_API_KEY": images.api_key,
            "OPENAI_BASE_URL": images.base_url,
            "DATA_DIR": str(folder / "data"),
            "DOWNLOAD_HOSTS": f"127.0.0.1:{discord.port}",
            "QUOTA_PER_DAY": str(per_day),
            "DRAIN_S": "2",
        }
        bot = await doors.enter_async_context(BotProcess(settings, folder=folder, log_file=log_file))
        yield Stage(discord, images, bot, folder / "data" / "easel.sqlite3", log_file, per_day)
