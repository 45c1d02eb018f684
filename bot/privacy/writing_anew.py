"""When the database's file is written anew, so that no byte of what was erased is left in it."""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.store.database import Database

log = logging.getLogger(__name__)

LARGE_BYTES = 100_000_000  # nothing else is read or written for a second or two
DAY = timedelta(days=1)


class WritingAnew:
    """Members who wait for a first answer wait for this, too: a large file is not written anew twice a day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._started_at = clock.now()
        self._done_at = clock.now() - DAY

    async def now(self) -> bool:
        """Somebody's data are to be gone. False: not yet, ask again later.

        Raises:
            StoreError: there is no room for a second file.
        """
        if self._is_of_today and await self._database.size_bytes() > LARGE_BYTES:
            return False
        return await self._write()

    async def daily(self) -> None:
        """What is erased in the usual way, after its days or with its use, need not be gone on the day."""
        is_new = self._clock.now() - self._started_at < DAY
        if not is_new and not self._is_of_today and await self._database.size_bytes() <= LARGE_BYTES:
            await self._write()

    @property
    def _is_of_today(self) -> bool:
        return self._clock.now() - self._done_at < DAY

    async def _write(self) -> bool:
        is_done = await self._database.write_anew()
        if is_done:
            self._done_at = self._clock.now()
            log.info("database written anew")
        return is_done
