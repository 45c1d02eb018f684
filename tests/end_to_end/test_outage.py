"""A bot that was gone for long does not paint what nobody waits for any more."""

from tests.end_to_end.books import charged, reserved, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, public, says
from tests.end_to_end.trouble import held

OUTAGE_S = 10 * 60 * 60


async def test_a_request_that_waited_through_a_long_outage_is_let_go(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1, queue_max_wait_s=60)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    await (await ben.slash("imagine", prompt="while it is fresh")).answer()

    await scene.crash()
    assert states(scene) == ["painting", "queued"]
    hurried.skip(OUTAGE_S)
    scene.discord.clock.advance(OUTAGE_S)
    scene.images.release()
    await scene.start()

    await ben.until_sees("dm", says("waited too long", NOT_CHARGED))
    await until_states(scene, "failed", "failed")
    assert len(scene.images.records.of("generations")) == 1, "what was in flight, and nothing after it"
    assert public(ben) == []
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_request_that_waited_through_a_short_outage_is_painted(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, queue_max_wait_s=60)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    await (await ben.slash("imagine", prompt="while it is fresh")).answer()

    await scene.crash()
    scene.images.release()
    await scene.start()

    await until_states(scene, "failed", "delivered")
    assert charged(scene, ben) == 1
