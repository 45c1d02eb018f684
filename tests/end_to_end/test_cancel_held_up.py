"""Cancel while nothing was sent: at a rate limit, in the moment of the turn, from another process. Nothing is free."""

import asyncio

import pytest

from sandbox.guest import Asked
from tests.end_to_end.books import charged, jobs, money, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.foxes import rich
from tests.end_to_end.screen import ends, finished, paints, public, says
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.test_service_down import StandingClock
from tests.end_to_end.trouble import held
from tests.scene import Scene

MINUTE_S = 60
SLOWED = "wants me to slow down"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


def one_a_minute(clock: StandingClock) -> dict[str, object]:
    return {"requests_per_minute": 1, "now": lambda: clock.now().timestamp()}


async def at_the_limit(scene: Scene, prompt: str = "on second thoughts") -> Asked:
    """Ada had the only call of this minute; Ben's waits for the next."""
    await paints(scene, scene.guest("Ada"))
    asked = await scene.guest("Ben").slash("imagine", prompt=prompt)
    await asked.until(says(SLOWED))
    return asked


def painted_prompts(scene: Scene) -> list[str | None]:
    return [call.prompt for call in scene.images.records.of("generations")]


async def test_a_call_that_waits_for_a_limit_can_be_cancelled_and_leaves_its_room_to_the_next(
    open_scene: Open, clock: StandingClock
) -> None:
    scene = await open_scene(clock=clock, images=one_a_minute(clock), images_at_once=1)
    ben, cleo = scene.guest("Ben"), scene.guest("Cleo")
    asked = await at_the_limit(scene)
    card = asked.message
    assert card is not None
    assert card.buttons == ["Cancel"]
    assert states(scene)[-1] == "queued"

    await ben.click(card, "Cancel")
    await ends(asked, "Cancelled")
    next_one = await cleo.slash("imagine", prompt="the next")
    clock.skip(MINUTE_S + 1)
    await finished(next_one)

    assert painted_prompts(scene) == ["a quiet harbour", "the next"]
    assert states(scene) == ["delivered", "cancelled", "delivered"]
    assert (charged(scene, ben), reserved(scene)) == (0, 0)


async def test_a_call_that_waits_for_a_limit_when_the_bot_stops_costs_nothing_and_goes_on_after_it(
    open_scene: Open, clock: StandingClock
) -> None:
    scene = await rich(open_scene, budget="5", clock=clock, images=one_a_minute(clock), images_at_once=1, drain_s=1)
    asked = await at_the_limit(scene)

    await scene.stop()
    assert states(scene) == ["delivered", "queued"]
    assert money(scene)[-1].of_calls == 0, "no call of it was entered, so none counts at its most"
    await scene.start()
    clock.skip(MINUTE_S + 1)
    await until_states(scene, "delivered", "delivered")

    assert len(painted_prompts(scene)) == 2
    assert asked.message is not None


async def test_cancel_in_the_very_moment_of_the_turn_is_either_free_and_unpainted_or_too_late(
    open_scene: Open,
) -> None:
    scene = await open_scene(images_at_once=1, images_at_once_per_user=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    for round_ in range(6):
        first = await held(scene, ada, f"first {round_}")
        asked = await ben.slash("imagine", prompt=f"round {round_}")
        card = await asked.until(says("next in line"))

        async def release(after_turns: int) -> None:
            for _ in range(after_turns):
                await asyncio.sleep(0.002)
            scene.images.release()

        pressed, _ = await asyncio.gather(ben.click(card, "Cancel"), release(round_ * 2))
        await finished(first)
        await until(lambda: all(state in ("delivered", "cancelled") for state in states(scene)))
        del pressed

    ended = jobs(scene, ben)
    painted = [prompt for prompt in painted_prompts(scene) if prompt and prompt.startswith("round")]
    assert len(painted) == sum(job.state == "delivered" for job in ended) == charged(scene, ben)
    assert {job.state for job in ended} <= {"delivered", "cancelled"}
    assert reserved(scene) == 0


async def test_who_is_cancelled_by_another_process_leaves_the_line_here(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await held(scene, ada)
    second = await ben.slash("imagine", prompt="on second thoughts")
    await second.until(says("next in line"))
    third = await cleo.slash("imagine", prompt="the third")
    await third.until(says("number 2 in line"))
    async with second_bot(scene) as other:
        assert other.house is not None
        rooms = other.house.client.rooms
        [job] = jobs(scene, ben)
        await rooms.studio.cancel(await rooms.jobs.get(job.id))

        await third.until(says("next in line"))
        assert reserved(scene, ben) == 0
        scene.images.release()
        await finished(first)
        await finished(third)

    assert states(scene) == ["delivered", "cancelled", "delivered"]
    assert len(public(ada)) == 2
