"""The ledger of quotas: pictures are reserved before anything is paid, then charged as delivered or released.

Beside the pictures it keeps the owner's money: reserved at the most that a job can cost, charged at what it did cost.

Every method takes the connection of a running transaction (`Database.transaction`), so that a job's row and its
pictures change together; those that only look also work in `Database.read`.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.clock import day_number, start_of_day
from bot.errors import BotError, BudgetReached, CeilingReached, QuotaExhausted
from bot.model import Allowance, Requester
from bot.store import balances, guards
from bot.store.allowances import DailyAllowance, daily_allowance
from bot.store.balances import Balance, Entry, EntryKind, Scope
from bot.store.engine import sqlite3
from bot.store.steps import savepoint


def refills_at(at: datetime) -> datetime:
    """When the day's allowances are whole again: the next midnight UTC."""
    return start_of_day(day_number(at) + 1)


class Ledger:
    """Member quotas, the owner's ceilings and his budget for a day of the whole bot. None: there is no such limit."""

    def __init__(
        self,
        *,
        quota_per_day: int,
        server_per_day: int | None,
        bot_per_day: int | None,
        budget_microusd: int | None = None,
    ) -> None:
        self._quota_per_day = quota_per_day
        self._server_per_day = server_per_day
        self._bot_per_day = bot_per_day
        self._budget_microusd = budget_microusd

    def reserve(
        self,
        connection: sqlite3.Connection,
        *,
        job_id: int,
        requester: Requester,
        guild_id: int | None,
        pictures: int,
        at: datetime,
        most_microusd: int = 0,
    ) -> None:
        """Promise pictures and money to a job in every scope or in none: the day's allowance first, then extras.

        The same job again has no effect, also after it was settled.

        Raises:
            QuotaExhausted: the member has fewer left.
            CeilingReached: the server or the bot has fewer left.
            BudgetReached: the owner's money for the day is not enough.
        """
        if balances.find(connection, job_id, EntryKind.RESERVE) is not None:
            return
        member = Scope.member(guild_id, requester.user_id, day_number(at))
        allowed = self.daily_allowance(connection, requester=requester, guild_id=guild_id).images
        with savepoint(connection):
            taken = _take_from_member(connection, member, pictures, most_microusd, allowed=allowed, at=at)
            wanted = Balance(reserved=pictures, reserved_microusd=most_microusd)
            for scope, ceiling, budget in self._limits(guild_id, member.day):
                if not balances.take(connection, scope, wanted, allowed=ceiling, budget_microusd=budget):
                    raise _refusal(scope, balances.balance(connection, scope), wanted, ceiling=ceiling, at=at)
            entry = Entry(
                cause_id=job_id,
                kind=EntryKind.RESERVE,
                member=member,
                difference=taken,
                extra_left=-taken.extra_reserved,
            )
            balances.enter(connection, entry, at=at)

    def reserve_more(self, connection: sqlite3.Connection, *, job_id: int, most_microusd: int, at: datetime) -> None:
        """Promise a job as much money as it needs now, where that is more than before, on the day it was accepted.

        Raises:
            BudgetReached: the owner's money for that day is not enough; nothing was changed.
        """
        held = balances.find(connection, job_id, EntryKind.RESERVE)
        if held is None or balances.find(connection, job_id, EntryKind.SETTLE) is not None:
            return
        more = Balance(reserved_microusd=most_microusd - held.difference.reserved_microusd)
        if more.reserved_microusd <= 0:
            return
        with savepoint(connection):
            balances.move(connection, held.member, more)
            for scope, _, budget in self._limits(held.member.guild_id or None, held.member.day):
                if not balances.take(connection, scope, more, allowed=None, budget_microusd=budget):
                    raise _refusal(scope, balances.balance(connection, scope), more, ceiling=None, at=at)
            balances.raise_reservation(connection, job_id, more.reserved_microusd)

    def check_budget(self, connection: sqlite3.Connection, *, job_id: int, later_microusd: int, at: datetime) -> None:
        """Whether the budget covers what is spent and promised on the day that a job was accepted.

        What was promised before there was a budget may be more than it: then those that were accepted first are
        painted. `later_microusd` is promised to others that came later and wait.

        Raises:
            BudgetReached: it does not.
        """
        held = balances.find(connection, job_id, EntryKind.RESERVE)
        if held is None or self._budget_microusd is None:
            return
        scope = Scope.bot(held.member.day)
        now = balances.balance(connection, scope)
        if now.charged_microusd + now.reserved_microusd - later_microusd > self._budget_microusd:
            wanted = Balance(reserved_microusd=held.difference.reserved_microusd)
            raise _refusal(scope, now, wanted, ceiling=None, at=at)

    def settle(
        self, connection: sqlite3.Connection, *, job_id: int, delivered: int, at: datetime, cost_microusd: int = 0
    ) -> int:
        """Charge what was delivered and release the rest, extra pictures first, on the day the job was accepted.

        The money charged is what the job did cost, whatever was delivered, even where that is more than was reserved.

        Returns how many pictures were charged: never more than was reserved. It happens once; again, it returns the
        same. A job that never reserved is charged nothing.
        """
        held = balances.find(connection, job_id, EntryKind.RESERVE)
        if held is None:
            return 0
        settled = balances.find(connection, job_id, EntryKind.SETTLE)
        if settled is not None:
            return settled.difference.all_charged
        difference, extras_back = _settlement(held.difference, delivered, cost_microusd)
        balances.move(connection, held.member, difference)
        if extras_back:
            balances.add_extras(connection, held.member, extras_back)
        for_all = Balance(
            reserved=difference.all_reserved,
            charged=difference.all_charged,
            reserved_microusd=difference.reserved_microusd,
            charged_microusd=difference.charged_microusd,
        )
        for scope, *_ in self._limits(held.member.guild_id or None, held.member.day):
            balances.move(connection, scope, for_all)
        entry = Entry(
            cause_id=job_id, kind=EntryKind.SETTLE, member=held.member, difference=difference, extra_left=extras_back
        )
        balances.enter(connection, entry, at=at)
        return difference.all_charged

    def allowance(
        self, connection: sqlite3.Connection, *, requester: Requester, guild_id: int | None, at: datetime
    ) -> Allowance:
        """How a member stands today."""
        member = Scope.member(guild_id, requester.user_id, day_number(at))
        return Allowance(
            allowed=self.daily_allowance(connection, requester=requester, guild_id=guild_id).images,
            used=balances.balance(connection, member).used + guards.spent(connection, member),
            extra=balances.extras(connection, member),
        )

    def allowance_after(
        self,
        connection: sqlite3.Connection,
        *,
        job_id: int,
        delivered: int,
        requester: Requester,
        guild_id: int | None,
        at: datetime,
    ) -> Allowance:
        """How the member will stand once this job of his is settled, so that its result can say so before."""
        now = self.allowance(connection, requester=requester, guild_id=guild_id, at=at)
        held = balances.find(connection, job_id, EntryKind.RESERVE)
        if held is None or balances.find(connection, job_id, EntryKind.SETTLE) is not None:
            return now
        difference, extras_back = _settlement(held.difference, delivered)
        is_today = held.member.day == day_number(at)
        return Allowance(
            allowed=now.allowed, used=now.used + (difference.used if is_today else 0), extra=now.extra + extras_back
        )

    def daily_allowance(
        self, connection: sqlite3.Connection, *, requester: Requester, guild_id: int | None
    ) -> DailyAllowance:
        return daily_allowance(connection, requester=requester, guild_id=guild_id, quota_per_day=self._quota_per_day)

    def grant(
        self, connection: sqlite3.Connection, *, cause_id: int, member: Scope, pictures: int, at: datetime
    ) -> int:
        """Give extra pictures, which do not expire; how many the member has then."""
        balances.enter(
            connection,
            Entry(cause_id=cause_id, kind=EntryKind.GRANT, member=member, difference=Balance(), extra_left=pictures),
            at=at,
        )
        return balances.add_extras(connection, member, pictures)

    def reset(self, connection: sqlite3.Connection, *, cause_id: int, member: Scope, at: datetime) -> int:
        """Give back what was charged on the member's day, extra pictures included; how many pictures that was.

        What is still reserved stays so, and the ceilings keep their count: those pictures have been paid for.
        """
        today = balances.balance(connection, member)
        earlier = guards.spent(connection, member)
        guards.forgive(connection, member)
        if today.all_charged:
            difference = Balance(charged=-today.charged, extra_charged=-today.extra_charged)
            balances.move(connection, member, difference)
            balances.add_extras(connection, member, today.extra_charged)
            entry = Entry(
                cause_id=cause_id,
                kind=EntryKind.RESET,
                member=member,
                difference=difference,
                extra_left=today.extra_charged,
            )
            balances.enter(connection, entry, at=at)
        return today.all_charged + earlier

    def _limits(self, guild_id: int | None, day: int) -> Iterator[tuple[Scope, int | None, int | None]]:
        """The scopes above the member's, the pictures that each may make, and the money that may be spent there."""
        if guild_id is not None:
            yield Scope.server(guild_id, day), self._server_per_day, None
        yield Scope.bot(day), self._bot_per_day, self._budget_microusd


