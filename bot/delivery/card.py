"""The card of a request after its first answer: edited in place while Discord allows it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary

import discord

from bot.clock import Clock
from bot.delivery.doors import CARD
from bot.delivery.trouble import UNREACHABLE, Closed, TooLarge, is_too_large
from bot.errors import StoreError
from bot.model import Job, JobState, Picture, Post, Way
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs
from bot.ui.faces import Face
from bot.ui.results import preview_name
from bot.ui.text import alt_text

log = logging.getLogger(__name__)

EDIT_TIMEOUT_S = 15.0
UPLOAD_TIMEOUT_S = 120.0
PREVIEW_TIMEOUT_S = 5.0  # well within EDIT_TIMEOUT_S, which words that wait behind a preview have in all
LATE_S = 60.0  # for so long Discord may still carry out an edit that was given up


class Cards:
    """Every edit goes behind its card's lock. Words take a preview off the card, and never a result."""

    def __init__(self, client: discord.Client, jobs: Jobs, artifacts: Artifacts, clock: Clock) -> None:
        self._client = client
        self._jobs = jobs
        self._artifacts = artifacts
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._clock = clock
        self._with_pictures: set[int] = set()
        self._given_up_at: dict[int, datetime] = {}  # a preview that Discord had not answered by then

    async def opened(self, job: Job, message_id: int | None) -> Job:
        """Remember the card that the first answer made: of a reply at once, of an interaction with the next change.

        (`@original` names the latter until then, also to a successor.)
        """
        if message_id is None:
            return job
        if job.arrival.way is Way.REPLY:
            await self._artifacts.post(job.id, Post(CARD, job.arrival.place.channel_id, message_id))
            return job
        return replace(job, card_message_id=message_id)

    async def show(self, job: Job, face: Face) -> bool:
        """Change the card's text and buttons; whether that worked. A card is a courtesy: this never raises.

        A card that shows pictures keeps its text: a change that was overtaken by them comes too late.
        """
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S), self._lock(job):
                return await self._put(job, face)
        except (*UNREACHABLE, StoreError) as error:
            log.info("card not changed job=%d error=%s", job.id, type(error).__name__)
            return False

    async def _put(self, job: Job, face: Face) -> bool:
        now = await self._newest(job)
        if await self._shows_pictures(now):
            return True
        if now.arrival.token is None and job.arrival.way is Way.REPLY:
            return await self._edit_reply(job, face)
        return await self._edit(now, face) is not None

    async def show_unread(self, job: Job, face: Face) -> bool:
        """`show` without the database, which may not be readable: for the card as this job knows it. Never raises."""
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S), self._lock(job):
                return await self._edit(job, face) is not None
        except (*UNREACHABLE, StoreError) as error:
            log.info("card not changed job=%d error=%s", job.id, type(error).__name__)
            return False

    async def show_last(self, job: Job, face: Face) -> bool:
        """`show` for the end of a job: said once more where a preview without an answer may still come over it."""
        shown = await self.show(job, face)
        if shown and (late_s := self._late_s(job.id)):
            await self._clock.sleep(late_s)
            await self.show(job, face)
        return shown

    async def retire(self, job: Job, face: Face) -> None:
        """The card's last text before its token ends, and the end of that token: no preview comes in between."""
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S), self._lock(job):
                await self._put(job, face)
                await self._jobs.drop_token(job)
        except (*UNREACHABLE, StoreError) as error:
            log.info("card not retired job=%d error=%s", job.id, type(error).__name__)

    async def show_preview(self, job: Job, face: Face, picture: Picture) -> bool:
        """Put a preview on the private card of a job that is being painted; whether the card takes more. Never raises.

        Whether it is still being painted is looked up behind the card's lock, and what is said of the end comes after
        that end is written down: so a preview never comes over the last words or the pictures.
        """
        try:
            async with asyncio.timeout(PREVIEW_TIMEOUT_S), self._lock(job):
                now = await self._jobs.get(job.id)
                if now.state is JobState.PAINTING and now.arrival.token is not None:
                    await self._upload_preview(now, face, picture)
                return True
        except (*UNREACHABLE, StoreError) as error:
            log.info("preview not shown job=%d error=%s", job.id, type(error).__name__)
            return isinstance(error, discord.HTTPException) and is_too_large(error)

    async def _upload_preview(self, job: Job, face: Face, picture: Picture) -> None:
        words, name = alt_text(job.request.prompt), preview_name(picture)
        file = await asyncio.to_thread(discord.File, picture.file, name, description=words)
        try:
            await self._edit(job, face, [file])
        except (discord.HTTPException, StoreError):
            raise  # answered all the same
        except BaseException:
            self._given_up_at[job.id] = self._clock.now()
            raise
        finally:
            file.close()

    def _late_s(self, job_id: int) -> float:
        """For how many seconds a preview that was given up may still come over what the card says."""
        since = self._given_up_at.get(job_id)
        return 0.0 if since is None else max(0.0, LATE_S - (self._clock.now() - since).total_seconds())

    async def show_pictures(self, job: Job, face: Face, files: Sequence[discord.File]) -> int:
        """Put pictures on a private card; its message id.

        Raises:
            TooLarge: Discord does not take the files for their size.
            Closed: the card cannot be reached any more, or what is put there might be lost again.
        """
        try:
            async with asyncio.timeout(UPLOAD_TIMEOUT_S), self._lock(job):
                if self._late_s(job.id):
                    raise Closed(detail="card: a preview may still come over it")
                message_id = await self._edit(await self._newest(job), face, files)
                self._with_pictures.add(job.id)
        except UNREACHABLE as error:
            if isinstance(error, discord.HTTPException) and is_too_large(error):
                raise TooLarge from error
            raise Closed(detail=f"card: {type(error).__name__}") from error
        if message_id is None:
            raise Closed(detail="card")
        return message_id

    def forget(self, job_id: int) -> None:
        """The job does not run here any more, or its card is another one now."""
        self._with_pictures.discard(job_id)
        self._given_up_at.pop(job_id, None)

    def _lock(self, job: Job) -> asyncio.Lock:
        return self._locks.setdefault(job.id, asyncio.Lock())

    async def _shows_pictures(self, job: Job) -> bool:
        """Whether pictures of the result stand on the card; a process that has died may have put them there."""
        if job.id in self._with_pictures:
            return True
        shown_on = {post.message_id for post in await self._artifacts.posts(job.id) if post.numbers}
        return job.card_message_id is not None and job.card_message_id in shown_on

    async def _newest(self, job: Job) -> Job:
        """With the token of the last click; a token that was erased after the end stays so: what comes now is old."""
        now = await self._jobs.get(job.id)
        return now if now.arrival.token is not None or now.is_ended or job.arrival.token is None else job

    async def _edit(self, job: Job, face: Face, files: Sequence[discord.File] = ()) -> int | None:
        """The private card's id, or None when there is no token left to change it with.

        Only `files` stand on the card afterwards: a preview goes with the next edit, also one of a dead process.
        """
        if job.arrival.token is None:
            return None
        # a reply brings no application id; the token of a later click on its pictures needs ours
        application_id = job.arrival.application_id or self._client.application_id or 0
        webhook = discord.Webhook.partial(application_id, job.arrival.token, client=self._client)
        # `@original` names the first answer as well as its id does, also when its fate was unknown
        edited = await webhook.edit_message(
            job.card_message_id or "@original",  # type: ignore[arg-type]
            content=face.content,
            view=face.view,
            attachments=files,
        )
        if job.card_message_id is None and not job.is_ended:
            await self._jobs.set_card(job.id, edited.id)  # also a successor has to know a card with pictures
        return edited.id

    async def _edit_reply(self, job: Job, face: Face) -> bool:
        message = await self._reply_card(job)
        if message is None:
            return False
        await message.edit(content=face.content, view=face.view)
        return True

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
            if post.part == CARD and post.message_id is not None:
                return self._client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)
        return None
