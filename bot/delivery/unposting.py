"""Deleting messages of ours that their member wants gone, a few at a time."""

import logging
from datetime import datetime, timedelta

import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_CHANNEL, NO_MESSAGE, Obstacle, Refused
from bot.store.erasures import Erasures

log = logging.getLogger(__name__)

AT_A_TIME = 20
AGAIN_AFTER = timedelta(minutes=10)  # Discord bans those who are refused too often
GIVEN_UP_AFTER = timedelta(days=1)  # for so long Discord, or a right that is missing, may come back


class Unposting:
    def __init__(self, client: discord.Client, line: Line) -> None:
        self._client = client
        self._line = line

    async def some(self, erasures: Erasures, *, at: datetime) -> None:
        """One after the other, as fast as Discord lets us; what is not ours to delete any more is left."""
        deleted = left = 0
        for unpost in await erasures.to_unpost(most=AT_A_TIME, at=at):
            if await self._delete(unpost.channel_id, unpost.message_id):
                deleted += 1
            elif at - unpost.asked_at > GIVEN_UP_AFTER:
                left += 1
            else:
                await erasures.unpost_later(unpost, at=at + AGAIN_AFTER)
                continue
            await erasures.unposted(unpost)
        if deleted or left:
            log.info("unposted messages=%d left=%d", deleted, left)

    async def _delete(self, channel_id: int, message_id: int) -> bool:
        """Whether it is gone."""
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await self._line.once(message.delete, bucket=f"delete {channel_id}")
        except Obstacle as error:
            if isinstance(error, Refused) and error.code in (NO_MESSAGE, NO_CHANNEL):
                return True
            log.info("not unposted detail=%s", error.detail)
            return False
        return True
