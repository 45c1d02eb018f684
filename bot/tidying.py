"""What is not kept for ever: pictures on the disk, words in the database, files that belong to no job."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.model import JobState
from bot.spool import Spool
from bot.store.history import History
from bot.store.jobs import Overtaken
from bot.store.releases import Releases
from bot.ui import quotas

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """For how long pictures stay on the disk and words in the database after a job has ended."""

    pictures: timedelta
    prompts: timedelta

    @property
    def waiting(self) -> timedelta:
        """For how long pictures wait in /quota for a member whom they could not reach: as long as others, or a day."""
        return max(self.pictures, timedelta(days=1))


class Tidying:
    def __init__(self, *, history: History, releases: Releases, spool: Spool, clock: Clock, keeping: Keeping) -> None:
        self._history = history
        self._releases = releases
        self._spool = spool
        self._clock = clock
        self._keeping = keeping

    async def tidy(self) -> None:
        now = self._clock.now()
        forgotten = await self._history.forget_words(ended_before=now - self._keeping.prompts)
        old = await self._history.old_pictures(ended_before=now - self._keeping.pictures)
        old = await asyncio.to_thread(self._spool.remove_each, old)
        await self._history.pictures_gone(old)
        unknown = await self._history.unknown(await asyncio.to_thread(self._spool.jobs_on_disk))
        unknown = await asyncio.to_thread(self._spool.remove_each, unknown)
        if old or forgotten or unknown:
            log.info("tidied pictures_of_jobs=%d words_of_jobs=%d orphans=%d", len(old), forgotten, len(unknown))

    async def give_up_unfetched(self) -> None:
        """Pictures that have waited in /quota long enough: nobody came, and nobody is charged."""
        now = self._clock.now()
        for job in await self._history.waited_out(painted_before=now - self._keeping.waiting):
            try:
                await self._releases.give_up(job, JobState.FAILED, failure=quotas.NOT_FETCHED, at=now)
            except Overtaken:
                continue
            await asyncio.to_thread(self._spool.remove_each, [job.id])
            log.info("given up unfetched job=%d", job.id)
