"""Taking a result away again, for those who may."""

import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_CHANNEL, NO_MESSAGE, Obstacle, Refused
from bot.errors import NotAllowed, NotDeleted
from bot.model import Job
from bot.store.artifacts import Artifacts

GO_ON_S = 60.0  # somebody looks at a spinner; the button is still there afterwards
CANNOT_SEE = "I am missing the permission to see this channel, so I cannot delete it."


class Removal:
    def __init__(self, client: discord.Client, line: Line, artifacts: Artifacts) -> None:
        self._client = client
        self._line = line
        self._artifacts = artifacts

    async def remove(self, job: Job, channel_id: int) -> None:
        """Delete the messages of a job's result that stand in this channel; those that are gone already are no trouble.

        Raises:
            NotAllowed: the bot may not. NotDeleted: Discord did not do it.
        """
        channel = self._client.get_partial_messageable(channel_id)
        patience = self._line.patience(GO_ON_S)
        for post in await self._artifacts.posts(job.id):
            if post.message_id is None or post.channel_id != channel_id:
                continue
            message = channel.get_partial_message(post.message_id)
            try:
                await self._line.often(message.delete, bucket=f"delete {channel_id}", patience=patience)
            except Refused as error:
                if error.status == 403:
                    raise NotAllowed(CANNOT_SEE) from error
                if error.code not in (NO_MESSAGE, NO_CHANNEL):
                    raise NotDeleted(detail=error.detail) from error
            except Obstacle as error:
                raise NotDeleted(detail=error.detail) from error
