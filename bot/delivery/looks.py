"""Looking at what the bot itself has written in a channel: whether something stands there after all."""

from functools import partial

import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_CHANNEL, Later, Refused, TooLarge, Undecided

PAGE_MAX = 100


class Looks:
    def __init__(self, client: discord.Client, line: Line) -> None:
        self._client = client
        self._line = line

    async def ours(self, channel_id: int, *, after_id: int) -> list[discord.Message]:
        """Our messages that stand in the channel since then, oldest first; of a channel that is gone none.

        Raises:
            Undecided: the channel cannot be read.
            Later, Unknown: not now.
        """
        try:
            if not await self._may_read(channel_id):
                raise Undecided(detail="no right to read the channel")
            return await self._read(channel_id, after_id)
        except Refused as error:
            if error.code == NO_CHANNEL:
                return []
            raise Undecided(detail=error.detail) from error
        except TooLarge as error:
            raise Undecided(detail=error.detail) from error

    async def _read(self, channel_id: int, after_id: int) -> list[discord.Message]:
        channel = self._client.get_partial_messageable(channel_id)
        me = self._client.user
        ours: list[discord.Message] = []
        while True:
            page = await self._line.once(partial(_page, channel, discord.Object(after_id)), bucket=f"read {channel_id}")
            ours += [message for message in page if me is not None and message.author.id == me.id]
            if len(page) < PAGE_MAX:
                return ours
            after_id = page[-1].id

    async def _may_read(self, channel_id: int) -> bool:
        """Without Read Message History Discord shows an empty channel, which looks as if nothing had been posted."""
        channel = self._client.get_channel(channel_id)
        if channel is None:  # an archived thread, a conversation of another process, or we have only just connected
            channel = await self._line.once(
                lambda: self._client.fetch_channel(channel_id), bucket=f"channel {channel_id}"
            )
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return True
        me: discord.Member | None = channel.guild.me
        if me is None or (isinstance(channel, discord.Thread) and channel.parent is None):
            raise Later("its server has not been heard of yet")
        return channel.permissions_for(me).read_message_history


async def _page(channel: discord.PartialMessageable, after: discord.Object) -> list[discord.Message]:
    return [message async for message in channel.history(after=after, limit=PAGE_MAX)]
