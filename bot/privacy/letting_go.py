"""Requests for which nobody waits any more: those in line end at no cost, pictures that wait are given up."""

import logging
from collections.abc import Iterable

from bot.clock import Clock
from bot.errors import LetGo
from bot.last_words import LastWords
from bot.model import Job, JobState
from bot.roster import Roster
from bot.store.jobs import Overtaken
from bot.store.releases import Releases

log = logging.getLogger(__name__)

ANSWERED_S = 10.0


class LettingGo:
    def __init__(self, releases: Releases, roster: Roster, last_words: LastWords, clock: Clock) -> None:
        self._releases = releases
        self._roster = roster
        self._last_words = last_words
        self._clock = clock

    async def of_server(self, guild_id: int, why: LetGo, *, also_pictures: bool) -> int:
        """Those of a server that are in line, and `also_pictures` that wait for their members; how many those were."""
        jobs = await self._releases.unfinished_in(guild_id)
        return await self.all([job for job in jobs if also_pictures or not job.waiting], why)

    async def all(self, jobs: Iterable[Job], why: LetGo) -> int:
        """What is being painted or delivered comes to its usual end; of the others, how many were let go.

        Cards that are just being sent stand there first: otherwise nothing could be said on them.
        """
        await self._roster.calm.wait(ANSWERED_S)
        return sum([await self._one(job, why) for job in jobs])

    async def _one(self, job: Job, why: LetGo) -> bool:
        try:
            if job.waiting:
                await self._releases.give_up(job, JobState.CANCELLED, failure=str(why), at=self._clock.now())
            elif job.state is JobState.QUEUED:
                ended = await self._releases.let_go(job, failure=str(why), at=self._clock.now())
                self._roster.stop(job.id)
                self._roster.own(self._last_words.failed(ended, why))
            else:
                return False
        except Overtaken:
            return False
        log.info("let go job=%d because=%s", job.id, type(why).__name__)
        return True
