"""Telling the owners in time that a default model goes."""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.image_api.models import Models
from bot.store.reminders import Reminders
from bot.ui.endings import to_owner

log = logging.getLogger(__name__)

AT_MOST_EVERY = timedelta(days=1)


class Retirement:
    """Each model is logged once a start, and told once a day at most, however often the bot is started."""

    def __init__(self, models: Models, alarm: Alarm, reminders: Reminders, clock: Clock) -> None:
        self._models = models
        self._alarm = alarm
        self._reminders = reminders
        self._clock = clock
        self._logged: set[str] = set()

    async def look(self) -> None:
        for ending in self._models.endings():
            model, successor = ending.model, ending.successor
            if model.id not in self._logged:
                self._logged.add(model.id)
                state = "gone" if ending.is_gone else f"ends_on={model.retires_on}"
                log.warning("default model %s model=%s successor=%s", state, model.id, successor and successor.id)
            if await self._reminders.due(f"ending {model.id}", every=AT_MOST_EVERY, at=self._clock.now()):
                await self._alarm.tell(to_owner(ending))
