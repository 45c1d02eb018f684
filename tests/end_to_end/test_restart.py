"""After a restart, with two processes at once, and on the way down."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.home import OWNERS
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import (
    ends,
    finished,
    paints,
    public,
    refused,
)
from tests.end_to_end.trouble import CALLBACK, Held, held, held_at_discord, let_through
from tests.scene import Scene


@asynccontextmanager
async def second_bot(scene: Scene) -> AsyncIterator[Scene]:
    """Another process on the same database and token, as during a hand-over."""
    other = Scene(scene.discord, scene.images, scene.settings, scene.clock)
    await until(lambda: signs_of_life(scene) > 0)  # the first one’s own may come a moment after it is ready
    before = signs_of_life(scene)
    try:
        await other.start()
        house = other.house
        assert house is not None
        await until(house.client.is_ready)
        await until(lambda: signs_of_life(scene) > before)  # from then on the first one leaves new requests to it
        yield other
    finally:
        await other.crash()


def signs_of_life(scene: Scene) -> int:
    """How many processes have shown that they work on the jobs of this world."""
    return sum(path.stat().st_size > 0 for path in (scene.settings.data_dir / OWNERS).glob("*.lock"))


async def test_buttons_from_before_a_restart_work(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))
    await paints(scene, ada)
    [post] = public(ada)

    await scene.stop()
    await scene.start()

    await finished(await ada.click(card, "Try again"))
    await finished(await ben.click(post, "Again"))
    await finished(await ben.click(post, "V1"))
    await ada.click(post, "Delete")
    await until(lambda: post.id not in [seen.id for seen in public(ada)])
    assert len(public(ada)) == 3
    assert (charged(scene, ada), charged(scene, ben)) == (2, 2)


async def test_cancel_on_a_card_from_before_a_crash_works(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, rerun_lost=True)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    waiting = await ben.slash("imagine", prompt="on second thoughts")
    card = await waiting.answer()

    await scene.crash()
    check = Held()  # so that the one who was being painted is painted first
    scene.images.faults.add(route="moderations", then=let_through())  # the bot's own, at its start
    scene.images.faults.add(route="moderations", then=check.fault)
    await scene.start()
    await scene.images.until_held(2)
    await ben.click(card, "Cancel")
    await ends(waiting, "Cancelled")
    check.release()
    scene.images.release()

    await finished(first)
    assert states(scene) == ["delivered", "cancelled"]
    assert reserved(scene, ben) == 0


async def test_a_result_from_before_a_restart_is_not_touched(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await finished(asked)
    await until_states(scene, "delivered")

    for _ in range(3):
        await scene.crash()
        await scene.start()
    await paints(scene, ada)

    assert asked.message is not None
    assert asked.message.text == card.text
    assert len(public(ada)) == 2
    assert charged(scene, ada) == 2


async def until_held(scene: Scene, count: int) -> None:
    """Until so many requests to Discord have met a planned fault."""
    await until(lambda: sum(planned.struck for planned in scene.discord.faults._planned) == count)


async def test_two_processes_on_one_database_give_one_answer_and_one_picture_each(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    async with second_bot(scene):
        asked = [
            await guest.slash("imagine", prompt=f"number {number}", channel=channel)
            for number in range(3)
            for guest, channel in ((ada, "general"), (ben, "lounge"))
        ]
        for each in asked:
            await finished(each)

    assert len(public(ada)) == len(public(ben, "lounge")) == 3
    assert states(scene) == ["delivered"] * 6
    assert len(scene.images.records.of("generations")) == 6
    assert (charged(scene, ada), charged(scene, ben)) == (3, 3)


async def test_a_button_that_two_processes_hear_works_once(open_scene: Open, caplog: pytest.LogCaptureFixture) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    waiting = [await ben.slash("imagine", prompt=f"number {number}") for number in range(4)]
    async with second_bot(scene):
        for each in waiting:
            await ben.click(await each.answer(), "Cancel")
            await ends(each, "Cancelled")
        scene.images.release()
        await finished(first)
        await paints(scene, ben)

    for each in waiting:
        await ends(each, "Cancelled")
    assert "incident" not in caplog.text
    assert states(scene) == ["delivered", *["cancelled"] * 4, "delivered"]
    assert (charged(scene, ben), reserved(scene)) == (1, 0)


async def test_when_one_of_two_processes_dies_the_other_takes_up_its_work(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    async with second_bot(scene):
        await scene.crash()
        scene.images.release()

        await refused(asked)
        await paints(scene, ada)

    assert states(scene) == ["failed", "delivered"]


async def test_a_stop_lets_calls_in_flight_finish_leaves_the_queue_to_the_next_and_says_restarting(
    open_scene: Open,
) -> None:
    scene = await open_scene(images_at_once=1, drain_s=30)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    in_flight = await held(scene, ada)
    queued = await ben.slash("imagine", prompt="after the restart")
    await queued.answer()

    stopping = asyncio.create_task(scene.stop())
    await asyncio.sleep(0)
    late = await cleo.slash("imagine", prompt="too late")
    answer = await late.answer()
    assert answer.ephemeral
    assert "just restarting" in answer.text
    scene.images.release()
    await finished(in_flight)
    await stopping

    assert states(scene) == ["delivered", "queued"]
    assert jobs(scene, cleo) == []
    assert len(scene.images.records.of("generations")) == 1
    await scene.start()
    await finished(queued)
    assert len(public(ada)) == 2
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_a_request_that_a_stop_catches_before_its_answer_is_left_to_the_next_process(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = scene.guest("Ada")
    asked, hold = await held_at_discord(scene, ada, CALLBACK, after_work=True)

    await scene.stop()
    hold.release()
    assert states(scene) == ["queued"]
    assert "Traceback" not in caplog.text
    await scene.start()

    await finished(asked)
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_a_stop_does_not_wait_longer_than_the_owner_allows(open_scene: Open) -> None:
    scene = await open_scene(drain_s=1)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.stop()
    assert states(scene) == ["painting"]
    scene.images.release()
    await scene.start()

    await refused(asked)
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_stop_says_nothing_of_taking_up_what_it_leaves_to_the_next_process(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = await open_scene(clock=hurried, images_at_once=1, drain_s=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    await (await ben.slash("imagine", prompt="left to the next")).answer()

    await scene.stop()  # many rounds of the caretaker

    assert "draining" in caplog.text
    assert "taken up" not in caplog.text
