"""What the house stands on, and what several rooms share: made once, when it is first asked for."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import discord

from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.delivery.card import Cards
from bot.delivery.fitting import Fitting
from bot.delivery.line import Deadlines, Line
from bot.delivery.looks import Looks
from bot.delivery.membership import Membership
from bot.delivery.notices import Notices
from bot.delivery.post import Posts
from bot.delivery.removal import Removal
from bot.delivery.routes import Delivery
from bot.delivery.words import DirectWords
from bot.discretion import Discretion
from bot.disk import Disk
from bot.image_api.breaker import Breaker
from bot.last_words import LastWords
from bot.noticeboard import Noticeboard
from bot.outside import Outside
from bot.owner import Owner
from bot.previews import Previews
from bot.privacy.erasing import Erasing
from bot.privacy.letting_go import LettingGo
from bot.privacy.moving_out import MovingOut
from bot.privacy.writing_anew import WritingAnew
from bot.queue import Places, Queue
from bot.roster import Roster
from bot.settings import Settings
from bot.spool import Spool
from bot.store.artifacts import Artifacts
from bot.store.database import Database
from bot.store.departures import Departures
from bot.store.erasures import Erasures
from bot.store.history import History
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger
from bot.store.letters import Letters
from bot.store.notes import Notes
from bot.store.quotas import Quotas
from bot.store.releases import Releases
from bot.tidying import Keeping

MEGABYTE = 10**6
PLACES = "places"  # in DATA_DIR


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the house stands on, and the parts of it that several rooms share."""

    client: discord.Client
    settings: Settings
    clock: Clock
    outside: Outside
    database: Database
    owner: Owner
    spool: Spool
    deadlines: Deadlines
    discretion: Discretion

    @cached_property
    def ledger(self) -> Ledger:
        limits = self.settings
        return Ledger(
            quota_per_day=limits.quota_per_day,
            server_per_day=limits.server_per_day,
            bot_per_day=limits.bot_per_day,
            budget_microusd=limits.budget_microusd,
        )

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.database, self.ledger, owner=self.owner.boot_id)

    @cached_property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.database)

    @cached_property
    def history(self) -> History:
        return History(self.database)

    @cached_property
    def quotas(self) -> Quotas:
        return Quotas(self.database, self.ledger, self.clock)

    @cached_property
    def roster(self) -> Roster:
        return Roster(self.owner, self.queue)

    @cached_property
    def keeping(self) -> Keeping:
        return Keeping(
            pictures=timedelta(days=self.settings.keep_pictures_days),
            prompts=timedelta(days=self.settings.keep_prompts_days),
        )

    @cached_property
    def queue(self) -> Queue:
        limits = self.settings
        return Queue(
            Places(self.settings.data_dir / PLACES, limits.images_at_once),
            self.clock,
            at_once=limits.images_at_once,
            at_once_per_user=limits.images_at_once_per_user,
            max_waiting=limits.queue_max,
            max_wait_s=limits.queue_max_wait_s,
        )

    @cached_property
    def noticeboard(self) -> Noticeboard:
        return Noticeboard(
            queue=self.queue,
            breaker=self.breaker,
            api=self.outside.api,
            roster=self.roster,
            jobs=self.jobs,
            cards=self.cards,
            clock=self.clock,
            discretion=self.discretion,
        )

    @cached_property
    def breaker(self) -> Breaker:
        def tell(open_s: float | None) -> None:
            self.roster.own(self.alarm.service_changed(open_s))

        return Breaker(self.clock, on_change=tell)

    @cached_property
    def alarm(self) -> Alarm:
        limits = self.settings
        return Alarm(self.words, self.line, limits.owner_ids, limits.budget_microusd, self.clock)

    @cached_property
    def line(self) -> Line:
        return Line(self.clock, self.deadlines)

    @cached_property
    def looks(self) -> Looks:
        return Looks(self.client, self.line)

    @cached_property
    def words(self) -> DirectWords:
        return DirectWords(self.client, self.line, self.looks, Letters(self.database))

    @cached_property
    def disk(self) -> Disk:
        return Disk(
            spool=self.spool,
            database=self.database,
            alarm=self.alarm,
            clock=self.clock,
            min_free_bytes=self.settings.min_free_mb * MEGABYTE,
        )

    @cached_property
    def fitting(self) -> Fitting:
        return Fitting(self.outside.pictures, self.artifacts)

    @cached_property
    def delivery(self) -> Delivery:
        return Delivery(
            self.client,
            line=self.line,
            cards=self.cards,
            posts=Posts(self.client, self.line, self.looks, self.artifacts),
            words=self.words,
            artifacts=self.artifacts,
            fitting=self.fitting,
            clock=self.clock,
        )

    @cached_property
    def last_words(self) -> LastWords:
        return LastWords(
            line=self.line,
            cards=self.cards,
            words=self.words,
            delivery=self.delivery,
            alarm=self.alarm,
            jobs=self.jobs,
            roster=self.roster,
            clock=self.clock,
        )

    @cached_property
    def cards(self) -> Cards:
        return Cards(self.client, self.line, self.looks, self.jobs, self.artifacts, self.clock)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.client, self.line, self.looks, Notes(self.database), self.clock)

    @cached_property
    def releases(self) -> Releases:
        return Releases(self.database, self.ledger, owner=self.owner.boot_id)

    @cached_property
    def letting_go(self) -> LettingGo:
        return LettingGo(self.releases, self.roster, self.last_words, self.clock)

    @cached_property
    def erasures(self) -> Erasures:
        return Erasures(self.database)

    @cached_property
    def removal(self) -> Removal:
        return Removal(self.client, self.line, self.artifacts, self.erasures)

    @cached_property
    def writing_anew(self) -> WritingAnew:
        return WritingAnew(self.database, self.clock)

    @cached_property
    def erasing(self) -> Erasing:
        return Erasing(
            jobs=self.jobs,
            erasures=self.erasures,
            letting_go=self.letting_go,
            removal=self.removal,
            spool=self.spool,
            database=self.database,
            writing_anew=self.writing_anew,
            clock=self.clock,
        )

    @cached_property
    def moving_out(self) -> MovingOut:
        return MovingOut(
            departures=Departures(self.database),
            membership=Membership(self.client, self.line),
            letting_go=self.letting_go,
            spool=self.spool,
            writing_anew=self.writing_anew,
            clock=self.clock,
            kept_for=timedelta(days=self.settings.keep_server_days),
        )

    @cached_property
    def previews(self) -> Previews:
        return Previews(self.cards, self.roster, self.clock, self.discretion, most=self.settings.image_previews)
