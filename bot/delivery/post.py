"""One message of a result, posted once.

A nonce makes Discord itself answer a repeated post with the first message; after an unknown outcome the
channel is read for our own buttons before anything is posted again.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.clock import Clock
from bot.delivery.trouble import UNREACHABLE, Closed, TooLarge, Undecided, is_too_large
from bot.model import Job, Picture, Post
from bot.store.artifacts import Artifacts
from bot.ui.buttons import Action, Press
from bot.ui.results import file_name
from bot.ui.text import alt_text

log = logging.getLogger(__name__)

POST_TIMEOUT_S = 120.0
TRIES = 5
POSTS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the text, who may be pinged, the pictures as they are sent."""

    content: str
    view: discord.ui.View
    pictures: Sequence[Picture]
    mentions: discord.AllowedMentions


class Posts:
    def __init__(self, client: discord.Client, artifacts: Artifacts, clock: Clock) -> None:
        self._client = client
        self._artifacts = artifacts
        self._clock = clock
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE)
        self._channels: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def send(self, job: Job, part: str, channel_id: int, message: Message) -> Post:
        """Post one message of a job's result.

        Raises:
            Closed, Undecided, TooLarge.
        """
        numbers = tuple(picture.index for picture in message.pictures)
        await self._artifacts.post(job.id, Post(part, channel_id, None, numbers))
        message_id = await self._send(job, part, channel_id, message)
        post = Post(part, channel_id, message_id, numbers)
        await self._artifacts.post(job.id, post)
        return post

    async def _send(self, job: Job, part: str, channel_id: int, message: Message) -> int:
        """One after the other in a channel, which Discord would enforce with rate limits, and a few at once in all."""
        async with self._channels.setdefault(channel_id, asyncio.Lock()), self._slots:
            return await self._persist(job, part, channel_id, message)

    async def _persist(self, job: Job, part: str, channel_id: int, message: Message) -> int:
        channel = self._client.get_partial_messageable(channel_id)
        for attempt in range(TRIES):
            try:
                async with asyncio.timeout(POST_TIMEOUT_S):
                    sent = await channel.send(
                        message.content,
                        files=await asyncio.to_thread(open_files, job, message.pictures),
                        view=message.view,
                        nonce=f"{job.id}.{part}",
                        allowed_mentions=message.mentions,
                    )
                return sent.id
            except discord.HTTPException as error:
                _raise_if_refused(error)
                log.warning("post failed job=%d part=%s status=%d code=%d", job.id, part, error.status, error.code)
                if error.status == 429:  # surely not posted: no need to look
                    await self._clock.sleep(2.0**attempt)
                    continue
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                log.warning("post unknown job=%d part=%s error=%s", job.id, part, type(error).__name__)
            await self._clock.sleep(2.0**attempt)
            for found in await self.find(job, channel_id):
                if set(found.numbers) & {picture.index for picture in message.pictures}:
                    assert found.message_id is not None, "what was found in a channel has an id"
                    return found.message_id
        raise Closed(detail="Discord did not take the post")

    async def find(self, job: Job, channel_id: int) -> list[Post]:
        """The messages of this job's result that stand in the channel, recognised by our own buttons.

        Raises:
            Undecided: the channel cannot be read.
        """
        if not self._may_read(job, channel_id):
            raise Undecided(detail="no right to read the channel")
        channel = self._client.get_partial_messageable(channel_id)
        found: list[Post] = []
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                async for message in channel.history(after=discord.Object(job.id), limit=None):
                    if numbers := _numbers(job, message):
                        found.append(Post(str(len(found)), channel_id, message.id, numbers))
        except UNREACHABLE as error:
            raise Undecided(detail=type(error).__name__) from error
        return found

    def _may_read(self, job: Job, channel_id: int) -> bool:
        """Without Read Message History Discord shows an empty channel, which looks as if nothing had been posted."""
        channel = self._client.get_channel(channel_id)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return channel.permissions_for(channel.guild.me).read_message_history
        place = job.arrival.place
        return place.guild_id is None or channel_id != place.channel_id  # a direct conversation


def _raise_if_refused(error: discord.HTTPException) -> None:
    """A refusal did surely nothing; server errors and rate limits are tried again."""
    if is_too_large(error):
        raise TooLarge from error
    if 400 <= error.status < 500 and error.status != 429:
        raise Closed(detail=f"status={error.status} code={error.code}") from error


def _numbers(job: Job, message: discord.Message) -> tuple[int, ...]:
    """Which pictures of the job a message holds, told from its V buttons."""
    presses = [
        Press.parse(item.custom_id)
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for item in row.children
        if item.custom_id
    ]
    return tuple(
        press.number - 1 for press in presses if press and press.action is Action.VARY and press.key == job.key
    )


def open_files(job: Job, pictures: Sequence[Picture]) -> list[discord.File]:
    """The pictures as uploads; discord.py streams and closes them."""
    words = alt_text(job.request.prompt)
    return [discord.File(picture.file, filename=file_name(picture), description=words) for picture in pictures]