def _refusal(scope: Scope, now: Balance, wanted: Balance, *, ceiling: int | None, at: datetime) -> BotError:
    """Why a scope, as it stands now, cannot take what is wanted: pictures, or else money."""
    if ceiling is not None and now.used + wanted.reserved > ceiling:
        return CeilingReached(scope=scope.kind, left=max(0, ceiling - now.used), refills_at=refills_at(at))
    return BudgetReached(
        wanted_microusd=wanted.reserved_microusd,
        charged_microusd=now.charged_microusd,
        reserved_microusd=now.reserved_microusd,
        refills_at=refills_at(at),
    )


def _take_from_member(
    connection: sqlite3.Connection, member: Scope, pictures: int, most_microusd: int, *, allowed: int, at: datetime
) -> Balance:
    allowed = max(0, allowed - guards.spent(connection, member))
    left_today = max(0, allowed - balances.balance(connection, member).used)
    from_day = min(pictures, left_today)
    from_extras = pictures - from_day
    taken = Balance(reserved=from_day, extra_reserved=from_extras, reserved_microusd=most_microusd)
    has_extras = from_extras == 0 or balances.take_extras(connection, member, from_extras)
    if not has_extras or not balances.take(connection, member, taken, allowed=allowed):
        left = left_today + balances.extras(connection, member)
        raise QuotaExhausted(wanted=pictures, left=left, refills_at=refills_at(at), in_server=bool(member.guild_id))
    return taken


def _settlement(held: Balance, delivered: int, cost_microusd: int = 0) -> tuple[Balance, int]:
    """The difference that settles a reservation, and how many extra pictures come back."""
    charged = min(max(delivered, 0), held.all_reserved)
    from_day = min(charged, held.reserved)
    from_extras = charged - from_day
    difference = Balance(
        reserved=-held.reserved,
        charged=from_day,
        extra_reserved=-held.extra_reserved,
        extra_charged=from_extras,
        reserved_microusd=-held.reserved_microusd,
        charged_microusd=cost_microusd,
    )
    return difference, held.extra_reserved - from_extras
