"""The story: a request is accepted, then its job is taken to its one end.

Read `accept`, then `run`. Everything a job needs to go on after a crash is on the disk before it happens:
the job and its reservation, each call before it is made, each picture as it arrives, each message before it
is posted. The sweep starts again what a dead process left.
"""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.caller import kinds_of
from bot.clock import Clock
from bot.delivery.card import Cards
from bot.delivery.doors import Door
from bot.delivery.fitting import Fitting
from bot.delivery.routes import Delivered, Delivery, Route
from bot.errors import (
    BotError,
    BudgetReached,
    ModerationRefused,
    QueueFull,
    Restarting,
    StoreDamaged,
    StoreError,
)
from bot.image_api.call import Call
from bot.last_words import LastWords
from bot.log import incident
from bot.model import Arrival, Job, JobState, Way
from bot.moderation import Moderation
from bot.painter import Painter
from bot.queue import Patience, Queue, Seat
from bot.request import ImageRequest
from bot.roster import Roster
from bot.sources import Sources
from bot.store.jobs import Jobs, Overtaken
from bot.store.quotas import Quotas
from bot.ui import faces
from bot.ui.faces import Face
from bot.ui.results import Result

log = logging.getLogger(__name__)

END_AGAIN_S = 5.0


class Studio:
    """Accepts requests and owns a task for each until it has ended."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        quotas: Quotas,
        moderation: Moderation,
        sources: Sources,
        queue: Queue,
        painter: Painter,
        cards: Cards,
        fitting: Fitting,
        delivery: Delivery,
        last_words: LastWords,
        roster: Roster,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._quotas = quotas
        self._moderation = moderation
        self._sources = sources
        self._queue = queue
        self._painter = painter
        self._cards = cards
        self._fitting = fitting
        self._delivery = delivery
        self._last_words = last_words
        self._roster = roster
        self._clock = clock

    async def accept(self, request: ImageRequest, arrival: Arrival, door: Door) -> None:
        """Write the request down, answer its member, and start its job; a duplicate does nothing.

        Raises:
            BotError: it cannot be taken; nothing was reserved, and the error says why.
        """
        if self._roster.knows(arrival.id):
            log.info("duplicate job=%d", arrival.id)
            return
        try:
            calls = self._admit(request, arrival)
        except BotError:
            if await self._is_with_somebody(arrival.id):
                return
            raise
        with self._roster.arriving(arrival.id, Seat.of(arrival), kinds_of(calls)):
            await self._accept(request, arrival, door, calls)

    def _admit(self, request: ImageRequest, arrival: Arrival) -> Sequence[Call]:
        """Its calls, unless it cannot be taken: a size that the model lacks ends here, at no cost."""
        if self._roster.is_closing:
            raise Restarting
        calls = self._painter.plan(request, arrival)
        self._painter.check_service()
        if len(self._roster.waiting) >= self._queue.max_waiting:
            raise QueueFull
        return calls

    async def _is_with_somebody(self, job_id: int) -> bool:
        """Whether this event reached another process too, which answers it; while handing over, it surely did."""
        if self._roster.is_closing and await self._roster.has_successor():
            return True
        return await self._jobs.exists(job_id)

    async def _accept(self, request: ImageRequest, arrival: Arrival, door: Door, calls: Sequence[Call]) -> None:
        most_microusd = self._painter.most_microusd(calls)
        accepted_at = self._clock.now()
        patience = self._patience(accepted_at)
        try:
            job = await self._jobs.accept(
                request,
                arrival,
                at=accepted_at,
                most_microusd=most_microusd,
                most_waiting=self._queue.max_waiting,
            )
        except BudgetReached as error:
            self._roster.own(self._last_words.budget_reached(error))
            raise
        if job is None:
            log.info("duplicate job=%d", arrival.id)
            return
        log.info("accepted job=%d way=%s operation=%s count=%d", job.id, arrival.way, request.operation, request.count)
        self.start(await self._answer(job, door, faces.queued(job, self._queue.standing(job.id))), patience)
        if not self._roster.runs(job.id):  # we began to close while it was answered
            await self._leave([job.id])

    async def _answer(self, job: Job, door: Door, card: Face) -> Job:
        """The first answer: the card. When nobody can see it any more, nothing is painted."""
        await self._cards.awaited(job)
        try:
            message_id = await door.answer(card)
        except Exception:
            await self._nobody_waits(job)
            raise
        try:
            return await self._cards.opened(job, message_id)
        except StoreError as error:  # the answer stands: go on as with one whose fate is unknown
            log.warning("card not entered job=%d detail=%s", job.id, error.detail)
            return job

    async def _nobody_waits(self, job: Job) -> None:
        """Nobody was answered: it ends unpainted, as soon as the database takes that."""
        log.info("nobody to answer job=%d", job.id)
        try:
            await self._end_unseen(job)
        except StoreError as error:
            log.warning("not ended job=%d detail=%s", job.id, error.detail)
            self._roster.own(self._end_unseen_later(job))

    async def _end_unseen_later(self, job: Job) -> None:
        with self._roster.holding(job.id):  # the sweep would run it
            while True:
                await self._clock.sleep(END_AGAIN_S)
                with suppress(StoreError):
                    await self._end_unseen(job)
                    return

    async def _end_unseen(self, job: Job) -> None:
        await self._jobs.end(job, JobState.CANCELLED, at=self._clock.now())
        await self._jobs.told(job)

    def start(self, job: Job, patience: Patience | None = None) -> None:
        """Run a job in a task that the studio owns; while closing, it is left to the next owner."""
        if self._roster.is_closing or self._roster.runs(job.id):
            return
        waits = job.state is JobState.QUEUED
        if job.state is not JobState.PAINTED and not self._roster.knows(job.id):  # of a process that is gone
            self._queue.join(job.id, Seat.of(job.arrival), self._painter.outlook(job))
        if patience is None:
            patience = self._patience(job.accepted_at if waits else self._clock.now())
        self._roster.run(job.id, self.run(job, patience), waits=waits)

    async def run(self, job: Job, patience: Patience) -> None:
        """Take a job from the state it is in to its end; the `patience` is for what comes before its first call."""
        try:
            await self._roster.calm.wait()
            if job.state is JobState.QUEUED:
                async with patience.limit():
                    source = await self._sources.prepare(job)
                    await self._moderation.check(job.request.prompt, source.small_jpeg if source else None)
                job = await self._painter.paint(job, source, patience, on_start=self._begun)
            else:
                job = await self._painter.take_up(job, self._sources.prepare, patience)
            with self._roster.posting(job.id):
                await self._deliver(job)
        except Overtaken:
            log.info("overtaken job=%d", job.id)
        except StoreDamaged as error:
            await self._last_words.lost(job, error)
        except StoreError as error:
            log.warning("job left for a later round job=%d detail=%s", job.id, error.detail)
        except BotError as error:
            await self._end_with_words(job, error)
        except Exception:
            number = incident()
            log.exception("job failed job=%d incident=%s", job.id, number)
            await self._end_with_words(job, BotError(faces.sorry(number)))

    def _patience(self, accepted_at: datetime) -> Patience:
        """A request that nobody could take up in time is let go, not painted hours later."""
        return Patience(self._clock, accepted_at=accepted_at, most_s=self._queue.max_wait_s)

    def _begun(self, job: Job) -> None:
        self._roster.begun(job.id)

    async def _deliver(self, job: Job, *, called_for: bool = False) -> None:
        pictures = await self._fitting.all(job)
        allowance = await self._quotas.after(job, delivered=len(pictures))
        result = Result(job, allowance, short=job.request.count - len(pictures), instead_of=self._painter.replaced(job))
        sent = await self._delivery.deliver(result, pictures, called_for=called_for)
        if sent.route is Route.WAITING:
            await self._last_words.kept(await self._jobs.keep_waiting(job))
            return
        await self._end_delivered(job, sent)

    async def _end_delivered(self, job: Job, sent: Delivered) -> None:
        ended = await self._jobs.end(job, JobState.DELIVERED, delivered=sent.count, at=self._clock.now())
        cost = "-" if ended.cost_microusd is None else ended.cost_microusd
        log.info("delivered job=%d route=%s pictures=%d cost_microusd=%s", job.id, sent.route, sent.count, cost)
        await self._last_words.delivered(ended, sent)

    async def _end_with_words(self, job: Job, error: BotError) -> None:
        """No picture: release what was reserved and say why, once. What has been shown before is charged."""
        state = JobState.REFUSED if isinstance(error, ModerationRefused) else JobState.FAILED
        try:
            job = await self._jobs.get(job.id)
            if (sent := await self._delivery.delivered(job)).count:
                await self._end_delivered(job, sent)
                return
            await self._jobs.end(job, state, failure=str(error), at=self._clock.now())
        except StoreDamaged as damage:
            await self._last_words.lost(job, damage)
            return
        except (Overtaken, StoreError) as obstacle:
            log.warning("not ended job=%d because=%s", job.id, type(obstacle).__name__)
            return
        log.info("ended job=%d state=%s error=%s %s", job.id, state, type(error).__name__, error.detail)
        if state is JobState.REFUSED:
            await self._sources.forget(job.id)
        await self._last_words.failed(job, error)

    async def cancel(self, job: Job) -> Job:
        """End a job that still waits; the job as it is then: cancelled, unless it was past that."""
        try:
            cancelled = await self._jobs.cancel(job.id, failure=faces.CANCELLED, at=self._clock.now())
        except Overtaken:
            return await self._jobs.get(job.id)
        self._roster.stop(job.id)
        if job.arrival.way is Way.REPLY:
            self._last_words.remove_soon(job)
        log.info("cancelled job=%d", job.id)
        return cancelled

    async def cancel_was_answered(self, job: Job, *, is_shown: bool) -> None:
        """The click on Cancel was answered on the card, surely or perhaps. (A reply's card is taken away first.)"""
        if job.arrival.way is not Way.REPLY:
            await self._last_words.cancelled(job, is_shown=is_shown)

    async def hand_over(self, job: Job, *, token: str, channel_id: int, card_message_id: int | None) -> None:
        """The member came for pictures that waited, and has a fresh private card: show them there.

        Raises:
            Overtaken: another click was first.
        """
        with self._roster.holding(job.id):
            job = await self._jobs.claim_waiting(job, at=self._clock.now())
            self._cards.forget(job.id)
            await self._jobs.set_token(job.id, token=token, message_id=card_message_id, at=self._clock.now())
            place = replace(job.arrival.place, channel_id=channel_id)
            arrival = replace(job.arrival, token=token, place=place)
            await self._deliver(replace(job, arrival=arrival, card_message_id=card_message_id), called_for=True)

    async def recall(self) -> None:
        """How long calls took before this start, so that the first cards can tell."""
        try:
            runs = await self._painter.recent_runs()
        except StoreError as error:
            log.warning("recent calls not known detail=%s", error.detail)
        else:
            self._queue.runs.recall(runs)

    async def close(self, drain_s: float) -> None:
        """Take no new requests; calls in flight may finish for `drain_s`, the rest is left to the next owner.

        What is painted is posted meanwhile, unless Discord is away: then it waits on the disk for that owner, too.
        """
        self._roster.is_closing = True
        await self._roster.drain(drain_s, leave=self._leave, is_cut_off=lambda: self._delivery.is_cut_off)

    async def _leave(self, job_ids: Collection[int]) -> None:
        """To another process, which need not wait for the end of this one."""
        try:
            await self._jobs.leases.leave(job_ids)
        except StoreError as error:  # then they are taken up when we have ended
            log.warning("waiting jobs stay ours until the end jobs=%d detail=%s", len(job_ids), error.detail)
