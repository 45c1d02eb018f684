"""Putting the rooms together around a client."""

from functools import partial

from bot.caller import Caller
from bot.discretion import Level
from bot.duties import caretaker_of
from bot.ground import Ground
from bot.painter import Painter
from bot.privacy.exporting import Exporting
from bot.rooms import Rooms
from bot.sources import Sources
from bot.store.belongings import Belongings
from bot.store.quota_admin import QuotaAdmin
from bot.studio import Studio


def furnish(ground: Ground) -> Rooms:
    studio = _studio(ground)
    ground.discretion.on_change = partial(_tell_of_refusals, ground)
    return Rooms(
        studio=studio,
        caretaker=caretaker_of(ground, studio),
        jobs=ground.jobs,
        artifacts=ground.artifacts,
        history=ground.history,
        quotas=ground.quotas,
        quota_admin=QuotaAdmin(ground.database, ground.ledger),
        models=ground.outside.models,
        line=ground.line,
        notices=ground.notices,
        removal=ground.removal,
        noticeboard=ground.noticeboard,
        erasures=ground.erasures,
        erasing=ground.erasing,
        exporting=Exporting(Belongings(ground.database), ground.spool.folder, ground.clock),
        moving_out=ground.moving_out,
        clock=ground.clock,
        pictures_wait=ground.keeping.waiting,
    )


def _tell_of_refusals(ground: Ground, level: Level, count: int) -> None:
    if level is not Level.FREE:
        ground.roster.own(ground.alarm.discord_refuses(count))


def _studio(ground: Ground) -> Studio:
    outside = ground.outside
    return Studio(
        jobs=ground.jobs,
        quotas=ground.quotas,
        moderation=outside.moderation,
        sources=Sources(ground.spool, outside.downloads, outside.pictures, ground.jobs),
        queue=ground.queue,
        painter=_painter(ground),
        cards=ground.cards,
        fitting=ground.fitting,
        delivery=ground.delivery,
        last_words=ground.last_words,
        roster=ground.roster,
        clock=ground.clock,
    )


def _painter(ground: Ground) -> Painter:
    caller = Caller(
        api=ground.outside.api,
        models=ground.outside.models,
        queue=ground.queue,
        breaker=ground.breaker,
        jobs=ground.jobs,
        artifacts=ground.artifacts,
        spool=ground.spool,
        onlooker=ground.previews,
        clock=ground.clock,
    )
    return Painter(
        caller=caller,
        models=ground.outside.models,
        queue=ground.queue,
        breaker=ground.breaker,
        jobs=ground.jobs,
        artifacts=ground.artifacts,
        spool=ground.spool,
        onlooker=ground.previews,
        clock=ground.clock,
        check_ground=ground.disk.check,
        rerun_lost=ground.settings.rerun_lost,
    )
