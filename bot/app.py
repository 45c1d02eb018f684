"""The composition root: builds everything once, runs it, and closes it in reverse."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import discord

from bot.caretaker import Caretaker
from bot.client import ImageBot, point_at
from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.delivery.card import Cards
from bot.delivery.notices import Notices
from bot.delivery.post import Posts
from bot.delivery.routes import Delivery
from bot.errors import ImageServiceError, RouteMissing
from bot.moderation import Moderation
from bot.outside import Outside, reach_out
from bot.owner import Owner
from bot.painter import Painter
from bot.queue import Queue
from bot.rooms import Rooms
from bot.settings import Settings, SettingsError
from bot.sources import Sources
from bot.spool import Spool
from bot.store.artifacts import Artifacts
from bot.store.database import Database
from bot.store.history import History
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger
from bot.store.quota_admin import QuotaAdmin
from bot.store.quotas import Quotas
from bot.studio import Studio

log = logging.getLogger(__name__)

DATABASE, OWNERS, SPOOL = "easel.sqlite3", "owners", "spool"  # in DATA_DIR
PROBE_S = 5.0
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
        await self._learn_models()
        studio = self.client.rooms.studio
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
        finally:
            for task in (stop, care):
                task.cancel()
            await studio.close(0)
            await self.client.rooms.notices.close()
            await self.client.close()
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


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """Build everything from the settings; leaving the block closes it in reverse."""
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    async with AsyncExitStack() as doors:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        outside = await doors.enter_async_context(reach_out(settings, clock))
        database = await doors.enter_async_context(Database.open(settings.data_dir / DATABASE))
        owner = doors.enter_context(Owner.open(settings.data_dir / OWNERS))
        spool = Spool(settings.data_dir / SPOOL)
        client = ImageBot(lambda client: furnish(client, settings, clock, outside, database, owner, spool))
        yield House(client=client, moderation=outside.moderation, settings=settings)


def furnish(
    client: discord.Client,
    settings: Settings,
    clock: Clock,
    outside: Outside,
    database: Database,
    owner: Owner,
    spool: Spool,
) -> Rooms:
    """Put the rooms together around a client."""
    ledger = Ledger(
        quota_per_day=settings.quota_per_day, server_per_day=settings.server_per_day, bot_per_day=settings.bot_per_day
    )
    jobs = Jobs(database, ledger, owner=owner.boot_id)
    artifacts, history = Artifacts(database), History(database)
    quotas = Quotas(database, ledger, clock)
    cards = Cards(client, jobs, artifacts)
    queue = Queue(
        at_once=settings.images_at_once,
        at_once_per_user=settings.images_at_once_per_user,
        max_wait_s=settings.queue_max_wait_s,
    )
    painter = Painter(
        api=outside.api,
        models=outside.models,
        queue=queue,
        jobs=jobs,
        artifacts=artifacts,
        spool=spool,
        clock=clock,
        rerun_lost=settings.rerun_lost,
    )
    studio = Studio(
        jobs=jobs,
        artifacts=artifacts,
        quotas=quotas,
        moderation=outside.moderation,
        sources=Sources(spool, outside.downloads, outside.pictures, jobs),
        queue=queue,
        queue_max=settings.queue_max,
        painter=painter,
        cards=cards,
        delivery=Delivery(client, cards, Posts(client, artifacts, clock), artifacts, outside.pictures, clock),
        alarm=Alarm(client, settings.owner_ids, clock),
        clock=clock,
    )
    caretaker = Caretaker(
        studio=studio,
        jobs=jobs,
        history=history,
        cards=cards,
        owner=owner,
        spool=spool,
        clock=clock,
        keep_pictures=timedelta(days=settings.keep_pictures_days),
        keep_prompts=timedelta(days=settings.keep_prompts_days),
    )
    return Rooms(
        studio=studio,
        caretaker=caretaker,
        jobs=jobs,
        artifacts=artifacts,
        history=history,
        quotas=quotas,
        quota_admin=QuotaAdmin(database, ledger),
        models=outside.models,
        notices=Notices(clock),
        clock=clock,
    )
