"""Extra pictures and resets: used after the day's allowance, given back first, and never past the owner's ceilings."""

import pytest

from bot.errors import CeilingReached, QuotaExhausted
from bot.model import Allowance
from bot.store.balances import Balance, Scope
from tests.store.desk import ANNA, GARDEN, Desk


async def test_the_days_allowance_is_used_before_extra_pictures(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 19)
    before = await desk.allowance()
    await desk.reserve(8, 3)

    assert before == Allowance(allowed=20, used=19, extra=5)
    assert await desk.allowance() == Allowance(allowed=20, used=20, extra=3)


async def test_more_wanted_than_the_day_and_the_extra_pictures_hold_is_refused_whole(desk: Desk) -> None:
    await desk.grant(50, 2)

    with pytest.raises(QuotaExhausted) as refused:
        await desk.reserve(7, 23)

    assert refused.value.left == 22
    assert await desk.allowance() == Allowance(allowed=20, used=0, extra=2)


async def test_extra_pictures_come_back_first(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 18)
    await desk.reserve(8, 4)
    await desk.settle(8, 3)

    assert await desk.allowance() == Allowance(allowed=20, used=20, extra=4)


async def test_extra_pictures_do_not_expire_and_come_back_on_a_later_day(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 22)
    desk.pass_midnight()
    over_night = await desk.allowance()
    await desk.settle(7, 20)

    assert over_night == Allowance(allowed=20, used=0, extra=3)
    assert await desk.allowance() == Allowance(allowed=20, used=0, extra=5)


async def test_extra_pictures_do_not_pass_the_owners_ceiling(desk: Desk) -> None:
    await desk.grant(50, 100)

    with pytest.raises(CeilingReached) as refused:
        await desk.reserve(7, 26)

    assert refused.value.left == 25
    assert (await desk.allowance()).extra == 100


async def test_a_reset_gives_back_what_was_charged_and_leaves_reservations_and_ceilings(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 2)
    await desk.reserve(8, 20)
    await desk.settle(8, 20)
    await desk.reserve(9, 1)

    assert await desk.reset(51) == 20

    member = Scope.member(GARDEN, ANNA.user_id, desk.day)
    assert await desk.allowance() == Allowance(allowed=20, used=2, extra=4)
    assert await desk.balance(member) == Balance(reserved=2, extra_reserved=1)
    assert await desk.balance(Scope.server(GARDEN, desk.day)) == Balance(reserved=3, charged=20)
    assert await desk.balance(Scope.bot(desk.day)) == Balance(reserved=3, charged=20)


async def test_a_reset_of_an_untouched_day_changes_nothing(desk: Desk) -> None:
    assert await desk.reset(51) == 0
    assert (await desk.allowance()).left == 20


async def test_how_many_will_be_left_is_known_before_the_job_is_settled(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 18)
    await desk.reserve(8, 4)

    async def after(delivered: int) -> Allowance:
        return await desk.database.read(
            lambda connection: desk.ledger.allowance_after(
                connection, job_id=8, delivered=delivered, requester=ANNA, guild_id=GARDEN, at=desk.at
            )
        )

    foretold = [await after(delivered) for delivered in range(5)]
    await desk.settle(8, 1)
    settled = await desk.allowance()

    assert foretold == [
        Allowance(allowed=20, used=18, extra=5),
        Allowance(allowed=20, used=19, extra=5),
        Allowance(allowed=20, used=20, extra=5),
        Allowance(allowed=20, used=20, extra=4),
        Allowance(allowed=20, used=20, extra=3),
    ]
    assert settled == foretold[1]
    assert await after(4) == settled


async def test_how_many_will_be_left_after_midnight_counts_extra_pictures_only(desk: Desk) -> None:
    await desk.grant(50, 5)
    await desk.reserve(7, 22)
    desk.pass_midnight()

    foretold = await desk.database.read(
        lambda connection: desk.ledger.allowance_after(
            connection, job_id=7, delivered=0, requester=ANNA, guild_id=GARDEN, at=desk.at
        )
    )

    assert foretold == Allowance(allowed=20, used=0, extra=5)
