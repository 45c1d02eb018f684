"""A queue that is full: never more than it may hold, however many ask in one moment; and the same of calls at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.end_to_end.books import charged, jobs, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, says
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import held
from tests.scene import Scene

FULL = "Too many pictures are waiting"
MOST = 3
CROWD = (("Ada", "general"), ("Ben", "lounge"), ("Cleo", "general"), ("Pia", "general"), ("Olga", "sketches"))


@asynccontextmanager
async def handing_over(scene: Scene) -> AsyncIterator[None]:
    """The bot closes and its calls in flight go on; new requests are another process's, which works beside it."""
    async with second_bot(scene):
        stopping = asyncio.create_task(scene.stop())
        await asyncio.sleep(0)
        yield
        await stopping


async def test_a_burst_gets_no_more_than_the_queue_may_hold(open_scene: Open, caplog: pytest.LogCaptureFixture) -> None:
    scene = await open_scene(images_at_once=1, queue_max=MOST)
    first = await held(scene, scene.guest("Ada"))

    asked = await asyncio.gather(
        *(
            scene.guest(name).slash("imagine", channel=channel, prompt=f"{name} {number}")
            for number in range(3)
            for name, channel in CROWD
        )
    )
    answers = [await each.answer() for each in asked]

    refused = [answer for answer in answers if FULL in answer.text]
    assert states(scene) == ["painting", *["queued"] * MOST]
    assert len(refused) == len(asked) - MOST
    assert all(answer.ephemeral for answer in refused)
    scene.images.release()
    await ends(first, "Done:")
    await until_states(scene, *["delivered"] * (MOST + 1))
    assert "Traceback" not in caplog.text
    assert len(jobs(scene)) == MOST + 1


async def test_what_waits_in_another_process_counts(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max=2, drain_s=120)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await held(scene, ada)
    await (await ben.slash("imagine", prompt="waits")).answer()
    async with handing_over(scene):
        last = await cleo.slash("imagine", prompt="the last that has room")
        assert FULL not in (await last.answer()).text

        answer = await (await cleo.slash("imagine", prompt="one too many")).answer()

        assert FULL in answer.text
        assert states(scene) == ["painting", "queued", "queued"]
        scene.images.release()
        await ends(first, "Done:")


async def test_calls_of_a_process_that_closes_take_places_from_its_successor(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=2, images_at_once_per_user=8, drain_s=600)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    in_flight = [await held(scene, ada), await ada.slash("imagine", prompt="the second")]
    await scene.images.until_held(2)
    async with handing_over(scene):
        late = [await cleo.slash("imagine", prompt=f"late {number}") for number in range(3)]
        await late[0].until(says("Queued: next in line."))
        await hurried.sleep(100)  # the successor looks for a place again and again
        assert states(scene) == ["painting", "painting", "queued", "queued", "queued"]
        scene.images.release()
        for each in [*in_flight, *late]:
            await ends(each, "Done:")

    assert scene.images.most_in_flight == 2
    assert charged(scene) == 5
