"""Telling the bot's owners what they have to know, by direct message: trouble once an hour, the budget once a day."""

import logging
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.clock import Clock, day_number, to_ms
from bot.delivery.line import Line
from bot.delivery.trouble import Obstacle
from bot.delivery.words import DirectWords
from bot.errors import BudgetReached, OwnerMustAct
from bot.ui.faces import budget_reached, discord_refuses, owner_must_act, service_back, service_down

log = logging.getLogger(__name__)

AT_MOST_EVERY = timedelta(hours=1)
TELL_FOR_S = 900.0  # Discord is mostly back by then; the log has everything in any case


class Alarm:
    def __init__(
        self,
        words: DirectWords,
        line: Line,
        owner_ids: Collection[int],
        budget_microusd: int | None,
        clock: Clock,
    ) -> None:
        self._words = words
        self._line = line
        self._owner_ids = owner_ids
        self._budget_microusd = budget_microusd
        self._clock = clock
        self._told_of_budget_on: int | None = None
        self._told_at: dict[str, datetime] = {}  # by what it was about
        self._is_down = False  # as far as the owners know

    async def raise_(self, error: OwnerMustAct) -> None:
        """Say that the image service refuses the bot; the log has it in any case. Never raises."""
        if self._may_tell("refused"):
            log.error("owner must act: %s", error.detail)
            await self.tell(owner_must_act(error.reason or error.detail))

    async def service_changed(self, open_s: float | None) -> None:
        """Say that the image service is down (None), or back after that many seconds: only to those who know of it."""
        if open_s is None and self._may_tell("down"):
            self._is_down = True
            await self.tell(service_down())
        elif open_s is not None and self._is_down:
            self._is_down = False
            await self.tell(service_back(open_s))

    async def discord_refuses(self, count: int) -> None:
        """Say that Discord refuses so many requests that a ban comes near. Never raises."""
        if self._may_tell("banned soon"):
            await self.tell(discord_refuses(count))

    async def budget_reached(self, error: BudgetReached) -> None:
        """Say, with the first request of a day that was refused for it, how the budget stands. Never raises."""
        today = day_number(self._clock.now())
        if self._told_of_budget_on == today:
            return
        self._told_of_budget_on = today
        charged, reserved = error.charged_microusd, error.reserved_microusd
        log.warning("budget reached charged_microusd=%d reserved_microusd=%d", charged, reserved)
        await self.tell(budget_reached(error, self._budget_microusd or 0))

    def _may_tell(self, about: str) -> bool:
        now = self._clock.now()
        told_at = self._told_at.get(about)
        if told_at is not None and timedelta(0) <= now - told_at < AT_MOST_EVERY:  # unless the clock was set back
            return False
        self._told_at[about] = now
        return True

    async def tell(self, text: str) -> None:
        """A direct message to every owner. Never raises."""
        for owner_id in self._owner_ids:
            nonce = f"a{zlib.crc32(text.encode()):x}.{to_ms(self._clock.now()):x}"
            patience = self._line.patience(TELL_FOR_S)
            try:
                await self._words.tell_patiently(owner_id, text, nonce=nonce, patience=patience)
            except Obstacle as obstacle:
                log.warning("owner not told owner=%d detail=%s", owner_id, obstacle.detail)
