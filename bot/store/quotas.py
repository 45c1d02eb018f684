"""How members stand: what is left today, where their allowance comes from, who used most."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock, day_number
from bot.model import Allowance, Job, Requester
from bot.store import balances, guards
from bot.store.allowances import DailyAllowance
from bot.store.audit import Change, last_changes
from bot.store.balances import Balance, Scope
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger, refills_at

# The primary key begins with scope, server and day: one range holds the members of a server's day.
HEAVIEST = """
SELECT user_id, reserved, charged, extra_reserved, extra_charged FROM balances
WHERE scope = 'member' AND guild_id = ? AND day = ? AND reserved + charged + extra_reserved + extra_charged > 0
ORDER BY reserved + charged + extra_reserved + extra_charged DESC, user_id LIMIT ?
"""
CHANGES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberQuota:
    """How one member stands today in one place; `changes` are the last ones an admin made to him, newest first.

    `earlier` are pictures of today that he used before he was erased.
    """

    daily: DailyAllowance
    today: Balance
    extra: int
    refills_at: datetime
    changes: tuple[Change, ...]
    earlier: int = 0

    @property
    def allowance(self) -> Allowance:
        return Allowance(allowed=self.daily.images, used=self.today.used + self.earlier, extra=self.extra)


@dataclass(frozen=True, slots=True)
class HeavyMember:
    """A member's use of the day, extra pictures among it."""

    user_id: int
    today: Balance


class Quotas:
    """Looks only; what members use is in the ledger and what admins change in `quota_admin`."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    async def member(self, requester: Requester, guild_id: int | None) -> MemberQuota:
        """For `/quota` and `/admin quota show user`; the requester brings the member's roles."""
        at = self._clock.now()
        member = Scope.member(guild_id, requester.user_id, day_number(at))

        def work(connection: sqlite3.Connection) -> MemberQuota:
            return MemberQuota(
                daily=self._ledger.daily_allowance(connection, requester=requester, guild_id=guild_id),
                today=balances.balance(connection, member),
                extra=balances.extras(connection, member),
                refills_at=refills_at(at),
                changes=tuple(last_changes(connection, member.guild_id, member.user_id, most=CHANGES_SHOWN)),
                earlier=guards.spent(connection, member),
            )

        return await self._database.read(work)

    async def heaviest(self, guild_id: int, *, most: int = 10) -> list[HeavyMember]:
        """The server's members with the most pictures today."""
        day = day_number(self._clock.now())
        rows = await self._database.read(
            lambda connection: connection.execute(HEAVIEST, (guild_id, day, most)).fetchall()
        )
        return [HeavyMember(user_id, Balance(*numbers)) for user_id, *numbers in rows]

    async def after(self, job: Job, *, delivered: int) -> Allowance:
        """How the member will stand once `delivered` pictures of this job are charged, for the result to say."""
        at = self._clock.now()
        return await self._database.read(
            lambda connection: self._ledger.allowance_after(
                connection,
                job_id=job.id,
                delivered=delivered,
                requester=job.arrival.requester,
                guild_id=job.arrival.place.guild_id,
                at=at,
            )
        )
