"""What can happen to the first answer: one job, one answer, one charge, and nothing for whom nobody can answer."""

from sandbox.discord.faults import Reset, status
from sandbox.discord.interactions import CallbackType
from tests.end_to_end.books import charged, reserved, states, until_states
from tests.end_to_end.screen import finished, paints, public, shows_pictures
from tests.end_to_end.trouble import CALLBACK, held_at_discord
from tests.scene import Scene


def first_answers(scene: Scene) -> list[int]:
    """The statuses of all first answers so far."""
    return [request.status for request in scene.discord.requests if "/callback" in request.path]


async def test_an_event_that_arrives_twice_is_one_job_one_answer_and_one_charge(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    scene.discord.interactions.send_again(asked.interaction)
    await paints(scene, ada)

    assert first_answers(scene) == [200, 200]
    assert states(scene) == ["delivered", "delivered"]
    assert len(public(ada)) == 2
    assert charged(scene, ada) == 2


async def test_a_refusal_whose_event_arrives_twice_is_answered_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ada.slash("imagine", raw=True, prompt="")
    answer = await asked.answer()
    await paints(scene, ada)

    assert "prompt is empty" in answer.text
    assert asked.message is not None
    assert "prompt is empty" in asked.message.text


async def test_when_discord_takes_no_answer_any_more_nothing_is_painted(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.withhold("INTERACTION_CREATE")
    asked = await ada.slash("imagine", prompt="a red bicycle")

    scene.discord.clock.advance(4)
    scene.discord.gateway.release()
    await until_states(scene, "cancelled")

    assert asked.failed
    assert scene.images.records.of("generations") == []
    assert (charged(scene), reserved(scene)) == (0, 0)
    await paints(scene, ada)


async def test_a_first_answer_that_was_lost_on_its_way_back_goes_on_as_if_nothing_had_been(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset(after_work=True))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_private_pictures_stay_on_a_card_whose_first_answer_was_lost_on_its_way_back(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset(after_work=True))

    asked = await ada.slash("imagine", prompt="a red bicycle", private=True)
    await until_states(scene, "delivered")
    await paints(scene, ada)

    assert asked.message is not None
    assert asked.message.ephemeral
    assert len(asked.message.attachments) == 1


async def test_a_first_answer_that_never_arrived_does_not_keep_the_picture_back(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset())

    asked = await ada.slash("imagine", prompt="a red bicycle")
    [post] = await ada.until_sees("general", shows_pictures)

    assert asked.message is None
    assert post.mentions == {ada.id}
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_a_first_answer_that_meets_a_server_error_is_given_again(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=status(500))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert len(public(ada)) == 1


async def test_a_discord_that_is_slow_to_answer_gets_one_answer(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked, hold = await held_at_discord(scene, ada, CALLBACK, after_work=True)
    assert scene.images.records.of("generations") == []
    hold.release()
    await finished(asked)

    assert await asked.acknowledged() is CallbackType.MESSAGE
    assert first_answers(scene) == [200]
