"""What the cards of jobs on their way say, and telling those who wait when that has changed."""

from datetime import timedelta

from bot.clock import Clock
from bot.delivery.card import Cards
from bot.image_api.breaker import Breaker
from bot.model import Job, JobState
from bot.queue import Queue
from bot.roster import Roster
from bot.store.jobs import Jobs
from bot.ui import faces
from bot.ui.faces import Face

TOKEN_USED_FOR = timedelta(minutes=14)  # Discord's tokens live 15


class Noticeboard:
    def __init__(self, queue: Queue, breaker: Breaker, roster: Roster, jobs: Jobs, cards: Cards, clock: Clock) -> None:
        self._queue = queue
        self._breaker = breaker
        self._roster = roster
        self._jobs = jobs
        self._cards = cards
        self._clock = clock
        self._told: dict[int, str] = {}  # what the cards of waiting jobs say

    def card_of(self, job: Job) -> Face:
        """What a job's card says now."""
        if job.state is JobState.QUEUED:
            return self._queued(job)
        if job.state is JobState.PAINTING:
            return faces.painting(job, None)
        return faces.posting(job) if job.state is JobState.PAINTED else faces.words(job.failure or faces.ENDED)

    def _queued(self, job: Job) -> Face:
        if self._breaker.is_open:
            return faces.held_up(job)
        kind = self._roster.waiting.get(job.id, "")
        standing = self._queue.standing(job.id, kind)
        return faces.queued(job, standing or self._queue.prospect(job.arrival.requester.user_id, kind))

    async def refresh(self) -> None:
        """Tell those who wait where they stand, where that has changed."""
        waiting = self._roster.waiting_here()
        self._told = {job_id: text for job_id, text in self._told.items() if job_id in waiting}
        for job_id in waiting:
            job = await self._jobs.get(job_id)
            if job.state is not JobState.QUEUED:
                continue
            face = self._queued(job)
            if self._told.get(job_id) != face.content:
                self._told[job_id] = face.content
                await self._cards.show(job, face)

    async def retire(self) -> None:
        """A card's last text, while Discord still takes it; any click on it brings a new token."""
        now = self._clock.now()
        for job in await self._jobs.aging(received_before=now - TOKEN_USED_FOR):
            if not job.waiting:  # its card says already where the pictures are
                await self._cards.retire(job, faces.later(job))
            await self._jobs.drop_token(job)
