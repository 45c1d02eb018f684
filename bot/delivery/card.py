"""The card of a request after its first answer: edited in place while Discord allows it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from weakref import WeakValueDictionary

import discord

from bot.clock import Clock
from bot.delivery.doors import CARD
from bot.delivery.heard import Heard
from bot.delivery.line import LATE_S, Line
from bot.delivery.looks import Looks
from bot.delivery.trouble import Closed, Later, Obstacle, Undecided, Unknown
from bot.errors import StoreError
from bot.model import Job, JobState, Picture, Post, Way
from bot.opening import opened
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs
from bot.ui.faces import Face
from bot.ui.results import preview_name
from bot.ui.text import alt_text

log = logging.getLogger(__name__)

PREVIEW_TIMEOUT_S = 5.0  # well within what words that wait behind a preview have


class Cards:
    """Every edit goes behind its card's lock. Words take a preview off the card, and never a result."""

    def __init__(
        self, client: discord.Client, line: Line, looks: Looks, jobs: Jobs, artifacts: Artifacts, clock: Clock
    ) -> None:
        self._client = client
        self._line = line
        self._looks = looks
        self._jobs = jobs
        self._artifacts = artifacts
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._clock = clock
        self._with_pictures: set[int] = set()
        self._given_up_at_s: dict[int, float] = {}  # an edit that Discord had not answered by then

    async def awaited(self, job: Job) -> None:
        """A reply's card is public: it is entered before it is posted, so that whoever lives then takes it away."""
        if job.arrival.way is not Way.REPLY:
            return
        try:
            await self._artifacts.post(job.id, Post(CARD, job.arrival.place.channel_id))
        except StoreError as error:  # it shall be posted all the same, and is entered then
            log.warning("card not entered job=%d detail=%s", job.id, error.detail)

    async def opened(self, job: Job, message_id: int | None) -> Job:
        """Remember the card that the first answer made: of a reply at once, of an interaction with the next change.

        (`@original` names the latter until then, also to a successor.) A reply's whose fate is unknown is looked for
        when it is needed.
        """
        if job.arrival.way is Way.REPLY:
            await self._artifacts.post(job.id, Post(CARD, job.arrival.place.channel_id, message_id))
            return job
        return job if message_id is None else replace(job, card_message_id=message_id)

    async def show(self, job: Job, face: Face) -> Heard:
        """One try to change the card's text and buttons. A card is a courtesy: this never raises.

        A change that was overtaken, by pictures on the card or by the end of its job, comes too late.
        """
        return await self._show(job, face, is_last=False)

    async def show_last(self, job: Job, face: Face) -> Heard:
        """`show` for the end of a job; FLEETING where an edit without an answer may still come over it."""
        heard = await self._show(job, face, is_last=True)
        return Heard.FLEETING if heard is Heard.SAID and self._late_s(job.id) else heard

    async def outlast(self, job: Job) -> None:
        """Wait until nothing may come over FLEETING words any more once they are said again."""
        await self._clock.sleep(self._late_s(job.id))
        self._given_up_at_s.pop(job.id, None)

    def may_change(self, job_id: int) -> bool:
        """Whether an edit is under way, or may still come, over what the card says."""
        lock = self._locks.get(job_id)
        return (lock is not None and lock.locked()) or self._late_s(job_id) > 0

    async def _show(self, job: Job, face: Face, *, is_last: bool) -> Heard:
        try:
            async with self._turn(job):
                return Heard.SAID if await self._put(job, face, is_last=is_last) else Heard.NEVER
        except (Obstacle, StoreError) as error:
            heard = Heard.after(error) if isinstance(error, Obstacle) else Heard.LATER
            if heard is Heard.NEVER or not self._line.is_away:  # the line has said that, for all that is tried again
                log.info("card not changed job=%d detail=%s heard=%s", job.id, error.detail, heard)
            return heard

    async def _put(self, job: Job, face: Face, *, is_last: bool) -> bool:
        """Whether there is a card to be changed."""
        now = await self._newest(job)
        if await self._shows_pictures(now) or (not is_last and _has_its_words(now)):
            return True
        if now.arrival.token is None and job.arrival.way is Way.REPLY:
            return await self._edit_reply(job, face)
        return await self._edit(now, face) is not None

    async def show_unread(self, job: Job, face: Face) -> bool:
        """`show` without the database, which may not be readable: for the card as this job knows it. Never raises."""
        try:
            async with self._turn(job):
                return await self._edit(job, face) is not None
        except (Obstacle, StoreError) as error:
            log.info("card not changed job=%d detail=%s", job.id, error.detail)
            return False

    async def retire(self, job: Job, face: Face) -> None:
        """The card's last text before its token ends, and the end of that token: no preview comes in between.

        Where it cannot be said just now the token is kept for the next round, and of a job that has ended meanwhile
        for its last words.
        """
        try:
            async with self._turn(job):
                if _has_its_words(await self._jobs.get(job.id)):
                    return
                try:
                    await self._put(job, face, is_last=False)
                except Closed as error:
                    log.info("card not retired job=%d detail=%s", job.id, error.detail)
                await self._jobs.drop_token(job)
        except (Obstacle, StoreError) as error:
            log.info("card not retired yet job=%d detail=%s", job.id, error.detail)

    async def show_preview(self, job: Job, face: Face, picture: Picture) -> bool:
        """Put a preview on the private card of a job that is being painted; whether the card takes more. Never raises.

        Whether it is still being painted is looked up behind the card's lock, and what is said of the end comes after
        that end is written down: so a preview never comes over the last words or the pictures.
        """
        try:
            async with self._turn(job, within_s=PREVIEW_TIMEOUT_S):
                now = await self._jobs.get(job.id)
                if now.state is JobState.PAINTING and now.arrival.token is not None:
                    await self._upload_preview(now, face, picture)
        except (Obstacle, StoreError) as error:
            log.info("preview not shown job=%d detail=%s", job.id, error.detail)
            return not isinstance(error, Closed)
        return True

    async def _upload_preview(self, job: Job, face: Face, picture: Picture) -> None:
        words, name = alt_text(job.request.prompt), preview_name(picture)
        file = await opened(partial(discord.File, picture.file, name, description=words), discord.File.close)
        try:
            await self._edit(job, face, [file], within_s=PREVIEW_TIMEOUT_S)
        finally:
            file.close()

    def _late_s(self, job_id: int) -> float:
        """For how many seconds an edit that was given up may still come over what the card says."""
        since_s = self._given_up_at_s.get(job_id)
        return 0.0 if since_s is None else max(0.0, LATE_S - (self._clock.monotonic_s() - since_s))

    async def show_pictures(self, job: Job, face: Face, files: Sequence[discord.File], *, size_bytes: int) -> int:
        """One try to put pictures on a private card; its message id.

        Raises:
            TooLarge: Discord does not take the files for their size.
            Closed: the card cannot be reached any more.
            Later, Unknown: not now, or what is put there might be lost again; it can be repeated.
        """
        async with self._turn(job):
            if late_s := self._late_s(job.id):
                raise Later("an older edit may still come over it", late_s)
            within_s = self._line.deadlines.upload_of(size_bytes)
            message_id = await self._edit(await self._newest(job), face, files, within_s=within_s)
            if message_id is None:
                raise Closed(detail="card: no token")
            self._with_pictures.add(job.id)
            return message_id

    def forget(self, job_id: int) -> None:
        """The job does not run here any more, or its card is another one now."""
        self._with_pictures.discard(job_id)
        self._given_up_at_s.pop(job_id, None)

    @asynccontextmanager
    async def _turn(self, job: Job, *, within_s: float | None = None) -> AsyncIterator[None]:
        """Behind the card's lock, whose holders all have deadlines.

        Raises:
            Later: it was held for too long.
        """
        lock = self._locks.setdefault(job.id, asyncio.Lock())
        try:
            async with asyncio.timeout(within_s or self._line.deadlines.words_s):
                await lock.acquire()
        except TimeoutError as error:
            raise Later("card busy") from error
        try:
            yield
        finally:
            lock.release()

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

    async def _edit(
        self, job: Job, face: Face, files: Sequence[discord.File] = (), *, within_s: float | None = None
    ) -> int | None:
        """The private card's id, or None when there is no token left to change it with.

        Only `files` stand on the card afterwards: a preview goes with the next edit, also one of a dead process.
        """
        if job.arrival.token is None:
            return None
        # a reply brings no application id; the token of a later click on its pictures needs ours
        application_id = job.arrival.application_id or self._client.application_id or 0
        webhook = discord.Webhook.partial(application_id, job.arrival.token, client=self._client)
        try:
            edited = await self._line.once(
                # `@original` names the first answer as well as its id does, also when its fate was unknown
                lambda: webhook.edit_message(
                    job.card_message_id or "@original",  # type: ignore[arg-type]
                    content=face.content,
                    view=face.view,
                    attachments=files,
                ),
                bucket=None,
                within_s=within_s,
            )
        except BaseException as error:
            is_given_up = not isinstance(error, Exception) or (isinstance(error, Unknown) and error.may_come_late)
            if is_given_up:
                self._given_up_at_s[job.id] = self._clock.monotonic_s()
            raise
        if job.card_message_id is None and not job.is_ended:
            await self._jobs.set_card(job.id, edited.id)  # also a successor has to know a card with pictures
        return edited.id

    async def _edit_reply(self, job: Job, face: Face) -> bool:
        message = await self._reply_card(job)
        if message is None:
            return False
        await self._line.once(
            lambda: message.edit(content=face.content, view=face.view), bucket=f"edit {message.channel.id}"
        )
        return True

    async def remove(self, job: Job) -> Heard:
        """One try to take a reply's card away: the result stands in the channel now."""
        try:
            if message := await self._reply_card(job):
                await self._line.once(message.delete, bucket=f"delete {message.channel.id}")
        except Obstacle as error:
            log.info("card not removed job=%d detail=%s", job.id, error.detail)
            return Heard.after(error)
        return Heard.SAID

    async def _reply_card(self, job: Job) -> discord.PartialMessage | None:
        """
        Raises:
            Later, Unknown: it is not known yet where it is.
        """
        for post in await self._artifacts.posts(job.id):
            if post.part == CARD:
                message_id = post.message_id or await self._look_for_reply_card(job, post)
                channel = self._client.get_partial_messageable(post.channel_id)
                return channel.get_partial_message(message_id) if message_id else None
        return None

    async def _look_for_reply_card(self, job: Job, post: Post) -> int | None:
        """The first answer's fate was unknown: it is known by the message that it answers."""
        try:
            ours = await self._looks.ours(post.channel_id, after_id=job.id)
        except Undecided:
            return None
        for message in ours:
            if message.reference is not None and message.reference.message_id == job.id:
                await self._artifacts.post(job.id, replace(post, message_id=message.id))
                return message.id
        return None


def _has_its_words(job: Job) -> bool:
    """Whether its card says, or is about to be told, what came of it: nothing else may come over that."""
    return job.is_ended or job.waiting
