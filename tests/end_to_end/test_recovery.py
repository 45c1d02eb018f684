"""Crashes in every state: nothing lost, nothing posted or charged twice, nobody left without words."""

import pytest

from bot.model import JobState
from bot.store.jobs import Overtaken
from sandbox.discord.faults import Hold, Reset
from sandbox.discord.permissions import Permission
from sandbox.guest import Asked, Guest
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, paints, public, refused
from tests.end_to_end.trouble import CALLBACK, CARD, NONCE_KEPT_S, POST, Held, held, held_at_discord, let_through
from tests.scene import Scene

DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)


async def test_what_was_queued_at_a_crash_is_painted_by_the_next_process(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, rerun_lost=True)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    second = await ben.slash("imagine", prompt="a blue one")
    await second.answer()

    await scene.crash()
    assert states(scene) == ["painting", "queued"]
    scene.images.release()
    await scene.start()

    await finished(first)
    await finished(second)
    assert len(public(ada)) == 2
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_a_call_whose_outcome_a_crash_hid_is_released_and_its_member_told(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.crash()
    scene.images.release()
    await scene.start()
    card = await refused(asked)

    assert "interrupted while this was being painted" in card.text
    assert card.buttons == ["Try again"]
    assert len(scene.images.records.of("generations")) == 1, "it may have been paid"
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)
    await finished(await ada.click(card, "Try again"))
    assert charged(scene, ada) == 1


async def test_with_rerun_lost_such_a_call_is_made_once_more(open_scene: Open) -> None:
    scene = await open_scene(rerun_lost=True)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.crash()
    scene.images.release()
    await scene.start()
    await finished(asked)

    assert len(scene.images.records.of("generations")) == 2
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_pictures_that_had_arrived_before_a_crash_are_delivered_and_the_rest_is_released(
    open_scene: Open,
) -> None:
    scene = await open_scene(images_at_once=1, images={"models": (*DEFAULT_MODELS, DALL_E)})
    ada = scene.guest("Ada")
    second_call = Held()
    scene.images.faults.add(route="generations", then=let_through())
    scene.images.faults.add(route="generations", then=second_call.fault)
    asked = await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=3)
    await second_call.arrived.wait()

    await scene.crash()
    second_call.release()
    await scene.start()
    card = await finished(asked)

    [post] = public(ada)
    assert len(post.attachments) == 1
    assert "dall-e-3" in post.text
    assert "19 left today" in post.text
    assert "2 pictures did not come" in card.text
    assert len(scene.images.records.of("generations")) == 2
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)


async def test_pictures_that_were_painted_and_not_posted_are_posted_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked, hold = await held_at_discord(scene, ada, POST, count=2)

    await scene.crash()
    assert states(scene) == ["painted"]
    await scene.start()
    await finished(asked)
    hold.release()
    await paints(scene, ada)

    assert [len(post.attachments) for post in public(ada)] == [2, 1]
    assert len(scene.images.records.of("generations")) == 2
    assert charged(scene, ada) == 3
    nonces = [each.json["nonce"] for each in scene.discord.requests if each.json and "nonce" in each.json]
    assert nonces[0] == f"{asked.interaction.id}.0", "every process names the post alike, for one that comes too late"


async def posted_and_crashed(scene: Scene, guest: Guest) -> Asked:
    """The result stands in the channel, and the process died before it could write that down."""
    asked, hold = await held_at_discord(scene, guest, POST, after_work=True)
    await scene.crash()
    hold.release()
    assert len(public(guest)) == 1
    return asked


@pytest.mark.parametrize("passed_s", [0, NONCE_KEPT_S])
async def test_a_post_that_could_not_be_written_down_is_found_and_not_repeated(scene: Scene, passed_s: int) -> None:
    ada = scene.guest("Ada")
    asked = await posted_and_crashed(scene, ada)

    scene.discord.clock.advance(passed_s)
    await scene.start()
    card = await finished(asked)

    [post] = public(ada)
    assert str(post.id) in card.text
    assert charged(scene, ada) == 1
    assert post.buttons == ["V1", "Again", "Delete"]


async def test_a_post_that_is_found_behind_hundreds_of_messages_is_not_repeated(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await posted_and_crashed(scene, ada)
    for number in range(120):
        await ben.say(f"message {number}")

    scene.discord.clock.advance(NONCE_KEPT_S)
    await scene.start()
    await finished(asked)

    assert len([seen for seen in public(ada) if seen.attachments]) == 1
    assert charged(scene, ada) == 1


async def test_without_the_right_to_read_the_channel_nothing_is_posted_there_again(scene: Scene) -> None:
    """An empty history must not look like «not posted»: the pictures come on the private card instead."""
    ada = scene.guest("Ada")
    asked = await posted_and_crashed(scene, ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.READ_MESSAGE_HISTORY
    )

    scene.discord.clock.advance(NONCE_KEPT_S)
    await scene.start()
    card = await asked.until(has_result)

    assert card.ephemeral
    assert len(public(ada)) == 1
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1
    # The audit would count the picture twice: it was shown twice, to be sure, and charged once.
    del scene.discord.world.messages[card.channel_id][public(ada)[0].id]


@pytest.mark.parametrize("is_answer_lost", [False, True])
async def test_a_private_result_on_the_card_survives_crashes(open_scene: Open, is_answer_lost: bool) -> None:
    scene = await open_scene(image_previews=0)
    """Before it is written down that it stands there, and before it is written down that this was all."""
    ada = scene.guest("Ada")
    if is_answer_lost:
        scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset(after_work=True))
    asked = await held(scene, ada, private=True)
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.release()
    await hold.arrived.wait()

    await scene.crash()
    hold.release()
    await scene.start()
    await until_states(scene, "delivered")
    await paints(scene, ada)

    assert asked.message is not None
    assert len(asked.message.attachments) == 1
    assert len(public(ada)) == 1


async def test_a_job_that_has_ended_cannot_end_in_another_way(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)
    assert scene.house is not None
    kept = scene.house.client.rooms.jobs
    job = await kept.get(jobs(scene)[0].id)

    with pytest.raises(Overtaken):
        await kept.end(job, JobState.FAILED, at=scene.clock.now())
    with pytest.raises(Overtaken):
        await kept.cancel(job.id, failure="", at=scene.clock.now())

    assert (states(scene), charged(scene)) == (["delivered"], 1)


async def test_a_crash_while_recovering_is_recovered_from(scene: Scene) -> None:
    ada = scene.guest("Ada")
    for after_work in (False, True):
        scene.discord.faults.add(method="POST", path=POST, then=Hold(after_work=after_work))
    asked = await ada.slash("imagine", prompt="a red bicycle")

    for number in (1, 2):
        await until_held(scene, number)
        await scene.crash()
        await scene.start()
    scene.discord.faults.clear()

    await finished(asked)
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def until_held(scene: Scene, count: int) -> None:
    """Until so many requests to Discord have met a planned fault."""
    await until(lambda: sum(planned.struck for planned in scene.discord.faults._planned) == count)
