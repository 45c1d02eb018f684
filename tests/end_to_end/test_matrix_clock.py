"""The fault matrix, line «Clock»: the wall clock is set while requests are on their way, and days begin where UTC says.

Time itself goes on; only what the machine calls it changes. Nothing is painted twice, charged twice, charged to another
day or deleted for it, and nobody's pictures are lost.
"""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import day_number, start_of_day
from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.faults import status
from sandbox.guest import Asked
from sandbox.image_api.faults import errors, wire
from tests.end_to_end.books import charged, money, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.foxes import SQUARE_HIGH, fine_fox, rich
from tests.end_to_end.screen import NOT_CHARGED, ends, finished, has_result, paints, public, refused, says
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import CARD, NO_MESSAGE, POST, held, held_at_discord
from tests.scene import Scene
from tests.shell import Shell

DAY_S = 86_400
DAY_OF_ENTRIES = "SELECT kind, day FROM entries WHERE kind IN ('reserve', 'settle') ORDER BY cause_id, kind"
DAYS = "SELECT day, reserved, charged, charged_microusd FROM balances WHERE scope = 'bot' ORDER BY day"
TOKENS = "SELECT count(*) FROM jobs WHERE token IS NOT NULL"
LATER = "This is taking a while. I will post it here when it is done."
JUMPS = {"a day forward": DAY_S, "a day back": -DAY_S, "a year back": -365 * DAY_S}


def look(scene: Scene, sql: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(scene.settings.data_dir / DATABASE, timeout=5.0)) as connection:
        return connection.execute(sql).fetchall()


def set_to(clock: HurriedClock, moment: datetime) -> None:
    clock.jump((moment - clock.now()).total_seconds())


def spool(scene: Scene) -> set[str]:
    folder = scene.settings.data_dir / "spool"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def in_line(scene: Scene) -> Asked:
    await held(scene, scene.guest("Ben"), "the one before")
    asked = await scene.guest("Ada").slash("imagine", prompt="a red bicycle")
    await asked.until(says("next in line"))
    return asked


async def being_painted(scene: Scene) -> Asked:
    return await held(scene, scene.guest("Ada"))


async def before_the_post(scene: Scene) -> Asked:
    asked, _ = await held_at_discord(scene, scene.guest("Ada"), POST)
    return asked


