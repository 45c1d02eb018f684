"""Quotas: reserve before anything is paid, charge what was delivered, release the rest."""

from datetime import UTC, datetime

import pytest

from bot.errors import CeilingReached, QuotaExhausted
from bot.model import Allowance, Requester
from bot.store.balances import Balance, Scope
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger, refills_at
from tests.store.desk import ANNA, BERT, GARDEN, HARBOUR, Desk


async def test_what_is_reserved_is_gone_until_it_is_released(desk: Desk) -> None:
    await desk.reserve(7, 4)
    reserved = await desk.allowance()
    await desk.settle(7, 0)

    assert reserved == Allowance(allowed=20, used=4, extra=0)
    assert (await desk.allowance()).left == 20


async def test_three_delivered_of_four_are_three_charged_in_every_scope(desk: Desk) -> None:
    await desk.reserve(7, 4)

    assert await desk.settle(7, 3) == 3

    for scope in (Scope.member(GARDEN, ANNA.user_id, desk.day), Scope.server(GARDEN, desk.day), Scope.bot(desk.day)):
        assert await desk.balance(scope) == Balance(charged=3)
    assert (await desk.allowance()).left == 17


async def test_reserved_and_charged_are_kept_apart(desk: Desk) -> None:
    await desk.reserve(7, 4)
    await desk.settle(7, 4)
    await desk.reserve(8, 2)

    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=2, charged=4)


async def test_more_wanted_than_left_is_refused_whole_and_says_how_many_are_left(desk: Desk) -> None:
    await desk.reserve(7, 18)

    with pytest.raises(QuotaExhausted) as refused:
        await desk.reserve(8, 3)

    assert (refused.value.wanted, refused.value.left) == (3, 2)
    assert refused.value.refills_at == datetime(2026, 5, 5, tzinfo=UTC)
    assert (await desk.allowance()).left == 2
    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=18)


async def test_a_server_at_its_ceiling_refuses_and_takes_nothing_from_the_member(desk: Desk) -> None:
    await desk.reserve(7, 20)

    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(8, 6, who=BERT)

    assert (refused.value.scope, refused.value.left) == ("server", 5)
    assert (await desk.allowance(who=BERT)).left == 20
    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=20)
    await desk.reserve(8, 5, who=BERT)


async def test_a_ceiling_counts_what_was_charged_as_well_as_what_is_reserved(desk: Desk) -> None:
    await desk.reserve(7, 10)
    await desk.settle(7, 10)
    await desk.reserve(8, 10)

    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(9, 6, who=BERT)

    assert refused.value.left == 5


async def test_the_whole_bots_ceiling_counts_direct_messages_and_gives_back_the_servers_share(desk: Desk) -> None:
    await desk.reserve(7, 20)
    await desk.reserve(8, 18, guild_id=None)

    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(9, 3, guild_id=HARBOUR)

    assert (refused.value.scope, refused.value.left) == ("bot", 2)
    assert await desk.balance(Scope.server(HARBOUR, desk.day)) == Balance()


async def test_a_refusal_caught_inside_a_transaction_leaves_no_scope_taken(desk: Desk) -> None:
    """So a request can be written down as refused in the same transaction."""

    def work(connection: sqlite3.Connection) -> None:
        with pytest.raises(CeilingReached):
            desk.ledger.reserve(connection, job_id=8, requester=BERT, guild_id=GARDEN, pictures=20, at=desk.at)

    await desk.reserve(7, 10)
    await desk.database.transaction(work)

    assert await desk.balance(Scope.member(GARDEN, BERT.user_id, desk.day)) == Balance()
    assert await desk.balance(Scope.server(GARDEN, desk.day)) == Balance(reserved=10)


async def test_without_ceilings_only_the_members_own_quota_counts(database: Database) -> None:
    desk = Desk(database, Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None))
    for user_id in range(1, 6):
        await desk.reserve(user_id, 20, who=Requester(user_id))

    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=100)


async def test_a_quota_of_nothing_means_no_pictures(database: Database) -> None:
    desk = Desk(database, Ledger(quota_per_day=0, server_per_day=None, bot_per_day=None))

    with pytest.raises(QuotaExhausted) as refused:
        await desk.reserve(7, 1)

    assert refused.value.left == 0


async def test_the_same_job_reserves_once_also_after_it_was_settled(desk: Desk) -> None:
    await desk.reserve(7, 4)
    await desk.reserve(7, 4)
    await desk.settle(7, 4)
    await desk.reserve(7, 4)

    assert (await desk.allowance()).used == 4


async def test_the_same_job_is_settled_once_and_answers_the_same_again(desk: Desk) -> None:
    await desk.reserve(7, 4)

    assert await desk.settle(7, 3) == 3
    assert await desk.settle(7, 0) == 3
    assert await desk.settle(7, 4) == 3
    assert (await desk.allowance()).used == 3


async def test_a_job_that_never_reserved_is_charged_nothing(desk: Desk) -> None:
    assert await desk.settle(7, 4) == 0
    assert (await desk.allowance()).used == 0


async def test_more_delivered_than_reserved_is_charged_as_reserved(desk: Desk) -> None:
    await desk.reserve(7, 2)

    assert await desk.settle(7, 9) == 2


async def test_members_servers_and_direct_messages_have_quotas_of_their_own(desk: Desk) -> None:
    await desk.reserve(7, 15)

    assert (await desk.allowance(who=BERT)).left == 20
    assert (await desk.allowance(guild_id=HARBOUR)).left == 20
    assert (await desk.allowance(guild_id=None)).left == 20


async def test_at_midnight_the_day_is_whole_again_and_yesterdays_job_is_charged_to_yesterday(desk: Desk) -> None:
    await desk.reserve(7, 4)
    yesterday = desk.day
    desk.pass_midnight()
    await desk.settle(7, 3)

    assert (await desk.allowance()).left == 20
    assert await desk.balance(Scope.bot(yesterday)) == Balance(charged=3)
    assert await desk.balance(Scope.bot(desk.day)) == Balance()


async def test_the_job_and_its_pictures_change_together_or_not_at_all(desk: Desk) -> None:
    def work(connection: sqlite3.Connection) -> None:
        desk.ledger.reserve(connection, job_id=7, requester=ANNA, guild_id=GARDEN, pictures=4, at=desk.at)
        raise KeyError

    with pytest.raises(KeyError):
        await desk.database.transaction(work)

    assert (await desk.allowance()).used == 0


def test_quotas_refill_at_the_next_midnight_utc() -> None:
    assert refills_at(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert refills_at(datetime(2026, 5, 4, tzinfo=UTC)) == datetime(2026, 5, 5, tzinfo=UTC)
