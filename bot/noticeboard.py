"""What the cards of jobs on their way say, and telling those who wait when that has changed."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.card import Cards
from bot.delivery.heard import Heard
from bot.discretion import Discretion, Weight
from bot.image_api.breaker import Breaker
from bot.image_api.client import ImageApi
from bot.model import Job, JobState, Standing
from bot.queue import Queue
from bot.roster import Roster
from bot.store.jobs import Jobs
from bot.ui import faces
from bot.ui.faces import Face

TOKEN_USED_FOR = timedelta(minutes=14)  # Discord's tokens live 15
TOKEN_KEPT_FOR = timedelta(minutes=14, seconds=50)  # then it is erased, whether the card has its last text or not
EDITS_AT_ONCE = 16  # where Discord is slow, one card does not keep all others waiting
TOKEN_FROM_AHEAD = timedelta(minutes=1)  # one from further ahead says that the clock was set back: nobody knows its age
SLOWED_S = 1.0  # a wait for the service's limits that is worth telling
NEWS = 0.2  # by this share of what was told an estimate must have changed


@dataclass(frozen=True, slots=True)
class _Word:
    """What a waiting job's card says, and of which standing."""

    face: Face
    standing: Standing | None = None

    def is_news(self, told: "_Word | None") -> bool:
        """Whether to change the card: Discord takes few edits, so not for a little less of the same wait."""
        if told is None or told.face.content == self.face.content:
            return told is None
        now, before = self.standing, told.standing
        if now is None or before is None or now.position != before.position:
            return True
        if now.estimate_s is None or before.estimate_s is None:
            return True
        return abs(now.estimate_s - before.estimate_s) >= NEWS * before.estimate_s


class Noticeboard:
    def __init__(
        self,
        *,
        queue: Queue,
        breaker: Breaker,
        api: ImageApi,
        roster: Roster,
        jobs: Jobs,
        cards: Cards,
        clock: Clock,
        discretion: Discretion,
    ) -> None:
        self._queue = queue
        self._breaker = breaker
        self._api = api
        self._roster = roster
        self._jobs = jobs
        self._cards = cards
        self._clock = clock
        self._discretion = discretion
        self._told: dict[int, _Word] = {}  # what the cards of waiting jobs say

    def card_of(self, job: Job) -> Face:
        """What a job's card says now."""
        if job.state is JobState.QUEUED:
            return self._queued(job).face
        if job.state is JobState.PAINTING:
            return faces.painting(job, None)
        return faces.posting(job) if job.state is JobState.PAINTED else faces.words(job.failure or faces.ENDED)

    def _queued(self, job: Job) -> "_Word":
        kind = self._queue.kind_of(job.id)
        if self._breaker.is_open:
            return _Word(faces.held_up(job))
        if kind is not None and self._api.wait_s(kind.model) >= SLOWED_S:
            return _Word(faces.slowed(job))
        standing = self._queue.standing(job.id)
        return _Word(faces.queued(job, standing), standing)

    async def refresh(self) -> None:
        """Tell those who wait where they stand, where that has changed.

        Who was cancelled from another process leaves the line: the turn is somebody else's.
        """
        waiting = self._roster.waiting_here()
        self._told = {job_id: told for job_id, told in self._told.items() if job_id in waiting}
        for job_id in waiting:
            job = await self._jobs.get(job_id)
            if job.state is JobState.CANCELLED:
                self._roster.stop(job_id)
            if job.state is not JobState.QUEUED or not self._discretion.may(Weight.COURTESY):
                continue
            word = self._queued(job)
            if word.is_news(self._told.get(job_id)) and await self._cards.show(job, word.face) is not Heard.LATER:
                self._told[job_id] = word

    async def retire(self) -> None:
        """A card's last text, while Discord still takes it; any click on it brings a new token."""
        now = self._clock.now()
        too_old = {job.id for job in await self._jobs.aging(received_before=now - TOKEN_KEPT_FOR)}
        aging = await self._jobs.aging(received_before=now - TOKEN_USED_FOR, or_after=now + TOKEN_FROM_AHEAD)
        slots = asyncio.Semaphore(EDITS_AT_ONCE)

        async def retire(job: Job) -> None:
            async with slots:
                if job.id in too_old:
                    await self._jobs.drop_token(job)
                elif not job.waiting:  # what its card says stays true, or is just being said
                    await self._cards.retire(job, faces.later(job))

        await asyncio.gather(*map(retire, aging))
