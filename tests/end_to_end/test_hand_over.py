"""Two processes change places: the one that closes leaves new requests to the other without a word."""

import asyncio

import pytest

from sandbox.discord.faults import Hold
from tests.end_to_end.books import charged, states, until
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, public
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import CALLBACK, held
from tests.scene import Scene

LEASE_S = 60
SWEEP_S = 5


async def test_requests_that_come_while_one_process_closes_are_answered_by_the_other_alone(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, drain_s=30, images_at_once_per_user=8)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    in_flight = await held(scene, ada)
    async with second_bot(scene):
        stopping = asyncio.create_task(scene.stop())
        await asyncio.sleep(0)

        channels = ["general", "sketches"] * 2
        late = [await cleo.slash("imagine", channel=channel, prompt="during the hand-over") for channel in channels]
        answers = [await each.answer() for each in late]
        scene.images.release()
        await finished(in_flight)
        for each in late:
            await finished(each)
        await stopping

    assert [answer.text for answer in answers if "restarting" in answer.text] == []
    assert states(scene) == ["delivered"] * 5
    assert (charged(scene, ada), charged(scene, cleo)) == (1, 4)


async def test_a_process_that_lives_keeps_its_work_when_the_clock_jumps_over_its_lease(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    async with second_bot(scene):
        for _ in range(5):
            hurried.skip(2 * LEASE_S)
            await hurried.sleep(10)  # two rounds of both caretakers
        assert states(scene) == ["painting"]
        scene.images.release()
        await finished(asked)

    assert len(scene.images.records.of("generations")) == 1
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_who_waits_in_a_process_that_closes_is_painted_by_the_other_at_once(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, drain_s=60, images_at_once_per_user=1)
    ada = scene.guest("Ada")
    in_flight = await held(scene, ada)
    waiting = await ada.slash("imagine", prompt="after the hand-over")
    await waiting.answer()
    async with second_bot(scene):
        stopping = asyncio.create_task(scene.stop())
        await scene.images.until_held(2)
        assert states(scene) == ["painting", "painting"]
        assert not stopping.done()

        scene.images.release()
        await finished(in_flight)
        await finished(waiting)
        await stopping

    assert len(scene.images.records.of("generations")) == len(public(ada)) == 2
    assert charged(scene, ada) == 2


async def test_a_process_that_closes_takes_up_nothing_of_a_dead_one(open_scene: Open, hurried: HurriedClock) -> None:
    """It would not paint it, and nobody else could until it has ended at last."""
    scene = await open_scene(clock=hurried, drain_s=60, images_at_once_per_user=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    in_flight = await held(scene, ada)
    async with second_bot(scene) as other:
        stopping = asyncio.create_task(scene.stop())
        await scene.images.until_held(1)
        await held(scene, ben, "of the one that dies")
        lost = await ben.slash("imagine", prompt="left by the dead one")
        await lost.answer()
        await other.crash()
        await hurried.sleep(3 * SWEEP_S)

        await other.start()
        await until(lambda: states(scene)[-1] == "painting")
        assert not stopping.done()
        scene.images.release()
        await finished(in_flight)
        await finished(lost)
        await stopping


async def test_what_was_heard_before_the_bot_closes_is_answered(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=CALLBACK, then=hold)
    asked = await ada.slash("quota")
    await hold.arrived.wait()

    stopping = asyncio.create_task(scene.stop())
    await until(lambda: not scene.discord.gateway._connections)  # it hears nothing more
    hold.release()
    await stopping

    assert "left" in (await asked.answer()).text
    assert "incident" not in caplog.text
