"""/vary and the menu «Vary image»: variations of a picture."""

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.arrivals import arrival_of
from bot.delivery.doors import InteractionDoor
from bot.delivery.line import Line
from bot.delivery.trouble import Obstacle
from bot.errors import InvalidRequest
from bot.image_api.models import Models
from bot.model import Way
from bot.request import COUNT_MAX, PROMPT_MAX_CHARS, ImageRequest, Operation, Source
from bot.store.history import History
from bot.studio import Studio
from bot.ui.choices import matching

Directions = app_commands.Range[str, 1, PROMPT_MAX_CHARS]
Count = app_commands.Range[int, 1, COUNT_MAX]

LOOK_TIMEOUT_S = 1.5  # Discord wants the first answer within 3 s
NO_PICTURE_HERE = "Which picture? Add one as `image`, or use the menu of a message with a picture: Apps → Vary image."
NO_PICTURE_THERE = "That message has no picture that I could vary."


class Vary(commands.Cog):
    def __init__(self, bot: ImageBot, studio: Studio, models: Models, history: History, line: Line) -> None:
        self._bot = bot
        self._line = line
        self._studio = studio
        self._models = models
        self._history = history
        self._menu = app_commands.ContextMenu(name="Vary image", callback=self.vary_image)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.describe(
        image="The picture to vary: PNG, JPEG or WebP (empty: my last picture in this channel)",
        prompt="What should be different (empty: surprise me)",
        model="Which model paints (empty: this bot's default)",
        count="How many variations (1 to 10)",
        private="Show the pictures to me alone",
    )
    async def vary(
        self,
        interaction: discord.Interaction[ImageBot],
        image: discord.Attachment | None = None,
        prompt: Directions = "",
        model: str | None = None,
        count: Count = 1,
        private: bool = False,
    ) -> None:
        """Paint variations of a picture."""
        source = source_of([image]) if image else await self._last_public(interaction)
        if source is None:
            raise InvalidRequest(NO_PICTURE_HERE)
        request = ImageRequest.vary(source, prompt=prompt, model=model, count=count, private=private)
        await self._studio.accept(request, arrival_of(interaction, Way.SLASH), InteractionDoor(interaction))

    async def _last_public(self, interaction: discord.Interaction[ImageBot]) -> Source | None:
        """The channel's last public picture of ours, if the member may read it there himself."""
        if interaction.channel_id is None or not interaction.permissions.read_message_history:
            return None
        channel = self._bot.get_partial_messageable(interaction.channel_id)
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                for message_id in await self._history.last_public(interaction.channel_id):
                    if source := await self._source_in(channel, message_id):
                        return source
        except TimeoutError:
            return None  # the first answer must not wait for it: the member names a picture instead
        return None

    async def _source_in(self, channel: discord.PartialMessageable, message_id: int) -> Source | None:
        try:
            message = await self._line.once(
                lambda: channel.fetch_message(message_id), bucket=f"read {channel.id}", within_s=LOOK_TIMEOUT_S
            )
        except Obstacle:
            return None  # deleted since, not readable for us, or too slow
        return source_of(message.attachments)

    async def vary_image(self, interaction: discord.Interaction[ImageBot], message: discord.Message) -> None:
        source = source_of(message.attachments)
        if source is None:
            raise InvalidRequest(NO_PICTURE_THERE)
        request = ImageRequest.vary(source, private=message.flags.ephemeral)
        await self._studio.accept(request, arrival_of(interaction, Way.MENU), InteractionDoor(interaction))

    @vary.autocomplete("model")
    async def models(self, _: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        return matching(typed, [model.id for model in self._models.usable(Operation.VARY)])


def source_of(attachments: Sequence[discord.Attachment]) -> Source | None:
    """The first attachment that may be a picture; its content decides later, whatever it is called."""
    pictures = [each for each in attachments if (each.content_type or "image/").startswith("image/")]
    return Source(url=(pictures or attachments)[0].url) if attachments else None


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Vary(bot, bot.rooms.studio, bot.rooms.models, bot.rooms.history, bot.rooms.line))
