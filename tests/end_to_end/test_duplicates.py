"""Events that arrive twice, or the wrong way round: still one job, one answer, one charge each."""

from sandbox.discord.faults import Hold
from tests.end_to_end.books import charged, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, paints, public
from tests.end_to_end.test_first_answer import first_answers
from tests.end_to_end.trouble import CALLBACK, held
from tests.scene import Scene


async def test_a_duplicate_of_the_request_that_filled_the_queue_is_not_told_that_the_queue_is_full(
    open_scene: Open,
) -> None:
    scene = await open_scene(queue_max=1, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ben.slash("imagine", prompt="the last one that may wait")
    answer = await asked.answer()
    refused = await (await ada.slash("imagine", prompt="one too many")).answer()
    scene.images.release()
    await finished(first)
    await finished(asked)

    assert answer.buttons == ["Cancel"]
    assert "Too many pictures" in refused.text
    assert first_answers(scene) == [200, 200, 200]
    assert states(scene) == ["delivered", "delivered"]
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_a_duplicate_of_a_request_that_has_ended_is_not_told_that_the_queue_is_full(open_scene: Open) -> None:
    scene = await open_scene(queue_max=1, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await ada.slash("imagine", prompt="long done")
    await finished(asked)
    first = await held(scene, ada)
    waiting = await ben.slash("imagine", prompt="the last one that may wait")
    await waiting.answer()

    scene.discord.interactions.send_again(asked.interaction)
    await (await ada.slash("quota")).answer()
    scene.images.release()
    await finished(first)
    await finished(waiting)

    assert first_answers(scene) == [200] * 4
    await finished(asked)
    assert len(public(ada)) == 3


async def test_a_duplicate_does_not_start_the_job_while_its_first_answer_is_still_on_its_way(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=CALLBACK, then=hold)
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()
    await hurried.sleep(75)  # rounds of the caretaker, and longer than work waits for calm
    assert states(scene) == ["queued"]
    assert scene.images.records.of("generations") == [], "nobody has been told yet"
    hold.release()
    await finished(asked)
    await paints(scene, ada)

    assert first_answers(scene) == [200, 200]
    assert len(public(ada)) == 2
    assert (charged(scene, ada), scene.images.paid_pictures) == (2, 2)


async def test_events_that_arrive_the_wrong_way_round_each_get_their_picture(scene: Scene) -> None:
    """Discord promises no order: requests, a press on a result, and the messages that the bot itself has posted."""
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    result = await paints(scene, ada)
    gateway = scene.discord.gateway
    gateway.withhold()
    asked = [await ada.slash("imagine", prompt="first"), await ben.slash("imagine", prompt="second")]
    asked.append(await ben.click(result, "V1"))

    gateway.release(backwards=True)
    for each in asked:
        await finished(each)

    assert first_answers(scene) == [200] * 4
    assert (charged(scene, ada), charged(scene, ben)) == (2, 2)
    assert len(public(ada)) == 4
