"""/models: what can be used here."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.clock import Clock
from bot.delivery.doors import InteractionDoor
from bot.errors import InvalidRequest
from bot.image_api.facts import ModelFacts
from bot.image_api.models import Models as ModelList
from bot.request import Operation
from bot.ui.choices import matching
from bot.ui.faces import words
from bot.ui.models import details, overview


class Models(commands.Cog):
    def __init__(self, models: ModelList, clock: Clock) -> None:
        self._models = models
        self._clock = clock

    @app_commands.command()
    @app_commands.describe(model="One model in detail (empty: all of them)")
    async def models(self, interaction: discord.Interaction[ImageBot], model: str | None = None) -> None:
        """See which models paint here: sizes, qualities, prices, retirement."""
        today = self._clock.now().date()
        chosen = self._models.find(model) if model else None
        text = (
            details(chosen, today) if chosen else overview(self._all(), self._default(), today, self._models.endings())
        )
        await InteractionDoor(interaction).answer(words(text))

    def _all(self) -> list[ModelFacts]:
        painting = self._models.usable(Operation.IMAGINE)
        names = {model.id for model in painting}
        return [*painting, *(model for model in self._models.usable(Operation.VARY) if model.id not in names)]

    def _default(self) -> ModelFacts | None:
        try:
            return self._models.default(Operation.IMAGINE)
        except InvalidRequest:
            return None

    @models.autocomplete("model")
    async def names(self, _: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        return matching(typed, [model.id for model in self._all()])


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Models(bot.rooms.models, bot.rooms.clock))
