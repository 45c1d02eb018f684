"""One message of a result, posted once, however long that takes.

A nonce makes Discord itself answer a repeated post with the first message; after an unknown outcome the
channel is read for our own buttons before anything is posted again.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakValueDictionary

import discord

from bot.delivery.line import LATE_S, Line
from bot.delivery.looks import Looks
from bot.delivery.patience import Patience
from bot.delivery.trouble import Closed, Later, Obstacle, Passing, TooLarge, Undecided, Unknown
from bot.model import Job, Picture, Post
from bot.opening import opened
from bot.store.artifacts import Artifacts
from bot.ui.buttons import Action, Press
from bot.ui.results import file_name
from bot.ui.text import alt_text

log = logging.getLogger(__name__)

POSTS_AT_ONCE = 16
ELSEWHERE_AFTER_S = 180.0  # a channel that does not take a post for so long, while Discord answers, is given up


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the text, who may be pinged, the pictures as they are sent."""

    content: str
    view: discord.ui.View
    pictures: Sequence[Picture]
    mentions: discord.AllowedMentions

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(picture.index for picture in self.pictures)


class Posts:
    def __init__(self, client: discord.Client, line: Line, looks: Looks, artifacts: Artifacts) -> None:
        self._client = client
        self._line = line
        self._looks = looks
        self._artifacts = artifacts
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE)
        self._channels: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def send(self, job: Job, part: str, channel_id: int, message: Message, patience: Patience) -> Post:
        """Post one message of a job's result.

        Raises:
            Closed, Undecided, TooLarge.
        """
        await self._artifacts.post(job.id, Post(part, channel_id, None, message.numbers))
        message_id = await _Posting(self, job, part, channel_id, message, patience).persist()
        post = Post(part, channel_id, message_id, message.numbers)
        await self._artifacts.post(job.id, post)
        return post

    async def forget(self, job: Job, part: str) -> None:
        """It was surely never posted: nobody has to look for it."""
        await self._artifacts.forget_post(job.id, part)

    async def once(self, job: Job, part: str, channel_id: int, message: Message) -> int:
        """One try; one after the other in a channel, which Discord would enforce with limits, and a few at once in all.

        Who pauses between two tries holds neither.
        """
        channel = self._client.get_partial_messageable(channel_id)
        size_bytes = sum(picture.size_bytes for picture in message.pictures)
        async with self._channels.setdefault(channel_id, asyncio.Lock()), self._slots:
            files = await open_files(job, message.pictures)
            try:
                sent = await self._line.once(
                    lambda: channel.send(
                        message.content,
                        files=files,
                        view=message.view,
                        nonce=f"{job.id}.{part}",
                        allowed_mentions=message.mentions,
                    ),
                    bucket=f"post {channel_id}",
                    within_s=self._line.deadlines.upload_of(size_bytes),
                )
            finally:
                close_files(files)  # one that never left was not closed by sending it
        return sent.id

    async def discord_answers(self, job: Job) -> bool:
        """Whether Discord answers at all, so that it is this one channel that does not."""
        try:
            await self._line.once(lambda: self._client.fetch_user(job.arrival.requester.user_id), bucket="people")
        except Passing:
            return False
        except Obstacle:
            pass
        return True

    async def find(self, job: Job, channel_id: int) -> list[Post]:
        """The messages of this job's result that stand in the channel, recognised by our own buttons.

        Raises:
            Undecided: the channel cannot be read.
            Later, Unknown: not now.
        """
        ours = await self._looks.ours(channel_id, after_id=job.id)
        with_pictures = [(message.id, numbers) for message in ours if (numbers := _numbers(job, message))]
        return [Post(str(number), channel_id, *found) for number, found in enumerate(with_pictures)]

    async def find_patiently(self, job: Job, channel_id: int, patience: Patience) -> list[Post]:
        """
        Raises:
            Undecided: the channel cannot be read, or did not answer for too long.
        """
        while True:
            try:
                return await self.find(job, channel_id)
            except Passing as error:
                if not await patience.pause(error):
                    raise Undecided(detail=error.detail) from error


class _Posting:
    """A message on its way: what its tries have come to so far."""

    def __init__(
        self, posts: Posts, job: Job, part: str, channel_id: int, message: Message, patience: Patience
    ) -> None:
        self._posts = posts
        self._job = job
        self._part = part
        self._channel_id = channel_id
        self._message = message
        self._patience = patience
        self._alone_since_s: float | None = None  # this channel fails, while everything else answers
        self._is_unsure = False  # it may stand there
        self._was_unsure = False  # whatever a look said
        self._may_come_late = False  # the last try was given up without an answer

    async def persist(self) -> int:
        """Try until it stands there; its message id.

        Raises:
            Closed, Undecided, TooLarge.
        """
        try:
            while True:
                try:
                    return await self._step()
                except Passing as error:
                    self._remember(error)
                    if not await self._patience.pause(error):
                        break
        except (Closed, TooLarge):
            if not self._was_unsure:
                await self._posts.forget(self._job, self._part)
            raise
        if self._is_unsure:
            raise Undecided(detail="no answer for too long")
        raise Closed(detail="Discord did not take the post")

    async def _step(self) -> int:
        if self._is_unsure:
            if (there := await self._found()) is not None:
                return there
            if self._has_been_alone_for_long():
                await self._patience.pause(Later("may come late", LATE_S if self._may_come_late else None))
                if (there := await self._found()) is not None:
                    return there
                raise Closed(detail="this channel does not take it, everything else answers")
            self._is_unsure = False
        try:
            return await self._posts.once(self._job, self._part, self._channel_id, self._message)
        except Unknown as error:
            self._may_come_late = error.may_come_late
            await self._compare()
            raise

    async def _compare(self) -> None:
        """Whether it is this channel alone that fails is asked in the moment in which it does."""
        if not await self._posts.discord_answers(self._job):
            self._alone_since_s = None
        elif self._alone_since_s is None:
            self._alone_since_s = self._patience.used_s

    def _has_been_alone_for_long(self) -> bool:
        since_s = self._alone_since_s
        return since_s is not None and self._patience.used_s - since_s > ELSEWHERE_AFTER_S

    async def _found(self) -> int | None:
        for found in await self._posts.find(self._job, self._channel_id):
            if set(found.numbers) & set(self._message.numbers):
                return found.message_id
        return None

    def _remember(self, error: Passing) -> None:
        if isinstance(error, Unknown):
            self._is_unsure = self._was_unsure = True
        if self._patience.is_worth_a_line:
            log.warning(
                "post put off job=%d part=%s tries=%d unsure=%s detail=%s",
                *(self._job.id, self._part, self._patience.tries + 1, self._is_unsure, error.detail),
            )


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


async def open_files(job: Job, pictures: Sequence[Picture]) -> list[discord.File]:
    """The pictures as uploads; discord.py streams and closes them.

    Raises:
        Later: the disk or the system does not give them out right now.
        FileNotFoundError: one is not there any more.
    """
    return await opened(partial(_open_files, job, pictures), close_files)


def close_files(files: Iterable[discord.File]) -> None:
    for file in files:
        file.close()


def _open_files(job: Job, pictures: Sequence[Picture]) -> list[discord.File]:
    words = alt_text(job.request.prompt)
    files: list[discord.File] = []
    try:
        for picture in pictures:
            upload = discord.File(picture.file, filename=file_name(picture), description=words)
            files.append(upload)
    except OSError as error:
        close_files(files)
        if isinstance(error, FileNotFoundError):
            raise
        raise Later(f"picture not opened: {error.strerror}") from error
    return files
