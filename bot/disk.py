"""Whether the disk has room for another request, and whether the database is whole: looked at again and again."""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.errors import DiskFull, StoreDamaged
from bot.spool import Spool
from bot.store.database import Database
from bot.ui import ground

log = logging.getLogger(__name__)

AT_MOST_EVERY = timedelta(hours=1)


class Disk:
    """`min_free_bytes`: with less, new requests are refused in words, so that those under way have room to end."""

    def __init__(self, *, spool: Spool, database: Database, alarm: Alarm, clock: Clock, min_free_bytes: int) -> None:
        self._spool = spool
        self._database = database
        self._alarm = alarm
        self._clock = clock
        self._min_free_bytes = min_free_bytes
        self._is_low = False
        self._told_at: dict[str, datetime] = {}

    def check(self) -> None:
        """
        Raises:
            DiskFull, StoreDamaged: nothing new can be taken.
        """
        if self._database.is_damaged:
            raise StoreDamaged
        if self._is_low:
            raise DiskFull

    async def look(self) -> None:
        if self._database.is_damaged:
            await self._tell(ground.database_damaged())
        free_bytes = await asyncio.to_thread(self._spool.free_bytes)
        was_low, self._is_low = self._is_low, free_bytes < self._min_free_bytes
        if self._is_low:
            if not was_low:
                log.error("disk low free_bytes=%d min_free_bytes=%d", free_bytes, self._min_free_bytes)
            await self._tell(ground.disk_low(free_bytes, self._min_free_bytes))
        elif was_low:
            log.info("disk has room again free_bytes=%d", free_bytes)

    async def _tell(self, text: str) -> None:
        """The owners hear of each once an hour; kept in memory, since the database may be what is in trouble."""
        about = text.partition(":")[0]
        now, told_at = self._clock.now(), self._told_at.get(about)
        if told_at is None or not timedelta(0) <= now - told_at < AT_MOST_EVERY:
            self._told_at[about] = now
            await self._alarm.tell(text)
