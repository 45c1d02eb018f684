"""The rooms of the house: what cogs are handed, and the caretaker that the app sets to work."""

from dataclasses import dataclass
from datetime import timedelta

from bot.caretaker import Caretaker
from bot.clock import Clock
from bot.delivery.line import Line
from bot.delivery.notices import Notices
from bot.delivery.removal import Removal
from bot.image_api.models import Models
from bot.noticeboard import Noticeboard
from bot.privacy.erasing import Erasing
from bot.privacy.exporting import Exporting
from bot.privacy.moving_out import MovingOut
from bot.store.artifacts import Artifacts
from bot.store.erasures import Erasures
from bot.store.history import History
from bot.store.jobs import Jobs
from bot.store.quota_admin import QuotaAdmin
from bot.store.quotas import Quotas
from bot.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    studio: Studio
    caretaker: Caretaker
    jobs: Jobs
    artifacts: Artifacts
    history: History
    quotas: Quotas
    quota_admin: QuotaAdmin
    models: Models
    line: Line
    notices: Notices
    removal: Removal
    noticeboard: Noticeboard
    erasures: Erasures
    erasing: Erasing
    exporting: Exporting
    moving_out: MovingOut
    clock: Clock
    pictures_wait: timedelta
