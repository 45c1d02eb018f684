"""What has to happen again and again: leases, jobs that lost their owner, cards and models that age, old files."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.card import Cards
from bot.errors import BotError
from bot.last_words import LastWords
from bot.noticeboard import Noticeboard
from bot.owner import Owner
from bot.retirement import Retirement
from bot.roster import Roster
from bot.spool import Spool
from bot.store.history import History
from bot.store.jobs import Jobs
from bot.studio import Studio
from bot.ui import faces

log = logging.getLogger(__name__)

ROUND_S = 5.0
TOKEN_USED_FOR = timedelta(minutes=14)  # Discord's tokens live 15
REFRESH_S = 10.0
MODELS_S = 600.0
TIDYING_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """For how long pictures stay on the disk and words in the database after a job has ended."""

    pictures: timedelta
    prompts: timedelta


class Caretaker:
    def __init__(
        self,
        *,
        studio: Studio,
        roster: Roster,
        noticeboard: Noticeboard,
        last_words: LastWords,
        retirement: Retirement,
        jobs: Jobs,
        history: History,
        cards: Cards,
        owner: Owner,
        spool: Spool,
        clock: Clock,
        keeping: Keeping,
    ) -> None:
        self._studio = studio
        self._roster = roster
        self._noticeboard = noticeboard
        self._last_words = last_words
        self._retirement = retirement
        self._jobs = jobs
        self._history = history
        self._cards = cards
        self._owner = owner
        self._spool = spool
        self._clock = clock
        self._keeping = keeping

    async def work(self) -> None:
        """Do each duty in its own time until cancelled; at the start, what a dead process left is taken up."""
        async with asyncio.TaskGroup() as duties:
            duties.create_task(self._every(ROUND_S, self.take_up))
            duties.create_task(self._every(ROUND_S, self._tell))
            duties.create_task(self._every(ROUND_S, self._retire_cards))
            duties.create_task(self._every(REFRESH_S, self._noticeboard.refresh))
            duties.create_task(self._every(MODELS_S, self._retirement.look))
            duties.create_task(self._every(TIDYING_S, self._tidy))

    async def _every(self, seconds: float, duty: Callable[[], Awaitable[None]]) -> None:
        """A duty that is slow, as when Discord hangs, does not keep the others waiting."""
        while True:
            await self._carry_out(duty)
            await self._clock.sleep(seconds)

    async def _carry_out(self, duty: Callable[[], Awaitable[None]]) -> None:
        """One duty that fails does not keep the others from being done."""
        try:
            await duty()
        except BotError as error:
            log.warning("duty failed duty=%s error=%s %s", duty.__name__, type(error).__name__, error.detail)
        except Exception:
            log.exception("duty failed duty=%s", duty.__name__)

    async def take_up(self) -> None:
        """Keep our jobs ours, and make those ours whose owner is gone."""
        now = self._clock.now()
        await self._jobs.leases.renew(at=now)
        for job in await self._jobs.leases.take_abandoned(self._owner.is_gone, at=now):
            log.info("taken up job=%d state=%s", job.id, job.state)
            self._studio.start(job)
        for job in await self._jobs.leases.mine():
            if not self._roster.is_closing and not self._roster.knows(job.id):  # the disk failed it in the middle
                log.info("taken up again job=%d state=%s", job.id, job.state)
                self._studio.start(job)
        await asyncio.to_thread(self._owner.show_life)

    async def _tell(self) -> None:
        """Say what a dead process could not say any more."""
        for job in await self._jobs.leases.untold(self._owner.is_gone):
            await self._last_words.of_a_dead_process(job)

    async def _retire_cards(self) -> None:
        """A card's last text, while Discord still takes it; any click on it brings a new token."""
        now = self._clock.now()
        for job in await self._jobs.aging(received_before=now - TOKEN_USED_FOR):
            if not job.waiting:  # its card says already where the pictures are
                await self._cards.retire(job, faces.later(job))
            await self._jobs.drop_token(job)

    async def _tidy(self) -> None:
        now = self._clock.now()
        old = await self._history.old_pictures(ended_before=now - self._keeping.pictures)
        for job_id in old:
            await asyncio.to_thread(self._spool.remove, job_id)
        await self._history.pictures_gone(old)
        forgotten = await self._history.forget_words(ended_before=now - self._keeping.prompts)
        unknown = await self._history.unknown(await asyncio.to_thread(self._spool.jobs_on_disk))
        for job_id in unknown:
            await asyncio.to_thread(self._spool.remove, job_id)
        if old or forgotten or unknown:
            log.info("tidied pictures_of_jobs=%d words_of_jobs=%d orphans=%d", len(old), forgotten, len(unknown))
