"""What admins change: who may how much, extra pictures, resets; recorded, once, within bounds."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import day_number
from bot.errors import InvalidRequest, QuotaExhausted
from bot.model import Requester
from bot.store.allowances import AllowanceSource, DailyAllowance
from bot.store.audit import Change, ChangeKind, Order
from bot.store.balances import Balance
from bot.store.database import Database
from bot.store.ledger import Ledger
from bot.store.quota_admin import QuotaAdmin
from bot.store.quotas import HEAVIEST, HeavyMember, Quotas
from tests.clock import FakeClock

GARDEN, HARBOUR = 101, 102
ANNA, BERT, CARL = 1, 2, 3
ADMIN = 9
PAINTER, PATRON = 301, 302


class Office:
    """An admin at work: every order is a new interaction unless the test names one."""

    def __init__(self, database: Database, ledger: Ledger, clock: FakeClock) -> None:
        self.database, self.ledger, self.clock = database, ledger, clock
        self.admin = QuotaAdmin(database, ledger)
        self.quotas = Quotas(database, ledger, clock)
        self._last_id = 1_000

    def order(self, interaction_id: int | None = None, *, guild_id: int = GARDEN) -> Order:
        self._last_id += 1
        return Order(
            interaction_id=interaction_id or self._last_id, guild_id=guild_id, admin_id=ADMIN, at=self.clock.now()
        )

    async def paint(self, user_id: int, pictures: int, *, guild_id: int | None = GARDEN, settled: bool = True) -> None:
        self._last_id += 1
        job_id, at = self._last_id, self.clock.now()
        await self.database.transaction(
            lambda connection: self.ledger.reserve(
                connection, job_id=job_id, requester=Requester(user_id), guild_id=guild_id, pictures=pictures, at=at
            )
        )
        if settled:
            await self.database.transaction(
                lambda connection: self.ledger.settle(connection, job_id=job_id, delivered=pictures, at=at)
            )

    async def daily(self, user_id: int, *role_ids: int, guild_id: int | None = GARDEN) -> DailyAllowance:
        return (await self.quotas.member(Requester(user_id, frozenset(role_ids)), guild_id)).daily


@pytest.fixture
def office(database: Database, ledger: Ledger, clock: FakeClock) -> Office:
    return Office(database, ledger, clock)


async def test_own_setting_before_best_role_before_default_before_the_owners(office: Office) -> None:
    admin = office.admin
    owners = await office.daily(ANNA, PAINTER, PATRON)
    await admin.set_default(office.order(), images=10)
    default = await office.daily(ANNA, PAINTER, PATRON)
    await admin.set_role(office.order(), role_id=PAINTER, images=30)
    await admin.set_role(office.order(), role_id=PATRON, images=50)
    best_role = await office.daily(ANNA, PAINTER, PATRON)
    await admin.set_member(office.order(), user_id=ANNA, images=2)
    own = await office.daily(ANNA, PAINTER, PATRON)

    assert owners == DailyAllowance(20, AllowanceSource.OWNER)
    assert default == DailyAllowance(10, AllowanceSource.DEFAULT)
    assert best_role == DailyAllowance(50, AllowanceSource.ROLE, PATRON)
    assert own == DailyAllowance(2, AllowanceSource.MEMBER)


async def test_a_role_counts_for_those_who_have_it_and_nowhere_else(office: Office) -> None:
    await office.admin.set_role(office.order(), role_id=PAINTER, images=30)

    assert (await office.daily(ANNA)).images == 20
    assert (await office.daily(ANNA, PAINTER, guild_id=HARBOUR)).images == 20
    assert (await office.daily(ANNA, PAINTER, guild_id=None)).images == 20


async def test_a_role_may_give_less_than_the_default_and_nothing_is_a_setting_too(office: Office) -> None:
    await office.admin.set_role(office.order(), role_id=PAINTER, images=0)

    assert await office.daily(ANNA, PAINTER) == DailyAllowance(0, AllowanceSource.ROLE, PAINTER)


async def test_a_setting_that_is_removed_lets_the_next_one_count_again(office: Office) -> None:
    admin = office.admin
    await admin.set_default(office.order(), images=10)
    await admin.set_role(office.order(), role_id=PAINTER, images=30)
    await admin.set_member(office.order(), user_id=ANNA, images=2)

    removed = await admin.set_member(office.order(), user_id=ANNA, images=None)
    without_own = await office.daily(ANNA, PAINTER)
    await admin.set_role(office.order(), role_id=PAINTER, images=None)
    without_role = await office.daily(ANNA, PAINTER)
    await admin.set_default(office.order(), images=None)

    assert (removed.before, removed.after) == (2, None)
    assert (without_own.images, without_role.images) == (30, 10)
    assert await office.daily(ANNA, PAINTER) == DailyAllowance(20, AllowanceSource.OWNER)


async def test_lowering_an_allowance_below_its_use_leaves_nothing_and_never_less(office: Office) -> None:
    await office.paint(ANNA, 15)
    await office.admin.set_member(office.order(), user_id=ANNA, images=5)

    standing = await office.quotas.member(Requester(ANNA), GARDEN)
    with pytest.raises(QuotaExhausted) as refused:
        await office.paint(ANNA, 1)

    assert standing.allowance.left == 0
    assert refused.value.left == 0


async def test_extra_pictures_can_be_used_when_the_allowance_was_lowered_below_its_use(office: Office) -> None:
    await office.paint(ANNA, 15)
    await office.admin.set_member(office.order(), user_id=ANNA, images=5)
    await office.admin.grant(office.order(), user_id=ANNA, images=3)

    await office.paint(ANNA, 2)

    assert (await office.quotas.member(Requester(ANNA), GARDEN)).allowance.left == 1


async def test_every_change_is_recorded_with_who_whom_what_before_after_and_when(office: Office) -> None:
    admin = office.admin
    await office.paint(ANNA, 4)
    orders = [office.order() for _ in range(4)]
    await admin.set_member(orders[0], user_id=ANNA, images=30)
    await admin.set_member(orders[1], user_id=ANNA, images=40)
    await admin.grant(orders[2], user_id=ANNA, images=5)
    await admin.reset(orders[3], user_id=ANNA)
    await admin.set_member(office.order(), user_id=BERT, images=1)
    await admin.set_member(office.order(guild_id=HARBOUR), user_id=ANNA, images=1)

    changes = (await office.quotas.member(Requester(ANNA), GARDEN)).changes

    assert changes == (
        Change(order=orders[3], action=ChangeKind.RESET, subject_id=ANNA, before=4, after=0),
        Change(order=orders[2], action=ChangeKind.GRANT, subject_id=ANNA, before=0, after=5),
        Change(order=orders[1], action=ChangeKind.SET_MEMBER, subject_id=ANNA, before=30, after=40),
        Change(order=orders[0], action=ChangeKind.SET_MEMBER, subject_id=ANNA, before=None, after=30),
    )


Command = Callable[[QuotaAdmin, Order], Awaitable[Change]]

COMMANDS: dict[str, Command] = {
    "set user": lambda admin, order: admin.set_member(order, user_id=ANNA, images=7),
    "role": lambda admin, order: admin.set_role(order, role_id=PAINTER, images=7),
    "default": lambda admin, order: admin.set_default(order, images=7),
    "grant": lambda admin, order: admin.grant(order, user_id=ANNA, images=7),
    "reset": lambda admin, order: admin.reset(order, user_id=ANNA),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_an_order_that_arrives_five_times_is_done_once_and_answered_alike(
    office: Office, command: Command
) -> None:
    await office.paint(ANNA, 3)
    order = office.order()

    first = await command(office.admin, order)
    once = await office.quotas.member(Requester(ANNA, frozenset({PAINTER})), GARDEN)
    await office.paint(ANNA, 1)
    again = await asyncio.gather(*(command(office.admin, order) for _ in range(4)))
    at_last = await office.quotas.member(Requester(ANNA, frozenset({PAINTER})), GARDEN)

    assert again == [first] * 4
    assert (at_last.daily, at_last.extra, at_last.changes) == (once.daily, once.extra, once.changes)
    assert at_last.today.charged == once.today.charged + 1


@pytest.mark.parametrize("images", [-1, 100_001, -(2**70), 2**70])
async def test_numbers_out_of_bounds_are_refused_in_words_and_leave_no_trace(office: Office, images: int) -> None:
    for attempt in (
        office.admin.set_member(office.order(), user_id=ANNA, images=images),
        office.admin.set_role(office.order(), role_id=PAINTER, images=images),
        office.admin.set_default(office.order(), images=images),
        office.admin.grant(office.order(), user_id=ANNA, images=images),
    ):
        with pytest.raises(InvalidRequest, match="0 to 100,000"):
            await attempt

    standing = await office.quotas.member(Requester(ANNA, frozenset({PAINTER})), GARDEN)
    assert (standing.daily.images, standing.extra, standing.changes) == (20, 0, ())


@pytest.mark.parametrize("images", [0, 100_000])
async def test_the_bounds_themselves_are_allowed(office: Office, images: int) -> None:
    await office.admin.set_member(office.order(), user_id=ANNA, images=images)
    await office.admin.grant(office.order(), user_id=ANNA, images=images)

    standing = await office.quotas.member(Requester(ANNA), GARDEN)
    assert (standing.daily.images, standing.extra) == (images, images)


async def test_a_member_sees_what_is_reserved_what_was_used_and_when_it_refills(
    office: Office, clock: FakeClock
) -> None:
    await office.paint(ANNA, 5)
    await office.paint(ANNA, 2, settled=False)

    standing = await office.quotas.member(Requester(ANNA), GARDEN)

    assert standing.today == Balance(reserved=2, charged=5)
    assert standing.allowance.left == 13
    assert standing.refills_at > clock.now()
    assert day_number(standing.refills_at) == day_number(clock.now()) + 1


async def test_the_heaviest_members_are_those_of_the_day_and_the_server_most_first(
    office: Office, clock: FakeClock
) -> None:
    await office.paint(CARL, 9)
    clock.advance(86_400)
    await office.paint(ANNA, 3)
    await office.paint(BERT, 2)
    await office.paint(BERT, 4, settled=False)
    await office.paint(CARL, 8, guild_id=HARBOUR)
    await office.paint(CARL, 8, guild_id=None)

    assert await office.quotas.heaviest(GARDEN) == [
        HeavyMember(BERT, Balance(reserved=4, charged=2)),
        HeavyMember(ANNA, Balance(charged=3)),
    ]
    assert [member.user_id for member in await office.quotas.heaviest(GARDEN, most=1)] == [BERT]


async def test_the_heaviest_members_are_read_from_one_range_of_the_key(database: Database) -> None:

    plan = await database.read(
        lambda connection: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {HEAVIEST}", (1, 2, 3))]
    )

    assert plan[0] == "SEARCH balances USING PRIMARY KEY (scope=? AND guild_id=? AND day=?)"
