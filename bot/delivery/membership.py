"""Which servers the bot is in, as Discord says."""

import asyncio

import discord

from bot.delivery.trouble import UNREACHABLE

ASK_TIMEOUT_S = 30.0
NO_SERVER, NO_ACCESS = 10004, 50001  # Discord: JSON error codes


class Membership:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def servers(self) -> set[int] | None:
        """Those that the gateway named, also where an outage hides them; None while it has not named all of them."""
        return {guild.id for guild in self._client.guilds} if self._client.is_ready() else None

    async def has_ended(self, guild_id: int) -> bool:
        """Whether Discord says outright that the bot is not in that server; what it does not answer is no."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                await self._client.fetch_guild(guild_id, with_counts=False)
        except UNREACHABLE as error:
            return isinstance(error, discord.HTTPException) and error.code in (NO_SERVER, NO_ACCESS)
        return False
