"""Pauses between tries: they grow, are spread, come to an end, and keep to what Discord asks for."""

import random

from bot.delivery.patience import LONGEST_PAUSE_S, Patience
from bot.delivery.trouble import Later, Unknown
from tests.clock import FakeClock

HOUR_S = 3_600.0
SEEDS = range(20)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - guards nothing


async def pauses(seed: int, *, all_s: float = HOUR_S, why: Later | Unknown | None = None) -> list[float]:
    """All pauses until patience has come to its end."""
    clock = FakeClock()
    patience = Patience(clock, chance(seed), all_s=all_s)
    while await patience.pause(why or Unknown("reset")):
        pass
    return clock.slept_s


async def test_pauses_grow_to_a_minute_and_lie_anywhere_below_that() -> None:
    runs = [await pauses(seed) for seed in SEEDS]

    for number in range(6):
        taken = [run[number] for run in runs]
        assert max(taken) <= 2.0**number
        assert len({round(each, 6) for each in taken}) == len(runs), "many that wait do not come at once"
    longest = max(max(run) for run in runs)
    assert 0.9 * LONGEST_PAUSE_S < longest <= LONGEST_PAUSE_S


async def test_the_same_seed_makes_the_same_pauses() -> None:
    assert (await pauses(7))[:50] == (await pauses(7))[:50]


async def test_pauses_come_to_an_end_after_an_hour_in_all() -> None:
    for seed in SEEDS:
        assert HOUR_S - 1.0 < sum(await pauses(seed)) <= HOUR_S


async def test_what_discord_asks_for_is_waited_out() -> None:
    limited = await pauses(1, why=Later("status=429", 150.0))

    assert all(each >= 150.0 for each in limited[:-1])


async def test_a_pause_longer_than_patience_still_leads_to_one_more_try() -> None:
    [only] = await pauses(1, all_s=60.0, why=Later("status=429", 86_400.0))

    assert 59.0 < only <= 60.0


async def test_the_wall_clock_has_no_say() -> None:
    clock = FakeClock()
    patience = Patience(clock, chance(1), all_s=HOUR_S)

    clock.advance(-86_400.0)
    assert await patience.pause(Unknown("reset"))
    clock.advance(2 * 86_400.0)
    assert await patience.pause(Unknown("reset"))


async def test_the_log_hears_of_tries_at_growing_distances() -> None:
    clock = FakeClock()
    patience = Patience(clock, chance(1), all_s=HOUR_S)

    heard = []
    for number in range(64):
        if patience.is_worth_a_line:
            heard.append(number)
        await patience.pause(Unknown("reset"))

    assert heard == [0, 1, 2, 4, 8, 16, 32]
