"""A model whose limit is used up keeps nobody waiting who asked for another one."""

import asyncio

import pytest

from bot.queue.queue import SENT_WITHIN_S
from tests.end_to_end.books import charged, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import DONE, ends, finished, paints, says
from tests.end_to_end.test_cancel_held_up import MINUTE_S, SLOWED, one_a_minute, painted_prompts
from tests.end_to_end.test_service_down import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


async def test_calls_that_wait_for_the_limit_of_one_model_leave_places_to_another(
    open_scene: Open, clock: StandingClock
) -> None:
    scene = await open_scene(clock=clock, images=one_a_minute(clock), images_at_once=3, image_model="gpt-image-2")
    ada, ben, cleo, pia = (scene.guest(name) for name in ("Ada", "Ben", "Cleo", "Pia"))
    await paints(scene, ada)
    slowed = []
    for guest in (ben, cleo, ben, cleo):
        slowed.append(await guest.slash("imagine", prompt=f"slowed {guest.name}"))
        await slowed[-1].until(says(SLOWED))
        await asyncio.sleep(SENT_WITHIN_S * 1.2)  # until it is seen that the service holds it

    other = await pia.slash("imagine", prompt="of another model", model="gpt-image-1-mini")
    await finished(other)

    assert painted_prompts(scene) == ["a quiet harbour", "of another model"]
    assert states(scene) == ["delivered", *["queued"] * 4, "delivered"]
    for each in slowed:
        clock.skip(MINUTE_S + 1)
        await ends(each, DONE, timeout_s=30)
    await until_states(scene, *["delivered"] * 6)
    assert painted_prompts(scene)[2:] == ["slowed Ben", "slowed Cleo"] * 2
    assert charged(scene) == 6
