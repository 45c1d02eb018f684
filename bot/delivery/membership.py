"""Which servers the bot is in, as Discord says."""

from functools import partial

import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_ACCESS, Obstacle, Refused

NO_SERVER = 10004  # Discord: JSON error codes


class Membership:
    def __init__(self, client: discord.Client, line: Line) -> None:
        self._client = client
        self._line = line

    def servers(self) -> set[int] | None:
        """Those that the gateway named, also where an outage hides them; None while it has not named all of them."""
        return {guild.id for guild in self._client.guilds} if self._client.is_ready() else None

    async def has_ended(self, guild_id: int) -> bool:
        """Whether Discord says outright that the bot is not in that server; what it does not answer is no."""
        ask = partial(self._client.fetch_guild, guild_id, with_counts=False)
        try:
            await self._line.once(ask, bucket=f"server {guild_id}")
        except Obstacle as error:
            return isinstance(error, Refused) and error.code in (NO_SERVER, NO_ACCESS)
        return False
