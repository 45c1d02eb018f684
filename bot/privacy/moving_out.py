"""Servers that removed the bot: their requests end at once, their data go when they do not invite it again."""

import asyncio
import logging
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.membership import Membership
from bot.errors import ServerLeft
from bot.privacy.letting_go import LettingGo
from bot.privacy.writing_anew import WritingAnew
from bot.spool import Spool
from bot.store.departures import Departures

log = logging.getLogger(__name__)

FIRST_ID = -(2**63)  # erased members' requests have numbers below zero


class MovingOut:
    """`kept_for`: how long a server's data stay after the bot was removed, in case that was a mistake."""

    def __init__(
        self,
        *,
        departures: Departures,
        membership: Membership,
        letting_go: LettingGo,
        spool: Spool,
        writing_anew: WritingAnew,
        clock: Clock,
        kept_for: timedelta,
    ) -> None:
        self._departures = departures
        self._membership = membership
        self._letting_go = letting_go
        self._spool = spool
        self._writing_anew = writing_anew
        self._clock = clock
        self._kept_for = kept_for

    async def left(self, guild_id: int) -> None:
        """The bot was removed from a server. An outage of a server is not this."""
        await self._departures.left(guild_id, at=self._clock.now())
        let_go = await self._letting_go.of_server(guild_id, ServerLeft(), also_pictures=False)
        log.info("left a server requests_let_go=%d", let_go)

    async def joined(self, guild_id: int) -> None:
        """The bot is in a server, perhaps again: what it set stays."""
        await self._departures.came_back(guild_id)

    async def see_who_left(self) -> None:
        """Find what happened while nobody listened, and erase what was left long enough ago."""
        present = self._membership.servers()
        if present is None:
            return
        for guild_id in await self._departures.compare(present, at=self._clock.now()):
            await self.left(guild_id)
        for guild_id in await self._departures.due(left_before=self._clock.now() - self._kept_for):
            if guild_id not in present and await self._membership.has_ended(guild_id):
                await self._erase(guild_id)

    async def _erase(self, guild_id: int) -> None:
        await self._letting_go.of_server(guild_id, ServerLeft(), also_pictures=True)
        await self._departures.wipe_settings(guild_id)
        count, last_id = 0, FIRST_ID
        while batch := await self._departures.next_batch(guild_id, after_id=last_id):
            gone = await asyncio.to_thread(self._spool.remove_each, batch)
            await self._departures.wipe(gone)
            count += len(gone)
            if len(gone) < len(batch):  # once more in the next round; other servers need not wait for that
                return
            last_id = batch[-1]
        if await self._writing_anew.now():
            await self._departures.erased(guild_id, at=self._clock.now())
        log.info("erased a server requests=%d", count)
