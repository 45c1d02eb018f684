"""What admins change about quotas: each change and its record in one transaction, once for each interaction."""

from collections.abc import Callable

from bot.clock import day_number
from bot.errors import InvalidRequest
from bot.store import balances
from bot.store.allowances import AllowanceSource, change, setting
from bot.store.audit import Change, ChangeKind, Order, record, recorded
from bot.store.balances import Scope
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger

IMAGES_MAX = 100_000

BeforeAndAfter = tuple[int | None, int | None]


class QuotaAdmin:
    """Every method returns what changed; the same interaction again changes nothing and returns the first result.

    Rights are checked by the caller. Every number is 0 to 100,000, else InvalidRequest.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    async def set_member(self, order: Order, *, user_id: int, images: int | None) -> Change:
        """A member's own daily allowance; None removes it, so that roles and the default count again."""
        return await self._set(order, ChangeKind.SET_MEMBER, AllowanceSource.MEMBER, user_id, images)

    async def set_role(self, order: Order, *, role_id: int, images: int | None) -> Change:
        """The daily allowance of those with a role; None removes it."""
        return await self._set(order, ChangeKind.SET_ROLE, AllowanceSource.ROLE, role_id, images)

    async def set_default(self, order: Order, *, images: int | None) -> Change:
        """The daily allowance of everybody else in the server; None goes back to the owner's QUOTA_PER_DAY."""
        return await self._set(order, ChangeKind.SET_DEFAULT, AllowanceSource.DEFAULT, 0, images)

    async def _set(
        self, order: Order, action: ChangeKind, source: AllowanceSource, subject_id: int, images: int | None
    ) -> Change:
        if images is not None:
            _check(images)

        def apply(connection: sqlite3.Connection) -> BeforeAndAfter:
            before = setting(connection, order.guild_id, source, subject_id)
            change(connection, order.guild_id, source, subject_id, images)
            return before, images

        return await self._once(order, action, subject_id, apply)

    async def grant(self, order: Order, *, user_id: int, images: int) -> Change:
        """Extra pictures for a member in this server; they do not expire."""
        _check(images)
        member = Scope.member(order.guild_id, user_id, day_number(order.at))

        def apply(connection: sqlite3.Connection) -> BeforeAndAfter:
            after = self._ledger.grant(
                connection, cause_id=order.interaction_id, member=member, pictures=images, at=order.at
            )
            return after - images, after

        return await self._once(order, ChangeKind.GRANT, user_id, apply)

    async def reset(self, order: Order, *, user_id: int) -> Change:
        """Give a member back what was charged today; what is being painted stays reserved."""
        member = Scope.member(order.guild_id, user_id, day_number(order.at))

        def apply(connection: sqlite3.Connection) -> BeforeAndAfter:
            given_back = self._ledger.reset(connection, cause_id=order.interaction_id, member=member, at=order.at)
            return given_back, balances.balance(connection, member).all_charged

        return await self._once(order, ChangeKind.RESET, user_id, apply)

    async def _once(
        self,
        order: Order,
        action: ChangeKind,
        subject_id: int,
        apply: Callable[[sqlite3.Connection], BeforeAndAfter],
    ) -> Change:
        def work(connection: sqlite3.Connection) -> Change:
            earlier = recorded(connection, order.interaction_id)
            if earlier is not None:
                return earlier
            before, after = apply(connection)
            made = Change(order=order, action=action, subject_id=subject_id, before=before, after=after)
            record(connection, made)
            return made

        return await self._database.transaction(work)


def _check(images: int) -> None:
    if not 0 <= images <= IMAGES_MAX:
        raise InvalidRequest(f"Choose a number of pictures from 0 to {IMAGES_MAX:,}.")
