"""/quota: what is left, when it refills, what was used, and pictures that wait."""

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.delivery.arrivals import arrival_of
from bot.delivery.doors import InteractionDoor
from bot.model import Way
from bot.store.history import History
from bot.store.quotas import Quotas
from bot.ui.quotas import standing


class Quota(commands.Cog):
    def __init__(self, quotas: Quotas, history: History, kept_for: timedelta) -> None:
        self._quotas = quotas
        self._history = history
        self._kept_for = kept_for

    @app_commands.command()
    async def quota(self, interaction: discord.Interaction[ImageBot]) -> None:
        """See how many pictures you have left today."""
        arrival = arrival_of(interaction, Way.SLASH)
        user_id, guild_id = arrival.requester.user_id, arrival.place.guild_id
        face = standing(
            await self._quotas.member(arrival.requester, guild_id),
            await self._history.recent(user_id, guild_id),
            await self._history.waiting(user_id),
            kept_for=self._kept_for,
        )
        await InteractionDoor(interaction).answer(face)


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Quota(bot.rooms.quotas, bot.rooms.history, bot.rooms.pictures_wait))
