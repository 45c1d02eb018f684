"""The duties of the caretaker: what is done again and again in this house, and how often."""

from bot.caretaker import Caretaker, Duty
from bot.ground import MEGABYTE, Ground
from bot.leftovers import Leftovers
from bot.retirement import Retirement
from bot.shelf import Shelf
from bot.store.reminders import Reminders
from bot.store.spool_files import SpoolFiles
from bot.studio import Studio
from bot.sweep import Sweep
from bot.tidying import Tidying


def caretaker_of(ground: Ground, studio: Studio) -> Caretaker:
    leftovers = Leftovers(files=SpoolFiles(ground.database), spool=ground.spool, owner=ground.owner)
    sweep = Sweep(
        studio=studio,
        roster=ground.roster,
        last_words=ground.last_words,
        jobs=ground.jobs,
        owner=ground.owner,
        leftovers=leftovers,
        clock=ground.clock,
    )
    tidying = Tidying(
        history=ground.history, releases=ground.releases, spool=ground.spool, clock=ground.clock, keeping=ground.keeping
    )
    retirement = Retirement(ground.outside.models, ground.alarm, Reminders(ground.database), ground.clock)
    duties = (
        Duty(5.0, sweep.take_up),
        Duty(5.0, sweep.tell),
        Duty(5.0, ground.noticeboard.retire),
        Duty(5.0, ground.notices.tidy_notes),
        Duty(10.0, ground.noticeboard.refresh),
        Duty(5.0, ground.erasing.erase),
        Duty(5.0, ground.erasing.unpost),
        Duty(60.0, ground.erasing.scrub),
        Duty(600.0, retirement.look),
        Duty(5.0, ground.disk.look),
        Duty(30.0, _shelf(ground).trim),
        Duty(3_600.0, ground.erasing.forget),
        Duty(3_600.0, ground.writing_anew.daily),
        Duty(3_600.0, ground.moving_out.see_who_left),
        Duty(3_600.0, tidying.tidy),
        Duty(3_600.0, tidying.give_up_unfetched),
    )
    return Caretaker(duties, ground.clock, first=(leftovers.clear,))


def _shelf(ground: Ground) -> Shelf:
    settings = ground.settings
    return Shelf(
        history=ground.history,
        spool=ground.spool,
        budget_bytes=None if settings.keep_pictures_mb is None else settings.keep_pictures_mb * MEGABYTE,
        min_free_bytes=settings.min_free_mb * MEGABYTE,
    )
