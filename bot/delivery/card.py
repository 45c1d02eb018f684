"""The card of a request after its first answer: edited in place while Discord allows it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import aiohttp
import discord

from bot.delivery.trouble import UNREACHABLE
from bot.errors import StoreError
from bot.model import Job, Post, Way
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs
from bot.ui.faces import Face

log = logging.getLogger(__name__)

EDIT_TIMEOUT_S = 15.0
UPLOAD_TIMEOUT_S = 120.0
PART = "c"


class Cards:
    def __init__(self, client: discord.Client, jobs: Jobs, artifacts: Artifacts) -> None:
        self._client = client
        self._jobs = jobs
        self._artifacts = artifacts

    async def opened(self, job: Job, message_id: int | None) -> Job:
        """Remember the card that the first answer made: of a reply at once, of an interaction with the next change.

        (`@original` names the latter until then, also to a successor.)
        """
        if message_id is None:
            return job
        if job.arrival.way is Way.REPLY:
            await self._artifacts.post(job.id, Post(PART, job.arrival.place.channel_id, message_id))
            return job
        return replace(job, card_message_id=message_id)

    async def show(self, job: Job, face: Face, files: Sequence[discord.File] = ()) -> int | None:
        """Change the card; its message id, or None when that did not work. A card is a courtesy: this never raises."""
        try:
            async with asyncio.timeout(UPLOAD_TIMEOUT_S if files else EDIT_TIMEOUT_S):
                now = await self._jobs.get(job.id)  # a click may have brought a newer token
                if now.is_ended:
                    now = job
                if now.arrival.token is None and job.arrival.way is Way.REPLY:
                    return await self._edit_reply(job, face)
                return await self._edit_private(now, face, files)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError, StoreError) as error:
            log.info("card not changed job=%d error=%s", job.id, type(error).__name__)
            return None

    async def _edit_private(self, job: Job, face: Face, files: Sequence[discord.File]) -> int | None:
        if job.arrival.token is None:
            return None
        webhook = discord.Webhook.partial(job.arrival.application_id, job.arrival.token, client=self._client)
        # `@original` names the first answer as well as its id does, also when its fate was unknown
        edited = await webhook.edit_message(
            job.card_message_id or "@original",  # type: ignore[arg-type]
            content=face.content,
            view=face.view,
            attachments=list(files),
        )
        if job.card_message_id is None:
            await self._jobs.set_card(job.id, edited.id)  # also a successor has to know a card with pictures
        return edited.id

    async def _edit_reply(self, job: Job, face: Face) -> int | None:
        message = await self._reply_card(job)
        if message is None:
            return None
        await message.edit(content=face.content, view=face.view)
        return message.id

    async def remove(self, job: Job) -> None:
        """Take a reply's card away: the result stands in the channel now."""
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S):
                if message := await self._reply_card(job):
                    await message.delete()
        except UNREACHABLE as error:
            log.info("card not removed job=%d error=%s", job.id, type(error).__name__)

    async def _reply_card(self, job: Job) -> discord.PartialMessage | None:
        for post in await self._artifacts.posts(job.id):
            if post.part == PART and post.message_id is not None:
                return self._client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)
        return None