MOMENTS: dict[str, Callable[[Scene], Awaitable[Asked]]] = {
    "in line": in_line,
    "being painted": being_painted,
    "before its post": before_the_post,
}


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_request_under_way_gets_its_picture_and_is_charged_on_the_day_it_was_accepted(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, moment: str, jump: str
) -> None:
    caplog.set_level(logging.INFO)
    scene = await rich(open_scene, clock=hurried, images_at_once=1)
    today = day_number(hurried.now())
    asked = await MOMENTS[moment](scene)
    answered = len(scene.images.records.of("generations"))

    hurried.jump(JUMPS[jump])
    if JUMPS[jump] < 0:  # else the token is past its end, as far as anybody can tell, and nothing is tried with it
        await asked.until(says(LATER))
    await until(lambda: look(scene, TOKENS) == [(0,)])
    scene.images.release()
    scene.discord.faults.clear()
    await until(lambda: set(states(scene)) == {"delivered"} and "delivered job=" in caplog.text)

    ordered = len(states(scene))
    assert sum(len(post.attachments) for post in public(scene.guest("Cleo"))) == charged(scene) == ordered
    assert len(scene.images.records.of("generations")) == max(answered, ordered)
    assert {day for _, day in look(scene, DAY_OF_ENTRIES)} == {today}
    [(day, promised, spent, _)] = look(scene, DAYS)
    assert (day, promised, spent) == (today, 0, ordered)
    assert "taken up" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_private_request_whose_card_is_given_up_for_a_jump_gets_its_picture_by_direct_message(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    await held(scene, ada, private=True)

    hurried.jump(DAY_S)
    await until(lambda: look(scene, TOKENS) == [(0,)])
    scene.images.release()

    await ada.until_sees("dm", has_result)
    await until_states(scene, "delivered")
    assert public(ada) == []
    assert (charged(scene), reserved(scene)) == (1, 0)


@pytest.mark.parametrize("jump", JUMPS)
async def test_pictures_that_wait_and_pictures_that_are_kept_stay_where_they_are(
    open_scene: Open, hurried: HurriedClock, jump: str
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    post = await paints(scene, ada)
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=9)
    scene.images.release()
    await until_states(scene, "delivered", "waiting")
    scene.discord.faults.clear()
    kept = spool(scene)

    hurried.jump(JUMPS[jump])
    await scene.stop()
    await scene.start()  # files are tidied at the start
    await finished(await ada.click(post, "V1"))

    assert kept < spool(scene)
    quota = await (await ada.slash("quota")).until(says("waiting for you"))
    await (await ada.click(quota, "Show it to me")).until(has_result)
    await until_states(scene, "delivered", "delivered", "delivered")
    assert (charged(scene), reserved(scene)) == (3, 0)


async def test_at_midnight_a_request_stays_with_the_day_it_was_accepted_on_and_the_new_day_is_whole(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await rich(open_scene, budget="0.3", clock=hurried, quota_per_day=1, images_at_once_per_user=4)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    midnight = start_of_day(day_number(hurried.now()) + 2)
    before, after = day_number(midnight) - 1, day_number(midnight)
    set_to(hurried, midnight - timedelta(minutes=5))
    scene.images.hold()
    old = await fine_fox(ada)
    await scene.images.until_held(1)
    assert f"<t:{int(midnight.timestamp())}:R>" in (await refused(await fine_fox(ada))).text
    assert "not enough for this" in (await refused(await fine_fox(ben))).text

    set_to(hurried, midnight)
    new = await fine_fox(ada)
    await scene.images.until_held(2)
    scene.images.release()
    for each in (old, new):
        await finished(each)

    assert [day for _, day in look(scene, DAY_OF_ENTRIES)] == [before, before, after, after]
    assert [row[:3] for row in look(scene, DAYS)] == [(before, 0, 1), (after, 0, 1)]
    assert [row[3] for row in look(scene, DAYS)] == [spent.cost for spent in money(scene)]


async def test_what_is_released_after_midnight_goes_back_to_the_day_it_came_from(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await rich(open_scene, clock=hurried, quota_per_day=1)
    ada = scene.guest("Ada")
    midnight = start_of_day(day_number(hurried.now()) + 2)
    set_to(hurried, midnight - timedelta(minutes=5))
    scene.images.hold()
    asked = await fine_fox(ada)
    await scene.images.until_held(1)

    set_to(hurried, midnight)
    await scene.crash()
    scene.images.release()
    await scene.start()
    await refused(asked)

    assert [row[:3] for row in look(scene, DAYS)] == [(day_number(midnight) - 1, 0, 0)]
    await finished(await fine_fox(ada))
    assert charged(scene, ada) == 1


async def test_a_day_that_comes_back_has_spent_what_it_had_spent(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await rich(open_scene, budget="0.3", clock=hurried, quota_per_day=3)
    ada = scene.guest("Ada")
    await finished(await fine_fox(ada))

    hurried.jump(DAY_S)
    await finished(await fine_fox(ada))
    hurried.jump(-DAY_S)

    assert "not enough for this" in (await refused(await fine_fox(ada))).text
    assert [row[1:] for row in look(scene, DAYS)] == [(0, 1, spent.charged) for spent in money(scene)]
    assert all(SQUARE_HIGH <= spent.charged <= 300_000 for spent in money(scene))


async def test_owners_hear_of_new_trouble_also_when_the_clock_was_set_back(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, start=False)
    ada, olga = scene.guest("Ada"), scene.guest("Olga")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    await scene.start()
    scene.images.faults.add(route="generations", then=errors.wrong_key(), times=None)
    await refused(await ada.slash("imagine", prompt="a red bicycle"))
    await olga.until_sees("dm", says("only you can mend that"))

    hurried.jump(-DAY_S)
    await refused(await ada.slash("imagine", prompt="a red bicycle"))

    await olga.until_sees("dm", says("only you can mend that"), count=2)


@pytest.mark.parametrize("jump", JUMPS)
async def test_of_two_processes_each_keeps_its_work(open_scene: Open, hurried: HurriedClock, jump: str) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    await held(scene, ada)
    async with second_bot(scene):
        for _ in range(5):
            hurried.jump(JUMPS[jump])
            await hurried.sleep(10)  # two rounds of both caretakers
        assert states(scene) == ["painting"]
        scene.images.release()
        await until_states(scene, "delivered")

    assert len(scene.images.records.of("generations")) == 1
    assert len(public(ada)) == charged(scene) == 1


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_a_dead_process_left_is_taken_up_whatever_the_clock_says(
    open_scene: Open, hurried: HurriedClock, jump: str
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    await held_at_discord(scene, ada, POST)

    await scene.crash()
    scene.discord.faults.clear()
    hurried.jump(JUMPS[jump])
    await scene.start()

    await until_states(scene, "delivered")
    assert len(public(ada)) == charged(scene) == 1


async def test_who_waited_through_a_crash_and_a_clock_set_back_is_painted(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await in_line(scene)

    await scene.crash()
    scene.images.release()
    hurried.jump(-DAY_S)
    await scene.start()

    await until_states(scene, "failed", "delivered")
    assert (charged(scene, ada), charged(scene, ben), reserved(scene)) == (1, 0, 0)


async def test_who_waits_in_line_is_not_let_go_because_the_clock_was_set_forward(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=600)
    await in_line(scene)

    hurried.jump(DAY_S)
    await until(lambda: look(scene, TOKENS) == [(0,)])
    scene.images.release()

    await until_states(scene, "delivered", "delivered")


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_pause_that_the_service_asked_for_is_as_long_as_it_said(
    open_scene: Open, hurried: HurriedClock, jump: str
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.rate_limited("60"))
    await ada.slash("imagine", prompt="a red bicycle")
    await until(lambda: len(scene.images.records.of("generations")) == 1)

    hurried.jump(JUMPS[jump])

    await until_states(scene, "delivered")
    assert len(scene.images.records.of("generations")) == 2
    await paints(scene, ada)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_service_that_was_down_is_tried_again_whatever_the_clock_says(
    open_scene: Open, hurried: HurriedClock, jump: str
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=wire.reset(), times=5)
    for _ in range(5):
        await refused(await ada.slash("imagine", prompt="a red bicycle"))

    hurried.jump(JUMPS[jump])
    await hurried.sleep(40)

    await paints(scene, ada)


@pytest.mark.parametrize("jump", JUMPS)
async def test_an_estimate_knows_nothing_of_a_clock_that_was_set(
    open_scene: Open, hurried: HurriedClock, jump: str
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    hurried.jump(JUMPS[jump])
    scene.images.release()
    await until_states(scene, "delivered")
    await held(scene, ada)

    card = await (await ben.slash("imagine", prompt="a red bicycle")).answer()
    scene.images.release()
    await until_states(scene, "delivered", "delivered", "delivered")

    assert "-" not in card.text.split("\n")[0]
    assert not [word for word in ("hour", "day", " h", " min") if word in card.text.split("\n")[0]]


@pytest.fixture
def new_york() -> Iterator[None]:
    """The whole process lives in New York, where the clocks change."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    "change",
    [datetime(2026, 3, 8, 7, 0, tzinfo=UTC), datetime(2026, 11, 1, 6, 0, tzinfo=UTC)],
    ids=["into summer time", "out of summer time"],
)
async def test_the_hour_that_is_skipped_or_comes_twice_is_an_hour_like_any_other(
    open_scene: Open, hurried: HurriedClock, new_york: None, change: datetime
) -> None:
    del new_york
    set_to(hurried, change - timedelta(minutes=5))
    assert (change - timedelta(minutes=1)).astimezone().utcoffset() != change.astimezone().utcoffset()
    scene = await rich(open_scene, clock=hurried, images_at_once=1)
    asked = await in_line(scene)
    assert hurried.now() < change, "the test was too slow"

    set_to(hurried, change + timedelta(minutes=1))
    await hurried.sleep(15)
    scene.images.release()
    await finished(asked)

    assert [row[:3] for row in look(scene, DAYS)] == [(day_number(change), 0, 2)]
    assert len(scene.images.records.of("generations")) == 2


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
async def test_the_day_is_that_of_utc_wherever_the_process_lives(shell: Shell, zone: str) -> None:
    """Of the last two, one has another date than UTC at every moment."""
    ada = shell.discord.guest("Ada")
    midnight = start_of_day(day_number(datetime.now(UTC)) + 1)
    async with shell.bot(TZ=zone, QUOTA_PER_DAY="1"):
        await ends(await ada.slash("imagine", prompt="a red bicycle"), "Done:")
        card = await ends(await ada.slash("imagine", prompt="a red bicycle"), NOT_CHARGED)

    assert f"<t:{int(midnight.timestamp())}:R>" in card.text
    with closing(sqlite3.connect(shell.data_dir / DATABASE)) as connection:
        days = {day for (day,) in connection.execute("SELECT day FROM entries")}
    assert days == {day_number(midnight) - 1}
