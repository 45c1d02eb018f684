"""/imagine: pictures from words."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.arrivals import arrival_of
from bot.delivery.doors import InteractionDoor
from bot.errors import InvalidRequest
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.models import Models
from bot.model import Way
from bot.request import COUNT_MAX, PROMPT_MAX_CHARS, ImageRequest, Operation
from bot.studio import Studio
from bot.ui.choices import matching

Prompt = app_commands.Range[str, 1, PROMPT_MAX_CHARS]
Count = app_commands.Range[int, 1, COUNT_MAX]


class Imagine(commands.Cog):
    def __init__(self, studio: Studio, models: Models) -> None:
        self._studio = studio
        self._models = models

    @app_commands.command()
    @app_commands.describe(
        prompt="What to paint, in your own words",
        model="Which model paints (empty: this bot's default)",
        size="Width x height in pixels (empty: the model's own choice)",
        quality="How much work goes into it (empty: the model's own choice)",
        count="How many pictures (1 to 10)",
        private="Show the pictures to me alone",
    )
    async def imagine(
        self,
        interaction: discord.Interaction[ImageBot],
        prompt: Prompt,
        model: str | None = None,
        size: str | None = None,
        quality: str | None = None,
        count: Count = 1,
        private: bool = False,
    ) -> None:
        """Paint pictures from words."""
        request = ImageRequest.imagine(prompt, model=model, size=size, quality=quality, count=count, private=private)
        await self._studio.accept(request, arrival_of(interaction, Way.SLASH), InteractionDoor(interaction))

    @imagine.autocomplete("model")
    async def models(self, _: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        return matching(typed, [model.id for model in self._models.usable(Operation.IMAGINE)])

    @imagine.autocomplete("size")
    async def sizes(self, interaction: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        model = self._facts(interaction)
        return matching(typed, (model.sizes or ()) if model else ())

    @imagine.autocomplete("quality")
    async def qualities(self, interaction: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        model = self._facts(interaction)
        return matching(typed, (model.qualities or ()) if model else ())

    def _facts(self, interaction: discord.Interaction[ImageBot]) -> ModelFacts | None:
        """The model chosen so far, or the one that would be used; None for half a name."""
        chosen = interaction.namespace.model
        try:
            return self._models.find(chosen) if chosen else self._models.default(Operation.IMAGINE)
        except InvalidRequest:
            return None


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Imagine(bot.rooms.studio, bot.rooms.models))
