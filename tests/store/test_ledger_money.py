"""The owner's money beside the pictures: reserved at the most a job can cost, charged at what it did cost."""

import pytest

from bot.errors import BudgetReached, CeilingReached, QuotaExhausted
from bot.store.balances import Balance, Scope
from bot.store.database import Database
from bot.store.ledger import Ledger, refills_at
from tests.store.desk import ANNA, BERT, GARDEN, HARBOUR, Desk

BUDGET = 1_000_000


@pytest.fixture
def ledger() -> Ledger:
    """20 pictures a member, 25 a server, 40 and one dollar for the whole bot."""
    return Ledger(quota_per_day=20, server_per_day=25, bot_per_day=40, budget_microusd=BUDGET)


def scopes(desk: Desk) -> tuple[Scope, ...]:
    return Scope.member(GARDEN, ANNA.user_id, desk.day), Scope.server(GARDEN, desk.day), Scope.bot(desk.day)


async def test_money_is_held_at_the_most_and_charged_at_the_cost_in_every_scope(desk: Desk) -> None:
    await desk.reserve(7, 4, most_microusd=800_000)
    for scope in scopes(desk):
        assert await desk.balance(scope) == Balance(reserved=4, reserved_microusd=800_000)

    assert await desk.settle(7, 3, cost_microusd=123_456) == 3

    for scope in scopes(desk):
        assert await desk.balance(scope) == Balance(charged=3, charged_microusd=123_456)


async def test_what_the_budget_cannot_take_is_refused_whole_and_takes_no_pictures(desk: Desk) -> None:
    await desk.reserve(7, 1, most_microusd=600_000)
    await desk.settle(7, 1, cost_microusd=300_000)
    await desk.reserve(8, 1, most_microusd=500_000, guild_id=None)

    with pytest.raises(BudgetReached) as refused:
        await desk.reserve(9, 2, who=BERT, most_microusd=200_001)

    assert (refused.value.charged_microusd, refused.value.reserved_microusd) == (300_000, 500_000)
    assert refused.value.wanted_microusd == 200_001
    assert f"<t:{int(refills_at(desk.at).timestamp())}:R>" in str(refused.value)
    assert (await desk.allowance(who=BERT)).left == 20
    assert await desk.balance(Scope.server(GARDEN, desk.day)) == Balance(charged=1, charged_microusd=300_000)
    await desk.reserve(9, 2, who=BERT, most_microusd=200_000)


async def test_the_first_request_of_a_day_meets_the_budget_too(desk: Desk) -> None:
    with pytest.raises(BudgetReached):
        await desk.reserve(7, 1, most_microusd=BUDGET + 1)

    assert await desk.balance(Scope.bot(desk.day)) == Balance()


async def test_a_job_that_cost_more_than_was_held_is_charged_as_it_was_and_only_new_ones_are_refused(
    desk: Desk,
) -> None:
    await desk.reserve(7, 1, most_microusd=400_000)
    await desk.settle(7, 1, cost_microusd=1_500_000)

    assert await desk.balance(Scope.bot(desk.day)) == Balance(charged=1, charged_microusd=1_500_000)
    with pytest.raises(BudgetReached):
        await desk.reserve(8, 1, most_microusd=1)
    await desk.reserve(9, 1, most_microusd=0)


async def test_nothing_delivered_may_still_have_cost_something(desk: Desk) -> None:
    await desk.reserve(7, 4, most_microusd=400_000)

    assert await desk.settle(7, 0, cost_microusd=400_000) == 0

    assert await desk.balance(Scope.bot(desk.day)) == Balance(charged_microusd=400_000)
    assert (await desk.allowance()).left == 20


async def test_money_is_settled_once_on_the_day_of_acceptance(desk: Desk) -> None:
    await desk.reserve(7, 1, most_microusd=900_000)
    yesterday = desk.day
    desk.pass_midnight()
    await desk.reserve(8, 1, most_microusd=BUDGET)
    await desk.settle(7, 1, cost_microusd=200_000)
    await desk.settle(7, 1, cost_microusd=999_999)
    await desk.reserve(7, 1, most_microusd=900_000)

    assert await desk.balance(Scope.bot(yesterday)) == Balance(charged=1, charged_microusd=200_000)
    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=1, reserved_microusd=BUDGET)


async def test_pictures_are_what_a_refusal_speaks_of_where_both_are_missing(desk: Desk) -> None:
    await desk.reserve(7, 20, most_microusd=BUDGET)

    with pytest.raises(QuotaExhausted):
        await desk.reserve(8, 1, most_microusd=BUDGET)
    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(8, 6, who=BERT, most_microusd=BUDGET)
    assert refused.value.scope == "server"
    await desk.reserve(9, 20, who=BERT, guild_id=None)
    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(10, 1, guild_id=HARBOUR, most_microusd=BUDGET)
    assert refused.value.scope == "bot"


async def test_a_reset_gives_a_member_pictures_and_the_owner_no_money(desk: Desk) -> None:
    await desk.reserve(7, 2, most_microusd=500_000)
    await desk.settle(7, 2, cost_microusd=500_000)

    await desk.reset(8)

    member, server, bot = scopes(desk)
    assert await desk.balance(member) == Balance(charged_microusd=500_000)
    assert await desk.balance(server) == await desk.balance(bot) == Balance(charged=2, charged_microusd=500_000)


async def test_without_a_budget_money_is_counted_and_limits_nothing(database: Database) -> None:
    desk = Desk(database, Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None))

    await desk.reserve(7, 1, most_microusd=10**12)

    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=1, reserved_microusd=10**12)


async def test_a_budget_of_nothing_lets_through_what_is_free(database: Database) -> None:
    desk = Desk(database, Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None, budget_microusd=0))

    await desk.reserve(7, 1)
    with pytest.raises(BudgetReached):
        await desk.reserve(8, 1, most_microusd=1)
