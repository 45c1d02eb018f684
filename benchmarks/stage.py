"""Both stand-ins in this process, a bot in another, and what it takes of memory."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.discord.default_world import WorldBuilder
from sandbox.discord.server import FakeDiscord
from sandbox.discord.world import World
from sandbox.guest import Guest
from sandbox.image_api.server import FakeImageApi

MIB = 1024 * 1024
PICTURE_BYTES = 2_000_000
CHANNELS = 60
PEOPLE = 60
STOP_TIMEOUT_S = 30

EASEL = ("-m", "bot")
BARE = ("-m", "benchmarks.bare")


@dataclass
class Stage:
    """`folder` is where the bot works; its data is in `data` there."""

    discord: FakeDiscord
    images: FakeImageApi
    folder: Path
    program: tuple[str, ...]
    environment: dict[str, str]
    process: asyncio.subprocess.Process = field(init=False)

    async def start(self) -> None:
        """Start the bot and wait until it listens."""
        words = (sys.executable, *self.program)
        self.process = await asyncio.create_subprocess_exec(*words, cwd=self.folder, env=self.environment)
        await self.discord.ready(60)

    async def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), STOP_TIMEOUT_S)

    def guests(self) -> list[Guest]:
        return [self.discord.guest(f"Person{number}") for number in range(PEOPLE)]

    def posted(self) -> int:
        """How many pictures were posted in channels."""
        return sum(
            len(request.files)
            for request in self.discord.requests
            if request.method == "POST" and request.path.startswith("/channels/") and request.status == 200
        )

    def memory_mib(self) -> float:
        """Resident memory of the bot now."""
        return self._status("VmRSS")

    def peak_mib(self) -> float:
        """The most resident memory the bot ever had."""
        return self._status("VmHWM")

    def family_peak_mib(self) -> float:
        """The peaks of the bot and of its children that live now, added up: no less than what they had together."""
        return sum(_status_mib(process_id, "VmHWM") for process_id in _family(self.process.pid))

    def _status(self, name: str) -> float:
        return _status_mib(self.process.pid, name)


def _status_mib(process_id: int, name: str) -> float:
    text = Path(f"/proc/{process_id}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _family(process_id: int) -> Iterator[int]:
    """A process and what it started, and what that started."""
    yield process_id
    for children in Path(f"/proc/{process_id}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


@asynccontextmanager
async def stage(
    program: tuple[str, ...], *, latency_s: float, picture_bytes: int = PICTURE_BYTES, **settings: object
) -> AsyncIterator[Stage]:
    """The world with `program` connected to it. `settings` are the bot's, by their environment names."""
    images = FakeImageApi(latency_s=latency_s, picture_bytes=picture_bytes)
    await images.start()
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as folder:
        async with FakeDiscord(world=_world()) as discord:
            environment = _environment(discord, images, Path(folder)) | {
                name.upper(): str(value) for name, value in settings.items()
            }
            on = Stage(discord, images, Path(folder), program, environment)
            try:
                await on.start()
                await asyncio.sleep(1)  # the first round of the caretaker, the list of models
                yield on
            finally:
                await on.stop()
    await images.stop()


def _environment(discord: FakeDiscord, images: FakeImageApi, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "DISCORD_TOKEN": discord.bot_token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "OPENAI_API_KEY": images.api_key,
        "OPENAI_BASE_URL": images.base_url,
        "IMAGE_MODEL": "gpt-image-2",
        "DATA_DIR": f"{folder}/data",
        "QUOTA_PER_DAY": "100000",
        "SERVER_PER_DAY": "",
        "BOT_PER_DAY": "",
        "LOG_LEVEL": "WARNING",
        "DRAIN_S": "0",
    }


def _world() -> World:
    builder = WorldBuilder()
    people = builder.people(*(f"Person{number}" for number in range(PEOPLE)))
    guild = builder.guild("Bench", builder.world.owner, people, age_days=300)
    for number in range(CHANNELS):
        builder.channel(guild, f"channel-{number}")
    return builder.world
