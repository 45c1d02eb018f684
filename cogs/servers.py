"""Servers that remove the bot, or invite it. An outage of a server is neither: discord.py tells it by another event."""

import discord
from discord.ext import commands

from bot.client import ImageBot
from bot.privacy.moving_out import MovingOut


class Servers(commands.Cog):
    def __init__(self, moving_out: MovingOut) -> None:
        self._moving_out = moving_out

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._moving_out.left(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._moving_out.joined(guild.id)


async def setup(bot: ImageBot) -> None:
    await bot.add_cog(Servers(bot.rooms.moving_out))
