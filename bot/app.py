"""The composition root: builds everything once, runs it, and closes it in reverse."""

import asyncio
import importlib.metadata
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import discord

from bot.client import ImageBot, point_at
from bot.clock import Clock, SteadyClock
from bot.delivery.line import Deadlines
from bot.discretion import Discretion, Marks
from bot.errors import ImageServiceError, RouteMissing
from bot.furnishing import furnish
from bot.ground import Ground
from bot.home import DATABASE, OWNERS, SPOOL
from bot.incidents import of_loop
from bot.life import health
from bot.life.parts import TROUBLE, Parts
from bot.life.pulse import Pulse
from bot.life.signs import Signs, give_up_after
from bot.life.vitals import Phase, Sources, Vitals
from bot.moderation import Moderation
from bot.outside import reach_out
from bot.owner import Owner
from bot.settings import Settings, SettingsError
from bot.spool import Spool
from bot.store.backlog import backlog
from bot.store.database import Database
from bot.store.trouble import in_words

log = logging.getLogger(__name__)

VERSION = importlib.metadata.version("easel")  # looked up once: it reads files
PROBE_S = 5.0
CLOSING_S = 25.0  # with DRAIN_S less than a container gets to stop; nothing is lost by a hard end
NO_MODERATIONS = (
    "The service at OPENAI_BASE_URL has no moderations: set MODERATION_BASE_URL to one that has "
    "(or MODERATION=off, if everybody here may paint everything)."
)


async def run(settings: Settings, clock: Clock) -> None:
    """Run the bot until it is told to stop (SIGTERM, SIGINT, SIGHUP) or Discord ends it for good.

    Raises:
        SettingsError, StoreError: it cannot start; the sentence says what to do.
        PartEnded, DiscordUnreachable: it cannot go on; a new start may.
    """
    with Signs() as signs:
        living = asyncio.Event()
        life = asyncio.create_task(_life(settings, clock, signs, living))
        stop = asyncio.create_task(signs.stop.wait())
        try:
            await asyncio.wait({life, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not living.is_set() and not life.done():
                life.cancel()  # nothing has begun that would want an end of its own
                give_up_after(CLOSING_S)
            with suppress(asyncio.CancelledError):
                await life
        finally:
            stop.cancel()


async def _life(settings: Settings, clock: Clock, signs: Signs, living: asyncio.Event) -> None:
    async with open_house(settings, clock) as house:
        await house.check_moderation()
        await house.move_in()
        living.set()
        house.on_closing = partial(give_up_after, CLOSING_S)
        await house.live(signs.stop, signs.hurry)


class House:
    """Everything that was built, and its life from start to stop."""

    def __init__(
        self, *, client: ImageBot, moderation: Moderation, database: Database, settings: Settings, pulse: Pulse
    ) -> None:
        self.client = client
        self.pulse = pulse
        self.phase = Phase.STARTING
        self.on_closing: Callable[[], None] = lambda: None
        self._has_moved_in = False
        self._moderation = moderation
        self._database = database
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

    async def move_in(self) -> None:
        """What is done once, before anybody can ask for anything."""
        if self._has_moved_in:
            return
        asyncio.get_running_loop().set_exception_handler(of_loop)
        await self.client.rooms.caretaker.begin()
        await self._learn_models()
        await self.client.rooms.studio.recall()
        self._has_moved_in = True

    async def live(self, stopping: asyncio.Event, hurry: asyncio.Event | None = None) -> None:
        """Serve until `stopping` is set, then let calls in flight finish, unless there is `hurry`.

        Raises:
            SettingsError, DiscordUnreachable, PartEnded: a part of it has ended by itself.
        """
        await self.move_in()
        parts = Parts()
        parts.start("connection", self.client.start(self._settings.discord_token.get_secret_value()))
        parts.start("caretaker", self._care())
        parts.start("database", self._database.until_dead())
        parts.start("pulse", self.pulse.beat())
        parts.start("token", self._watch_token())
        try:
            await parts.until(stopping)
            self.phase = Phase.DRAINING
            log.info("stopping drain_s=%d", self._settings.drain_s)
            await self._drain(hurry or asyncio.Event())
        finally:
            self.phase = Phase.DRAINING
            self.on_closing()  # from here on nothing is waited for that could take long
            await parts.end("caretaker")  # its duties would meet closed doors
            await self.client.hear_no_more()
            await parts.end("connection")  # discord.py goes on trying to connect, whatever was closed
            await self.client.rooms.studio.close(0)
            await self.client.close()
            await parts.end()

    async def _drain(self, hurry: asyncio.Event) -> None:
        drain = asyncio.create_task(self.client.rooms.studio.close(self._settings.drain_s))
        hurrying = asyncio.create_task(hurry.wait())
        await asyncio.wait({drain, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        if not drain.done():
            log.info("told to stop again: calls in flight are left to the next start")
        for task in (drain, hurrying):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await drain

    async def _learn_models(self) -> None:
        """The first request shall not meet a model that this service does not have; without the list it tries."""
        with suppress(ImageServiceError, TimeoutError):  # logged where the list is kept
            async with asyncio.timeout(PROBE_S):
                await self.client.rooms.models.refresh()

    async def _care(self) -> None:
        await self.client.wait_until_ready()
        self.phase = Phase.SERVING
        await self.client.rooms.caretaker.work()

    async def _watch_token(self) -> None:
        """A refusal of the bot's own token, when Discord repeats it, is the end: every further call would count."""
        doubted = self.client.discretion.token_doubted
        while True:
            await doubted.wait()
            doubted.clear()
            try:
                await self.client.application_info()
            except discord.HTTPException as error:
                if error.status == 401:
                    raise discord.LoginFailure from error
            except TROUBLE:
                continue


def vitals_of(house: House, database: Database, discretion: Discretion, settings: Settings, clock: Clock) -> Vitals:
    return Vitals(
        Sources(
            phase=lambda: house.phase,
            gateway=house.client.connections.state,
            backlog=lambda: backlog(database, clock),
            lag_s=house.pulse.lag_s,
            stalled_s=house.pulse.stalled_s,
            refused=discretion.refused,
            version=VERSION,
            data_dir=settings.data_dir,
        )
    )


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
async def open_house(
    settings: Settings, clock: Clock, *, deadlines: Deadlines | None = None, marks: Marks | None = None
) -> AsyncIterator[House]:
    """Build everything from the settings; leaving the block closes it in reverse.

    `deadlines` are for calls to Discord, where the usual ones are too long to be waited for, and `marks` for
    refused ones, where the usual ones are too many.
    """
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    async with AsyncExitStack() as doors:
        owner = doors.enter_context(_moved_in(settings.data_dir))
        outside = await doors.enter_async_context(reach_out(settings, clock))
        spool = Spool(settings.data_dir / SPOOL)
        opening = Database.open(settings.data_dir / DATABASE, may_be_new=not spool.jobs_on_disk())
        database = await doors.enter_async_context(opening)
        discretion = Discretion(SteadyClock(clock), marks)
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
                    discretion=discretion,
                )
            ),
            discretion,
        )
        house = House(client=client, moderation=outside.moderation, database=database, settings=settings, pulse=Pulse())
        vitals = vitals_of(house, database, discretion, settings, clock)
        await doors.enter_async_context(
            health.served(settings.health_port, health=vitals.health, readiness=vitals.readiness)
        )
        yield house
