"""How often the bot connects anew, over whole days and in no time."""

from datetime import timedelta

import pytest

from bot.gateway.pace import LONGEST_RESUME_PAUSE_S, Pace
from tests.clock import START

DAY_S = 86_400
IDENTIFIES_A_DAY = 1_000
GAP_S = 5.0


@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize("held_s", [0, 1, 61, 119, 121, 600])
def test_sessions_that_end_after_any_time_never_use_up_a_day(held_s: float, shards: int) -> None:
    pace, now, identifies = Pace(), START, 0

    while (now - START).total_seconds() < DAY_S:
        for shard in range(shards):
            pause_s = pace.pause_s(shard, held=timedelta(seconds=held_s), resumable=False)
            now += timedelta(seconds=pause_s + GAP_S)
            now += timedelta(seconds=pace.identify_wait_s(now, shards=shards))
            assert pace.identify_wait_s(now, shards=shards) == 0
            pace.identified(now)
            identifies += 1
        now += timedelta(seconds=held_s)

    assert DAY_S / 900 < identifies < IDENTIFIES_A_DAY


def test_the_first_reconnects_are_fast_and_the_later_ones_apart() -> None:
    pace = Pace()
    pauses_s = [pace.pause_s(0, held=timedelta(0), resumable=True) for _ in range(20)]

    assert pauses_s[0] == 0
    assert sum(pauses_s[:4]) < 10
    assert pauses_s[-1] >= 0.75 * LONGEST_RESUME_PAUSE_S
    assert len(set(pauses_s[10:])) == 10, "with jitter"


def test_a_steady_connection_begins_a_new_count() -> None:
    pace = Pace()
    for _ in range(10):
        pace.pause_s(0, held=timedelta(0), resumable=False)

    assert pace.pause_s(0, held=timedelta(minutes=3), resumable=False) == 0


def test_shards_are_counted_apart_and_their_identifies_together() -> None:
    pace = Pace()
    pace.pause_s(0, held=timedelta(0), resumable=False)
    for _ in range(30):
        pace.identified(START)

    assert pace.pause_s(1, held=timedelta(0), resumable=False) == 0
    assert pace.identify_wait_s(START + timedelta(minutes=10), shards=2) == 50 * 60
    assert pace.identify_wait_s(START, shards=40) == 0, "all shards of a large bot may start"
