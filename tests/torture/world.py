"""One world: both stand-ins, members who ask for things, and bots that are killed one after the other."""

import asyncio
import logging
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot.home import DATABASE, SPOOL
from sandbox.discord.default_world import default_world
from sandbox.discord.limits import Bucket
from sandbox.discord.server import FakeDiscord
from sandbox.image_api.server import FakeImageApi
from tests.torture.bots import Bot, Nursery, Plain
from tests.torture.evidence import Evidence
from tests.torture.jumping_clock import Hands
from tests.torture.members import CANARY, Members
from tests.torture.moments import Watch, WatchedRecords
from tests.torture.rules_of_books import BIRTH
from tests.torture.weather import DiscordWeather, ImageWeather

PACE = 20.0  # a minute of a bot's waiting takes three seconds
READY_S = 30.0
SETTLED_S = 5.0


@dataclass
class World:
    """`hands` turn the clock of its bots; a plain one's are not looked at."""

    seed: str
    folder: Path
    watch: Watch
    discord: FakeDiscord
    images: FakeImageApi
    at_discord: DiscordWeather
    at_images: ImageWeather
    hands: Hands
    nursery: Nursery | Plain
    members: Members
    failures: "Failures"
    moments: Counter[str] = field(default_factory=Counter)
    jumped_ms: list[int] = field(default_factory=list)
    _bots: list[Bot] = field(default_factory=list)

    @property
    def log_file(self) -> Path:
        return self.folder / "bot.log"

    def chance(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")

    def weather(self, at_discord: float, at_images: float, *, latency_s: float) -> None:
        """Which share of the requests meets a fault from now on, and how long a picture takes."""
        self.at_discord.share, self.at_images.share = at_discord, at_images
        self.images.latency_s = latency_s

    def jump(self, seconds: float) -> None:
        """Set the clock of the bots, and of nobody else."""
        self.hands.turn(seconds)
        self.jumped_ms.append(self.discord.clock.now_ms())

    async def born(self, *, drain_s: int = 0) -> Bot:
        """A new process, on its way up."""
        settings = self._settings() | {"DRAIN_S": str(drain_s)}
        with self.log_file.open("a") as log:
            log.write(f"{BIRTH} at {time.time():.3f}\n")
        bot = await self.nursery.start(settings)
        self._bots.append(bot)
        return bot

    async def is_ready(self, bot: Bot, identified: int) -> bool:
        """Wait until it hears of what happens: more bots than `identified` have said who they are. False: it died."""
        listens = asyncio.create_task(
            self.discord.changes.until(lambda: self.discord.gateway.identifies > identified or None, READY_S)
        )
        death = asyncio.create_task(bot.is_dead.wait())
        try:
            await asyncio.wait({listens, death}, return_when=asyncio.FIRST_COMPLETED)
            if listens.done():
                listens.result()
            return not bot.is_dead.is_set()
        finally:
            for task in (listens, death):
                task.cancel()
            await asyncio.gather(listens, death, return_exceptions=True)

    async def settled(self) -> None:
        """Until nothing is under way at Discord any more: what a dead process asked for comes before its successor."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_S):
                while self.watch.in_flight:
                    await asyncio.sleep(0.01)

    def forget_dead_sessions(self) -> None:
        sessions = self.discord.gateway.sessions
        for session_id in [key for key, session in sessions.items() if session.connection is None]:
            del sessions[session_id]

    def evidence(self) -> Evidence:
        return Evidence(
            database=self.folder / "data" / DATABASE,
            spool=self.folder / "data" / SPOOL,
            log=self.log_file,
            world=self.discord.world,
            interactions=self.discord.interactions.by_token,
            paid_for=self.images.records.paid_for,
            secrets=(CANARY, self.images.api_key, self.discord.bot_token),
            of_stand_ins=[*self.discord.unknown_routes, *self.images.unknown_routes, *self.failures.seen],
            now_ms=self.discord.clock.now_ms(),
            bots_now_ms=self.hands.now_ms(),
            jumped_ms=self.jumped_ms,
            taken_away=self.members.taken_away,
        )

    def kill_all(self) -> None:
        for bot in self._bots:
            bot.send(signal.SIGKILL)

    def _settings(self) -> dict[str, str]:
        return {
            "DISCORD_TOKEN": self.discord.bot_token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "OPENAI_API_KEY": self.images.api_key,
            "OPENAI_BASE_URL": self.images.base_url,
            "DOWNLOAD_HOSTS": f"127.0.0.1:{self.discord.port}",
            "DATA_DIR": str(self.folder / "data"),
            "LOG_LEVEL": "DEBUG",
            "QUOTA_PER_DAY": "100000",
            "SERVER_PER_DAY": "",
            "BOT_PER_DAY": "",
            "BUDGET_USD_PER_DAY": "100000",
            "IMAGES_AT_ONCE": "4",
            "IMAGE_READ_TIMEOUT_MS": "3000",
            "PYTHONWARNINGS": "ignore",
        }


class Failures(logging.Handler):
    """What the stand-ins' servers log as errors: a stand-in that fails is no judge."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.seen.append(f"{record.getMessage()}: {error!r}")


@asynccontextmanager
async def opened(seed: str, folder: Path, *, is_plain: bool = False) -> AsyncIterator[World]:
    """A world without a bot; whatever is alive at the end is killed."""
    watch = Watch()
    at_discord = DiscordWeather(Random(f"{seed} discord"), watch.note)
    at_images = ImageWeather(Random(f"{seed} images"))
    folder.mkdir(parents=True, exist_ok=True)
    hands = Hands(folder / "clock", begun_s=time.time(), pace=1.0 if is_plain else PACE)
    hands.turn()
    servers, failures = logging.getLogger("aiohttp.server"), Failures()
    async with AsyncExitStack() as doors:
        servers.addHandler(failures)
        doors.callback(servers.removeHandler, failures)
        discord = FakeDiscord(world=default_world(), faults=at_discord, watch=watch.at_discord)
        await doors.enter_async_context(discord)
        images = FakeImageApi(picture_bytes=2_000)
        images.records, images.faults = WatchedRecords(watch), at_images
        await images.start()
        doors.push_async_callback(images.stop)
        for bucket in Bucket:  # real limits make a world slow, and have their own tests
            discord.limits.set(bucket, 1_000, 1.0)
        discord.limits.global_per_s = 1_000
        log_file = folder / "bot.log"
        nursery = Plain(folder, log_file) if is_plain else Nursery(folder, log_file, hands.file)
        await doors.enter_async_context(nursery)
        members = Members(discord, Random(f"{seed} members"))
        world = World(seed, folder, watch, discord, images, at_discord, at_images, hands, nursery, members, failures)
        doors.callback(world.kill_all)
        yield world
