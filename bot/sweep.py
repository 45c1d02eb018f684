"""What a process that is gone left behind: its unfinished jobs go on here, and its last words are said."""

import asyncio
import logging
from datetime import datetime

from bot.clock import Clock
from bot.last_words import LastWords
from bot.leftovers import Leftovers
from bot.owner import Owner
from bot.roster import Roster
from bot.store.jobs import Jobs
from bot.studio import Studio

log = logging.getLogger(__name__)


class Sweep:
    def __init__(
        self,
        *,
        studio: Studio,
        roster: Roster,
        last_words: LastWords,
        jobs: Jobs,
        owner: Owner,
        leftovers: Leftovers,
        clock: Clock,
    ) -> None:
        self._studio = studio
        self._roster = roster
        self._last_words = last_words
        self._jobs = jobs
        self._owner = owner
        self._leftovers = leftovers
        self._clock = clock

    async def take_up(self) -> None:
        """Keep our jobs ours, and make those ours whose owner is gone."""
        await self._leftovers.clear_up()
        now = self._clock.now()
        await self._jobs.leases.renew(at=now)
        if not self._roster.is_closing:
            await self._take_up(now)
        await asyncio.to_thread(self._owner.show_life)
        await self._roster.look_around()

    async def _take_up(self, now: datetime) -> None:
        for job in await self._jobs.leases.take_abandoned(self._leftovers.is_gone, at=now):
            log.info("taken up job=%d state=%s", job.id, job.state)
            self._studio.start(job)
        for job in await self._jobs.leases.mine():
            if not self._roster.is_closing and not self._roster.knows(job.id):  # the disk failed it in the middle
                log.info("taken up again job=%d state=%s", job.id, job.state)
                self._studio.start(job)

    async def tell(self) -> None:
        """Have said what a dead process could not say any more, and what was left unsaid here."""
        if self._roster.is_closing:  # what would become ours nobody could have any more until we have ended
            return
        for job in await self._jobs.leases.untold(self._leftovers.is_gone):
            if not self._roster.is_closing and not self._roster.knows(job.id):
                self._last_words.see_to(job)
