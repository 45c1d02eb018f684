"""Messages of ours that are taken away again: a result, for those who may, and all that an erased member wants gone."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_CHANNEL, NO_MESSAGE, Obstacle, Refused
from bot.errors import NotAllowed, NotDeleted
from bot.model import Job
from bot.store.artifacts import Artifacts
from bot.store.erasures import Erasures

log = logging.getLogger(__name__)

GO_ON_S = 60.0  # somebody looks at a spinner; the button is still there afterwards
CANNOT_SEE = "I am missing the permission to see this channel, so I cannot delete it."
AT_A_TIME = 20
AGAIN_AFTER = timedelta(minutes=10)  # Discord bans those who are refused too often
GIVEN_UP_AFTER = timedelta(days=1)  # for so long Discord, or a right that is missing, may come back


class Removal:
    def __init__(self, client: discord.Client, line: Line, artifacts: Artifacts, erasures: Erasures) -> None:
        self._client = client
        self._line = line
        self._artifacts = artifacts
        self._erasures = erasures

    async def remove(self, job: Job, channel_id: int) -> None:
        """Delete the messages of a job's result that stand in this channel; those that are gone already are no trouble.

        Raises:
            NotAllowed: the bot may not. NotDeleted: Discord did not do it.
        """
        patience = self._line.patience(GO_ON_S)
        for post in await self._artifacts.posts(job.id):
            if post.message_id is None or post.channel_id != channel_id:
                continue
            delete = self._deletion(channel_id, post.message_id)
            try:
                await self._line.often(delete, bucket=_bucket(channel_id), patience=patience)
            except Obstacle as error:
                if isinstance(error, Refused) and error.status == 403:
                    raise NotAllowed(CANNOT_SEE) from error
                if not _is_gone(error):
                    raise NotDeleted(detail=error.detail) from error

    async def remove_erased(self, *, at: datetime) -> None:
        """Some of what erased members want gone, one after the other; what is not ours to delete any more is left."""
        deleted = left = 0
        for unpost in await self._erasures.to_unpost(most=AT_A_TIME, at=at):
            if await self._is_deleted(unpost.channel_id, unpost.message_id):
                deleted += 1
            elif at - unpost.asked_at > GIVEN_UP_AFTER:
                left += 1
            else:
                await self._erasures.unpost_later(unpost, at=at + AGAIN_AFTER)
                continue
            await self._erasures.unposted(unpost)
        if deleted or left:
            log.info("unposted messages=%d left=%d", deleted, left)

    async def _is_deleted(self, channel_id: int, message_id: int) -> bool:
        """Try once: whether it is gone."""
        try:
            await self._line.once(self._deletion(channel_id, message_id), bucket=_bucket(channel_id))
        except Obstacle as error:
            if _is_gone(error):
                return True
            log.info("not unposted detail=%s", error.detail)
            return False
        return True

    def _deletion(self, channel_id: int, message_id: int) -> Callable[[], Awaitable[None]]:
        return self._client.get_partial_messageable(channel_id).get_partial_message(message_id).delete


def _bucket(channel_id: int) -> str:
    return f"delete {channel_id}"


def _is_gone(error: Obstacle) -> bool:
    return isinstance(error, Refused) and error.code in (NO_MESSAGE, NO_CHANNEL)
