"""/models: what can be used here."""

from datetime import date

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.clock import Clock
from bot.delivery.doors import InteractionDoor
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
        text = details(chosen, today) if chosen else self._overview(today)
        await InteractionDoor(interaction).answer(words(text))

    def _overview(self, today: date) -> str:
        default = self._models.default_or_none(Operation.IMAGINE)
        return overview(self._models.all(), default, today, self._models.endings())

    @models.autocomplete("model")
    async def names(self, _: discord.Interaction[ImageBot], typed: str) -> list[app_commands.Choice[str]]:
        return matching(typed, [model.id for model in self._models.all()])


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Models(bot.rooms.models, bot.rooms.clock))
