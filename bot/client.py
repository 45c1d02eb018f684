"""The bot as Discord sees it: shards, commands by name, and the one place where failures become words."""

import asyncio
import logging
import sys
from collections.abc import Callable

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.clock import SteadyClock
from bot.delivery.doors import (
    ALREADY_ANSWERED,
    ANSWER_TIMEOUT_S,
    TROUBLE,
    UNKNOWN_INTERACTION,
    InteractionDoor,
    change,
)
from bot.delivery.line import tracing
from bot.discretion import Discretion, Weight
from bot.errors import BotError, InvalidRequest, NotAllowed, TooLate
from bot.gateway.connections import Connections, Starts
from bot.gateway.socket import connect_steadily
from bot.log import incident
from bot.rooms import Rooms
from bot.ui import faces

log = logging.getLogger(__name__)

IDENTIFY_GAP_S = 5.0
PAUSE_MAX_EXPONENT = 6  # at most 64 s; how often it may identify is told by bot/gateway/pace.py
LISTENERS = ("CommandTree-invoker", "discord.py: on_")  # discord.py's names for tasks in which an event is listened to
COGS = (
    "cogs.imagine",
    "cogs.vary",
    "cogs.models",
    "cogs.quota",
    "cogs.admin",
    "cogs.privacy",
    "cogs.buttons",
    "cogs.replies",
    "cogs.servers",
)


class ImageBot(commands.AutoShardedBot):
    """`make_rooms` builds everything that needs the client; commands find it in `rooms`."""

    def __init__(self, make_rooms: Callable[[discord.Client], Rooms], discretion: Discretion) -> None:
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=0,
            http_trace=tracing(discretion.trace()),
        )
        self.rooms = make_rooms(self)
        self.discretion = discretion
        self.connections = Connections(SteadyClock(self.rooms.clock), self._ask_starts)

    async def setup_hook(self) -> None:
        # With the number known, every shard starts at our own gateway address instead of the one REST names.
        self.shard_count, _, _ = await self.http.get_bot_gateway()
        self.connections.shards = self.shard_count
        await self.connections.until_starts_are_left()
        for cog in COGS:
            await self.load_extension(cog)
        await self.tree.sync()

    async def _ask_starts(self) -> Starts:
        limits = await self.fetch_session_start_limits()
        return Starts(limits.total, limits.remaining, limits.reset_after / 1000)

    async def hear_no_more(self) -> None:
        """Leave the gateway, and see to what was heard before: it is answered, or left to the next process."""
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()), return_exceptions=True)
        heard = [task for task in asyncio.all_tasks() if task.get_name().startswith(LISTENERS)]
        if heard:
            _, late = await asyncio.wait(heard, timeout=ANSWER_TIMEOUT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        """Discord takes one IDENTIFY in five seconds."""
        if not initial:
            await self.rooms.clock.sleep(IDENTIFY_GAP_S)

    async def on_shard_ready(self, shard_id: int) -> None:
        """discord.py pauses for up to 17 minutes between two tries: the bot would be away long after Discord is."""
        self.shards[shard_id]._parent._backoff._max = PAUSE_MAX_EXPONENT  # noqa: SLF001 -- there is no other way

    async def on_message(self, message: discord.Message, /) -> None:
        """Words are read by cogs.replies alone: there are no prefix commands."""

    async def on_ready(self) -> None:
        log.info("ready servers=%d shards=%s", len(self.guilds), self.shard_count)

    async def on_error(self, event_method: str, /, *args: object, **_: object) -> None:
        """A listener failed outside of what a command puts into words."""
        error = sys.exception()
        if isinstance(error, Exception) and args and isinstance(args[0], discord.Interaction):
            await self.tell(args[0], error)
        else:
            log.error("listener failed event=%s incident=%s", event_method, incident(), exc_info=error)

    async def tell(self, interaction: discord.Interaction[discord.Client], error: Exception) -> None:
        """Answer a failed command or press in private words. Unknown failures get a number that finds the log line."""
        if sentence := _told(interaction.id, error):
            await self._answer(interaction, sentence)

    async def tell_in_channel(self, message: discord.Message, error: Exception) -> None:
        """Answer a failed reply: the note is public and short, its reason only for the author."""
        if (sentence := _told(message.id, error)) and self.discretion.may(Weight.COURTESY):
            await self.rooms.notices.post(message, sentence)

    async def _answer(self, interaction: discord.Interaction[discord.Client], sentence: str) -> None:
        try:
            if interaction.response.is_done():
                await change(interaction, faces.words(sentence), self.rooms.line)
            else:
                await InteractionDoor(interaction).answer(faces.words(sentence))
        except (TooLate, discord.HTTPException, *TROUBLE) as error:
            log.info("nobody to tell interaction=%d error=%s", interaction.id, type(error).__name__)


class Tree(app_commands.CommandTree[ImageBot]):
    async def on_error(
        self, interaction: discord.Interaction[ImageBot], error: app_commands.AppCommandError, /
    ) -> None:
        await interaction.client.tell(interaction, error)


def _told(asked_id: int, error: Exception) -> str | None:
    """Log a failure and put it into words; None when nobody would see them."""
    cause = getattr(error, "original", error)
    is_answered = isinstance(cause, discord.HTTPException) and cause.code in (UNKNOWN_INTERACTION, ALREADY_ANSWERED)
    if is_answered or isinstance(cause, TooLate):
        log.info("too late asked=%d", asked_id)
        return None
    sentence = _sentence(cause)
    if sentence is None:
        number = incident()
        log.error("command failed asked=%d incident=%s", asked_id, number, exc_info=cause)
        return faces.sorry(number)
    log.info("refused asked=%d error=%s %s", asked_id, type(cause).__name__, getattr(cause, "detail", ""))
    return sentence


def _sentence(cause: object) -> str | None:
    match cause:
        case BotError():
            return str(cause)
        case app_commands.CheckFailure():
            return str(NotAllowed())
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return "My commands have just changed. Wait a minute and type it again."
        case app_commands.TransformerError():
            return str(InvalidRequest(f"That is not a value for {cause.transformer._error_display_name}."))  # noqa: SLF001
        case _:
            return None


def point_at(api_url: str, gateway_url: str) -> None:
    """Use another Discord than discord.com's: a REST proxy, or the sandbox. Before anything connects."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    connect_steadily()
