"""Buttons: who may press what, forged and replayed ids, restarts."""

import pytest

from tests.end_to_end.books import charged, jobs, until_states
from tests.end_to_end.screen import finished, paints, public, says
from tests.scene import Scene

NOT_MINE = "not one of mine"


async def test_again_paints_the_whole_prompt_once_more_from_the_quota_of_who_presses(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    prompt = "a long walk " * 200
    post = await paints(scene, ada, prompt)

    await finished(await ben.click(post, "Again"))

    first, second = scene.images.records.of("generations")
    assert first.prompt == second.prompt == prompt.strip()
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_buttons_work_after_a_restart(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    await scene.stop()
    await scene.start()

    await finished(await ada.click(post, "V1"))
    await finished(await ada.click(post, "Again"))

    assert charged(scene, ada) == 3


@pytest.mark.parametrize(("who", "may"), [("Ada", True), ("Ben", False), ("Cleo", True)])
async def test_the_requester_and_those_who_manage_messages_may_delete(scene: Scene, who: str, *, may: bool) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)

    asked = await scene.guest(who).click(post, "Delete")

    if may:
        assert "Deleted" in (await asked.until(says("Deleted"))).text
        assert public(ada) == []
    else:
        assert "can delete it" in (await asked.answer()).text
        assert len(public(ada)) == 1
    assert [job.charged for job in jobs(scene)] == [1]


FORGED = [
    "easel:vary:00000000000000000000000000000000:1",
    "easel:vary:KEY:99",
    "easel:vary:KEY:0",
    "easel:fetch:00000000000000000000000000000000",
    "easel:explode:KEY",
    "easel:again:KEY; DROP TABLE jobs",
    "easel",
    "x" * 100,
    "\N{ARTIST PALETTE}:vary",
]


@pytest.mark.parametrize("custom_id", FORGED)
async def test_an_altered_button_gets_a_sentence_and_does_nothing(scene: Scene, custom_id: str) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    again = next(control.custom_id for control in post.controls if control.label == "Again")
    assert again is not None
    key = again.split(":")[2]

    answer = await (await ada.click(post, custom_id.replace("KEY", key), raw=True)).answer()

    assert answer.ephemeral
    assert "This button" in answer.text or "not there" in answer.text
    assert len(jobs(scene)) == 1


async def test_a_button_replayed_on_another_message_or_server_does_nothing(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    again = next(control.custom_id for control in post.controls if control.label == "Again")
    await finished(await ada.slash("imagine", prompt="elsewhere", channel="lounge"))
    [other] = public(ada, "lounge")

    assert again is not None
    answer = await (await ben.click(other, again, raw=True)).answer()

    assert NOT_MINE in answer.text
    assert len(jobs(scene)) == 2


async def test_the_prompt_of_a_button_is_forgotten_with_its_words(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    await until_states(scene, "delivered")
    assert scene.house is not None
    rooms = scene.house.client.rooms
    from datetime import timedelta  # noqa: PLC0415

    assert await rooms.history.forget_words(ended_before=rooms.clock.now() + timedelta(days=1)) == 1

    answer = await (await ada.click(post, "Again")).answer()

    assert "too old" in answer.text
    assert len(jobs(scene)) == 1
