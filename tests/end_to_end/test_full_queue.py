"""A queue that is full: never more than it may hold, however many ask in one moment, and in two processes."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.end_to_end.books import jobs, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import ends
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import held

FULL = "Too many pictures are waiting"
MOST = 3
CROWD = (("Ada", "general"), ("Ben", "lounge"), ("Cleo", "general"), ("Pia", "general"), ("Olga", "sketches"))


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_burst_gets_no_more_than_the_queue_may_hold(
    open_scene: Open, processes: int, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(images_at_once=1, queue_max=MOST)
    first = await held(scene, scene.guest("Ada"))
    async with AsyncExitStack() as doors:
        if processes == 2:
            await doors.enter_async_context(second_bot(scene))

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
