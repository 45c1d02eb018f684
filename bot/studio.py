"""The story: a request is accepted, then its job is taken to its one end.

Read `accept`, then `run`. Everything a job needs to go on after a crash is on the disk before it happens:
the job and its reservation, each call before it is made, each picture as it arrives, each message before it
is posted. The caretaker starts again what a dead process left.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace

from bot.calm import Calm
from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.delivery.card import Cards
from bot.delivery.doors import Door
from bot.delivery.routes import Delivered, Delivery, Route
from bot.errors import (
    BotError,
    InvalidRequest,
    ModerationRefused,
    OwnerMustAct,
    QueueFull,
    Restarting,
    StoreError,
    TooOld,
    WaitedTooLong,
)
from bot.log import incident
from bot.model import Arrival, Job, JobState, Way
from bot.moderation import Moderation
from bot.owner import Owner
from bot.painter import Painter, kind_of
from bot.queue import Queue
from bot.request import ImageRequest
from bot.sources import Sources
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs, Overtaken
from bot.store.quotas import Quotas
from bot.ui import faces
from bot.ui.faces import Face
from bot.ui.results import Result

log = logging.getLogger(__name__)

REFUSAL_SHOWN_S = 60.0


class Studio:
    """Accepts requests and owns a task for each until it has ended."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        artifacts: Artifacts,
        quotas: Quotas,
        moderation: Moderation,
        sources: Sources,
        queue: Queue,
        painter: Painter,
        cards: Cards,
        delivery: Delivery,
        alarm: Alarm,
        owner: Owner,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._quotas = quotas
        self._moderation = moderation
        self._sources = sources
        self._queue = queue
        self._painter = painter
        self._cards = cards
        self._delivery = delivery
        self._alarm = alarm
        self._owner = owner
        self._clock = clock
        self._running: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, str] = {}  # accepted, and no call made yet: what kind of call it will be
        self._told: dict[int, str] = {}  # what the cards of those say
        self._calm = Calm()
        self._handed_over: set[int] = set()  # to members who came for them
        self._courtesies: set[asyncio.Task[object]] = set()
        self._is_closing = False

    async def accept(self, request: ImageRequest, arrival: Arrival, door: Door) -> None:
        """Write the request down, answer its member, and start its job; a duplicate does nothing.

        Raises:
            BotError: it cannot be taken; nothing was reserved, and the error says why.
        """
        if self.knows(arrival.id):
            log.info("duplicate job=%d", arrival.id)
            return
        try:
            kind = self._admit(request)
        except BotError:
            if await self._is_with_somebody(arrival.id):
                return
            raise
        self._waiting[arrival.id] = kind
        self._calm.enter()
        try:
            await self._accept(request, arrival, door, kind)
        finally:
            self._calm.leave()
            if arrival.id not in self._running:
                self._waiting.pop(arrival.id, None)

    def _admit(self, request: ImageRequest) -> str:
        """The kind of its calls, unless it cannot be taken: a size that the model lacks ends here, at no cost."""
        if self._is_closing:
            raise Restarting
        calls = self._painter.plan(request)
        if len(self._waiting) >= self._queue.max_waiting:
            raise QueueFull
        return kind_of(calls[0])

    async def _is_with_somebody(self, job_id: int) -> bool:
        """Whether this event reached another process too, which answers it; while handing over, it surely did."""
        if self._is_closing and await asyncio.to_thread(self._owner.has_successor):
            return True
        return await self._jobs.exists(job_id)

    async def _accept(self, request: ImageRequest, arrival: Arrival, door: Door, kind: str) -> None:
        job = await self._jobs.accept(request, arrival, at=self._clock.now())
        if job is None:
            log.info("duplicate job=%d", arrival.id)
            return
        log.info("accepted job=%d way=%s operation=%s count=%d", job.id, arrival.way, request.operation, request.count)
        card = faces.queued(job, self._queue.prospect(arrival.requester.user_id, kind))
        self._told[job.id] = card.content
        self.start(await self._answer(job, door, card))

    async def _answer(self, job: Job, door: Door, card: Face) -> Job:
        """The first answer: the card. When nobody can see it any more, nothing is painted."""
        try:
            message_id = await door.answer(card)
        except BaseException:
            await self._jobs.end(job, JobState.CANCELLED, at=self._clock.now())
            await self._jobs.told(job.id)
            log.info("nobody to answer job=%d", job.id)
            raise
        try:
            return await self._cards.opened(job, message_id)
        except StoreError as error:  # the answer stands: go on as with one whose fate is unknown
            log.warning("card not entered job=%d detail=%s", job.id, error.detail)
            return job

    def start(self, job: Job) -> None:
        """Run a job in a task that the studio owns; while closing, it is left to the next owner."""
        if self._is_closing or job.id in self._running:
            return
        if job.state is JobState.QUEUED:
            self._waiting.setdefault(job.id, "")
        task = asyncio.create_task(self.run(job), name=f"job {job.id}")
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._forget(job.id))

    def _forget(self, job_id: int) -> None:
        del self._running[job_id]
        self._waiting.pop(job_id, None)
        self._told.pop(job_id, None)
        self._cards.forget(job_id)

    async def run(self, job: Job) -> None:
        """Take a job from the state it is in to its end."""
        try:
            await self._calm.wait()
            if job.state is JobState.QUEUED:
                self._check_wait(job)
                source = await self._sources.prepare(job)
                await self._moderation.check(job.request.prompt, source.small_jpeg if source else None)
                job = await self._painter.paint(job, source, on_start=self._begun)
            else:
                job = await self._painter.take_up(job, self._sources.prepare)
            await self._deliver(job)
        except Overtaken:
            log.info("overtaken job=%d", job.id)
        except StoreError as error:
            log.warning("job left for a later round job=%d detail=%s", job.id, error.detail)
        except BotError as error:
            await self._end_with_words(job.id, error)
        except Exception:
            number = incident()
            log.exception("job failed job=%d incident=%s", job.id, number)
            await self._end_with_words(job.id, BotError(faces.sorry(number)))

    def _check_wait(self, job: Job) -> None:
        """A request that nobody could take up in time is let go, not painted hours later."""
        if (self._clock.now() - job.accepted_at).total_seconds() > self._queue.max_wait_s:
            raise WaitedTooLong

    def _begun(self, job: Job) -> None:
        """The first call has its turn: nobody can cancel any more, and the card says so."""
        usual_s = self._queue.usual_s(self._waiting.pop(job.id, ""))
        self._own(self._cards.show(job, faces.painting(job, usual_s)))

    async def _deliver(self, job: Job, *, called_for: bool = False) -> None:
        pictures = await self._artifacts.pictures(job.id)
        allowance = await self._quotas.after(job, delivered=len(pictures))
        result = Result(job, allowance, short=job.request.count - len(pictures))
        sent = await self._delivery.deliver(result, pictures, called_for=called_for)
        if sent.route is Route.WAITING:
            await self._jobs.keep_waiting(job)
            await self._cards.show(job, faces.kept(job))
            return
        await self._jobs.end(job, JobState.DELIVERED, delivered=sent.count, at=self._clock.now())
        log.info("delivered job=%d route=%s pictures=%d", job.id, sent.route, sent.count)
        await self.last_words(job, sent)

    async def last_words(self, job: Job, sent: Delivered) -> None:
        """What the card says of pictures that stand somewhere else."""
        if job.arrival.way is Way.REPLY:
            await self._cards.remove(job)
        elif sent.route is Route.DIRECT:
            await self._cards.show(job, faces.sent_elsewhere(job))
        elif sent.route is Route.CHANNEL:
            await self._cards.show(job, faces.done(job, sent.posts, sent.count))
        await self._jobs.told(job.id)

    async def _end_with_words(self, job_id: int, error: BotError) -> None:
        """No picture: release what was reserved and say why, once."""
        job = await self._jobs.get(job_id)
        state = JobState.REFUSED if isinstance(error, ModerationRefused) else JobState.FAILED
        try:
            await self._jobs.end(job, state, failure=str(error), at=self._clock.now())
        except (Overtaken, StoreError) as obstacle:
            log.warning("not ended job=%d because=%s", job.id, type(obstacle).__name__)
            return
        log.info("ended job=%d state=%s error=%s %s", job.id, state, type(error).__name__, error.detail)
        may_retry = state is JobState.FAILED and not isinstance(error, InvalidRequest | TooOld)
        await self._say_why(job, str(error), may_retry=may_retry)
        for cause in (error, error.__cause__):  # moderation hides it behind «could not be checked»
            if isinstance(cause, OwnerMustAct):
                await self._alarm.raise_(cause)

    async def _say_why(self, job: Job, sentence: str, *, may_retry: bool) -> None:
        if not await self._cards.show(job, faces.ended(job, sentence, may_retry=may_retry)):
            await self._delivery.tell(job, sentence)
        if job.arrival.way is Way.REPLY:
            self._own(self._remove_refusal(job))
        else:
            await self._jobs.told(job.id)

    async def tell_end(self, job: Job) -> None:
        """The last words of a job whose process died before it could say them."""
        if job.state is JobState.DELIVERED:
            await self.last_words(job, await self._delivery.delivered(job))
        else:
            await self._say_why(job, job.failure or faces.ENDED, may_retry=False)

    async def _remove_refusal(self, job: Job) -> None:
        await self._clock.sleep(REFUSAL_SHOWN_S)
        await self._cards.remove(job)
        await self._jobs.told(job.id)

    async def cancel(self, job: Job) -> Job:
        """End a job that still waits; the job as it is then: cancelled, unless it was past that."""
        try:
            cancelled = await self._jobs.cancel(job.id, failure=faces.CANCELLED, at=self._clock.now())
        except Overtaken:
            return await self._jobs.get(job.id)
        if task := self._running.get(job.id):
            task.cancel()
        if job.arrival.way is Way.REPLY:
            self._own(self._remove_refusal(job))
        log.info("cancelled job=%d", job.id)
        return cancelled

    def knows(self, job_id: int) -> bool:
        """Whether a job runs here, or is just being accepted or handed over."""
        return job_id in self._running or job_id in self._waiting or job_id in self._handed_over

    async def hand_over(self, job: Job, *, token: str, channel_id: int, card_message_id: int | None) -> None:
        """The member came for pictures that waited, and has a fresh private card: show them there.

        Raises:
            Overtaken: another click was first.
        """
        if job.id in self._handed_over:
            raise Overtaken
        self._handed_over.add(job.id)
        try:
            job = await self._jobs.claim_waiting(job, at=self._clock.now())
            await self._jobs.set_token(job.id, token=token, message_id=card_message_id, at=self._clock.now())
            place = replace(job.arrival.place, channel_id=channel_id)
            arrival = replace(job.arrival, token=token, place=place)
            await self._deliver(replace(job, arrival=arrival, card_message_id=card_message_id), called_for=True)
        finally:
            self._handed_over.discard(job.id)
            self._cards.forget(job.id)

    def card_of(self, job: Job) -> Face:
        """What a running job's card says now."""
        if job.state is JobState.QUEUED:
            kind = self._waiting.get(job.id, "")
            standing = self._queue.standing(job.id, kind)
            return faces.queued(job, standing or self._queue.prospect(job.arrival.requester.user_id, kind))
        if job.state is JobState.PAINTING:
            return faces.painting(job, None)
        return faces.posting(job) if job.state is JobState.PAINTED else faces.words(job.failure or faces.ENDED)

    async def refresh_cards(self) -> None:
        """Tell those who wait where they stand, where that has changed."""
        for job_id in [job_id for job_id in self._waiting if job_id in self._running]:
            job = await self._jobs.get(job_id)
            if job.state is not JobState.QUEUED:
                continue
            face = self.card_of(job)
            if self._told.get(job_id) != face.content:
                self._told[job_id] = face.content
                await self._cards.show(job, face)

    async def close(self, drain_s: float) -> None:
        """Take no new requests; calls in flight may finish for `drain_s`, the rest is left to the next owner."""
        self._is_closing = True
        for job_id in self._waiting.keys() & self._running.keys():
            self._running[job_id].cancel()
        if self._running:
            log.info("draining jobs=%d", len(self._running))
            await asyncio.wait(self._running.values(), timeout=drain_s)
        for task in (*self._running.values(), *self._courtesies):
            task.cancel()
        await asyncio.gather(*self._running.values(), *self._courtesies, return_exceptions=True)

    def _own(self, courtesy: Coroutine[None, None, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(courtesy)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
        return task
