"""Erasing a member: at once what can go, the rest as soon as its requests have ended, also after a crash."""

import asyncio
import logging
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.removal import Removal
from bot.errors import MemberErased
from bot.privacy.letting_go import LettingGo
from bot.privacy.writing_anew import WritingAnew
from bot.spool import Spool
from bot.store.database import Database
from bot.store.erasures import Erasure, Erasures
from bot.store.jobs import Jobs

log = logging.getLogger(__name__)

TOKEN_LIVES = timedelta(minutes=15)  # Discord: Receiving and Responding


class Erasing:
    """What is to be done stands in the database; whoever finds it there goes on, also beside another process."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        erasures: Erasures,
        letting_go: LettingGo,
        removal: Removal,
        spool: Spool,
        database: Database,
        writing_anew: WritingAnew,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._erasures = erasures
        self._letting_go = letting_go
        self._removal = removal
        self._spool = spool
        self._database = database
        self._writing_anew = writing_anew
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._is_scrubbed = False

    async def erase(self) -> None:
        """Go on with every member who asked for it."""
        async with self._one_at_a_time:
            for erasure in await self._erasures.pending():
                self._is_scrubbed = False
                await self._go_on(erasure)
            if not self._is_scrubbed:
                self._is_scrubbed = await self._database.scrub()

    async def left(self, user_id: int) -> int:
        """How many of a member's requests are still to go: they are being painted or delivered."""
        pending = [erasure for erasure in await self._erasures.pending() if erasure.user_id == user_id]
        return sum([await self._erasures.left(erasure) for erasure in pending])

    async def _go_on(self, erasure: Erasure) -> None:
        await self._letting_go.all(await self._erasures.unfinished(erasure), MemberErased())
        await self._erasures.wipe_words(erasure)
        while batch := await self._erasures.next_batch(erasure, at=self._clock.now()):
            # first the files, as long as it is known whose they are
            gone = await asyncio.to_thread(self._spool.remove_each, batch)
            await self._erasures.wipe(erasure, gone, at=self._clock.now())
            log.info("erased requests=%d", len(gone))
            if len(gone) < len(batch):  # once more in the next round; other members need not wait for that
                return
        if await self._writing_anew.now():  # what was erased is out of every byte before it is called done
            await self._erasures.done(erasure)

    async def unpost(self) -> None:
        """Delete some of the messages that their members want deleted."""
        await self._removal.remove_erased(at=self._clock.now())

    async def scrub(self) -> None:
        """Erase tokens that have ended; and what was erased in the usual way does not stay in the database's log."""
        await self._jobs.drop_expired_tokens(received_before=self._clock.now() - TOKEN_LIVES)
        await self._database.scrub()

    async def forget(self) -> None:
        """What is of no use any more on the next day."""
        now = self._clock.now()
        await self._erasures.forget(at=now)
        while renumbered := await self._erasures.renumber(at=now):
            self._is_scrubbed = False
            log.info("renumbered requests=%d", renumbered)
