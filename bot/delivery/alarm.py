"""Telling the bot's owners what only they can mend, by direct message and at most once an hour."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import discord

from bot.clock import Clock
from bot.delivery.trouble import UNREACHABLE
from bot.errors import OwnerMustAct
from bot.ui.faces import owner_must_act

log = logging.getLogger(__name__)

AT_MOST_EVERY = timedelta(hours=1)
TELL_TIMEOUT_S = 30.0


class Alarm:
    def __init__(self, client: discord.Client, owner_ids: Collection[int], clock: Clock) -> None:
        self._client = client
        self._owner_ids = owner_ids
        self._clock = clock
        self._told_at: datetime | None = None

    async def raise_(self, error: OwnerMustAct) -> None:
        """Say that the image service refuses the bot; the log has it in any case. Never raises."""
        now = self._clock.now()
        if self._told_at is not None and now - self._told_at < AT_MOST_EVERY:
            return
        self._told_at = now
        log.error("owner must act: %s", error.detail)
        for owner_id in self._owner_ids:
            try:
                async with asyncio.timeout(TELL_TIMEOUT_S):
                    owner = await self._client.fetch_user(owner_id)
                    await owner.send(owner_must_act(error.reason or error.detail))
            except UNREACHABLE as failure:
                log.warning("owner not told owner=%d error=%s", owner_id, type(failure).__name__)
