"""The composition root: builds everything once, runs it, and closes it in reverse."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import aiohttp
import discord

from bot.client import ImageBot, point_at
from bot.clock import Clock
from bot.delivery.line import Deadlines
from bot.errors import DiscordUnreachable, ImageServiceError, RouteMissing
from bot.furnishing import Ground, furnish
from bot.moderation import Moderation
from bot.outside import reach_out
from bot.owner import Owner
from bot.settings import Settings, SettingsError
from bot.spool import Spool
from bot.store.database import Database
from bot.store.trouble import in_words

log = logging.getLogger(__name__)

DATABASE, OWNERS, SPOOL = "easel.sqlite3", "owners", "spool"  # in DATA_DIR
PROBE_S = 5.0
AUTHENTICATION_FAILED = 4004  # Discord: Gateway Close Event Codes
NO_LOGIN = "Discord does not accept DISCORD_TOKEN: make a new one in the developer portal (Bot → Reset Token)."
NO_MODERATIONS = (
    "The service at OPENAI_BASE_URL has no moderations: set MODERATION_BASE_URL to one that has "
    "(or MODERATION=off, if everybody here may paint everything)."
)


async def run(settings: Settings, clock: Clock) -> None:
    """Run the bot until it is told to stop (SIGTERM, SIGINT) or Discord ends it for good.

    Raises:
        SettingsError, StoreError: it cannot start; the sentence says what to do.
    """
    async with AsyncExitStack() as doors:
        house = await doors.enter_async_context(open_house(settings, clock))
        await house.check_moderation()
        stopping = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
        await house.live(stopping)


class House:
    """Everything that was built, and its life from start to stop."""

    def __init__(self, *, client: ImageBot, moderation: Moderation, settings: Settings) -> None:
        self.client = client
        self._moderation = moderation
        self._settings = settings

    async def check_moderation(self) -> None:
        """Refuse to start where nothing can be checked; a service that is only down is waited for by each request."""
        try:
            async with asyncio.timeout(PROBE_S):
                await self._moderation.probe()
        except RouteMissing:
            raise SettingsError([NO_MODERATIONS]) from None
        except (ImageServiceError, TimeoutError) as error:
            log.warning("moderation does not answer yet error=%s", type(error).__name__)

    async def live(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, then let calls in flight finish."""
        await self.client.rooms.caretaker.begin()
        await self._learn_models()
        studio = self.client.rooms.studio
        await studio.recall()
        connection = asyncio.create_task(self.client.start(self._settings.discord_token.get_secret_value()))
        care = asyncio.create_task(self._care())
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({connection, stop}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
            log.info("stopping drain_s=%d", self._settings.drain_s)
            await studio.close(self._settings.drain_s)
        except discord.LoginFailure:
            raise SettingsError([NO_LOGIN]) from None
        except discord.ConnectionClosed as error:
            if error.code == AUTHENTICATION_FAILED:
                raise SettingsError([NO_LOGIN]) from None
            raise DiscordUnreachable(detail=f"gateway closed with {error.code}") from error
        except (aiohttp.ClientError, discord.GatewayNotFound, discord.DiscordServerError, OSError) as error:
            raise DiscordUnreachable(detail=f"{type(error).__name__}: {error}") from error
        finally:
            for task in (stop, care):
                task.cancel()
            await studio.close(0)
            await self.client.close()
            connection.cancel()  # discord.py goes on trying to reconnect, whatever was closed
            with suppress(asyncio.CancelledError):
                await asyncio.gather(stop, care, connection, return_exceptions=True)

    async def _learn_models(self) -> None:
        """The first request shall not meet a model that this service does not have; without the list it tries."""
        with suppress(ImageServiceError, TimeoutError):  # logged where the list is kept
            async with asyncio.timeout(PROBE_S):
                await self.client.rooms.models.refresh()

    async def _care(self) -> None:
        await self.client.wait_until_ready()
        await self.client.rooms.caretaker.work()


@contextmanager
def _moved_in(data_dir: Path) -> Iterator[Owner]:
    """The data folder with our lock in it, before anything there is opened.

    Raises:
        StoreError: it cannot be written.
        FolderInUse: a backup is being put back there right now.
    """
    with ExitStack() as doors:
        with in_words(data_dir / DATABASE):
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            owner = doors.enter_context(Owner.open(data_dir / OWNERS))
            for part in data_dir.glob(f".{DATABASE}.*.part*"):  # of a restore that was killed: none runs beside us
                part.unlink(missing_ok=True)
        yield owner


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock, *, deadlines: Deadlines | None = None) -> AsyncIterator[House]:
    """Build everything from the settings; leaving the block closes it in reverse.

    `deadlines` are for calls to Discord, where the usual ones are too long to be waited for.
    """
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    async with AsyncExitStack() as doors:
        owner = doors.enter_context(_moved_in(settings.data_dir))
        outside = await doors.enter_async_context(reach_out(settings, clock))
        spool = Spool(settings.data_dir / SPOOL)
        opening = Database.open(settings.data_dir / DATABASE, may_be_new=not spool.jobs_on_disk())
        database = await doors.enter_async_context(opening)
        client = ImageBot(
            lambda client: furnish(
                Ground(
                    client=client,
                    settings=settings,
                    clock=clock,
                    outside=outside,
                    database=database,
                    owner=owner,
                    spool=spool,
                    deadlines=deadlines or Deadlines(),
                )
            )
        )
        yield House(client=client, moderation=outside.moderation, settings=settings)
