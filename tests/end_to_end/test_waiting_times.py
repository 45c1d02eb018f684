"""How long anybody waits: wherever it is, at no cost, by a clock that does not jump."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.discord.faults import Hold
from sandbox.guest import Asked
from tests.end_to_end.books import charged, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, ends, public, refused, says
from tests.end_to_end.test_service_down import StandingClock
from tests.end_to_end.trouble import Held, held, let_through
from tests.end_to_end.uploads import CAT
from tests.scene import Scene

DAY_S = 86_400
WAIT_S = 60
TOO_LONG = "waited too long"

Wait = Callable[[Scene], Awaitable[Asked]]


async def for_its_turn(scene: Scene) -> Asked:
    await held(scene, scene.guest("Ada"))
    asked = await scene.guest("Ben").slash("imagine", prompt="patience")
    await asked.until(says("next in line"))
    return asked


async def for_the_check(scene: Scene) -> Asked:
    check = Held()
    scene.images.faults.add(route="moderations", then=check.fault)
    asked = await scene.guest("Ben").slash("imagine", prompt="patience")
    await check.arrived.wait()
    return asked


async def for_its_source(scene: Scene) -> Asked:
    hold = Hold()
    scene.discord.cdn.hold = hold
    asked = await scene.guest("Ben").slash("vary", image=CAT)
    await hold.arrived.wait()
    return asked


async def for_a_limit(scene: Scene) -> Asked:
    scene.images.requests_per_minute = 1
    asked = await scene.guest("Ada").slash("imagine", prompt="the only one this minute")
    await ends(asked, "Done:")
    asked = await scene.guest("Ben").slash("imagine", prompt="patience")
    await asked.until(says("wants me to slow down"))
    return asked


@pytest.fixture
def standing() -> StandingClock:
    return StandingClock()


@pytest.mark.parametrize("wait", [for_its_turn, for_the_check, for_its_source, for_a_limit])
async def test_who_waited_too_long_is_told_wherever_that_was(
    open_scene: Open, standing: StandingClock, wait: Wait
) -> None:
    scene = await open_scene(
        clock=standing,
        images_at_once=1,
        queue_max_wait_s=WAIT_S // 2,
        images={"requests_per_minute": 1 if wait is for_a_limit else None, "now": lambda: standing.now().timestamp()},
    )
    asked = await wait(scene)

    standing.skip(WAIT_S // 2 + 1)
    card = await refused(asked)

    assert TOO_LONG in card.text
    assert card.buttons == ["Try again"]
    assert reserved(scene, scene.guest("Ben")) == charged(scene, scene.guest("Ben")) == 0


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
async def test_a_wall_clock_that_is_set_a_day_on_or_back_lets_nobody_go(
    open_scene: Open, hurried: HurriedClock, jump_s: int
) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=600)
    await held(scene, scene.guest("Ada"))
    for number in range(3):
        await (await scene.guest("Ben").slash("imagine", prompt=f"number {number}")).answer()

    hurried.jump(jump_s)
    await hurried.sleep(30)  # several rounds of the caretaker

    assert states(scene) == ["painting", *["queued"] * 3]
    scene.images.release()
    await until_states(scene, *["delivered"] * 4)
    assert charged(scene) == 4


async def test_an_acceptance_in_the_future_counts_as_now(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=120)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    waiting = await ben.slash("imagine", prompt="from tomorrow")
    await waiting.answer()
    await scene.crash()

    hurried.jump(-DAY_S)
    await scene.start()
    await until(lambda: len(scene.images.records.of("moderations")) >= 2)
    assert states(scene)[1] in ("queued", "painting")
    scene.images.release()

    await until_states(scene, "failed", "delivered")
    assert charged(scene, ben) == 1


async def test_time_waited_in_a_process_before_counts(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=700, rerun_lost=True)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    waiting = await ben.slash("imagine", prompt="patience")
    await waiting.answer()
    await scene.crash()
    hurried.skip(450)
    await scene.start()
    await scene.images.until_held(2)
    assert states(scene) == ["painting", "queued"]

    hurried.skip(255)

    card = await ends(waiting, TOO_LONG, NOT_CHARGED)
    assert card.buttons == ["Try again"]
    scene.images.release()
    await until_states(scene, "delivered", "failed")


async def test_after_a_restart_the_order_of_those_who_wait_is_that_of_their_acceptance(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    await held(scene, scene.guest("Ada"), "the first")
    names = ["Pia", "Ben", "Olga", "Cleo"]
    for name in names:
        channel = "general" if name in ("Ben", "Pia") else "sketches"
        await (await scene.guest(name).slash("imagine", channel=channel, prompt=name)).answer()
    await scene.crash()
    check = Held()
    scene.images.faults.add(route="moderations", then=let_through())  # the bot's own, at its start
    scene.images.faults.add(route="moderations", then=check.fault)

    await scene.start()
    await check.arrived.wait()
    await until(lambda: len(scene.images.records.of("moderations")) >= 2 + len(names) - 1)
    check.release()
    scene.images.release()

    await until_states(scene, "failed", *["delivered"] * 4)
    painted = [call.prompt for call in scene.images.records.of("generations")]
    assert painted == ["the first", *names]
    assert len(public(scene.guest("Ben"))) > 0
