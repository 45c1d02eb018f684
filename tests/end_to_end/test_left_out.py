"""A model that does not take what a member chose paints without it, and the member is told."""

import pytest

from sandbox.discord.faults import Hold
from tests.end_to_end.books import charged, reserved
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, public
from tests.end_to_end.trouble import POST

NOTE = "This model does not take `quality`, so it painted without it."


@pytest.mark.parametrize("form", ["openai", "litellm images", "gemini", "fastapi"])
async def test_a_choice_that_the_model_does_not_take_is_said_with_the_pictures(open_scene: Open, form: str) -> None:
    scene = await open_scene(images={"refused_fields": {"quality"}, "refusal_form": form})
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", quality="low"))

    [post] = public(ada)
    assert NOTE in post.text
    assert " · low · " not in post.text, "nobody reads a quality that was not used"
    assert (charged(scene, ada), scene.images.paid_pictures) == (1, 1)


async def test_it_is_said_each_time_and_only_to_those_who_chose(open_scene: Open) -> None:
    scene = await open_scene(images={"refused_fields": {"quality"}})
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", quality="low"))
    await finished(await ada.slash("imagine", prompt="a red bicycle", quality="low"))
    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    assert [NOTE in post.text for post in public(ada)] == [True, True, False]
    assert len(scene.images.records.of("generations")) == 4


async def test_several_choices_are_said_in_one_sentence(open_scene: Open) -> None:
    scene = await open_scene(images={"refused_fields": {"quality", "size"}})
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", quality="low", size="1024x1536"))

    [post] = public(ada)
    assert "This model does not take" in post.text
    assert "`quality`" in post.text
    assert "`size`" in post.text
    assert "so it painted without them." in post.text


async def test_it_is_still_said_when_the_bot_died_before_it_posted(open_scene: Open) -> None:
    scene = await open_scene(images={"refused_fields": {"quality"}})
    ada = scene.guest("Ada")
    hold = Hold(after_work=False)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await ada.slash("imagine", prompt="a red bicycle", quality="low")
    await hold.arrived.wait()
    await scene.crash()
    hold.release()

    await scene.start()
    await finished(asked)

    assert NOTE in public(ada)[-1].text


async def test_a_service_that_does_not_know_how_many_is_asked_one_by_one(open_scene: Open) -> None:
    scene = await open_scene(images={"refused_fields": {"n"}})
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle", count=3))
    await finished(await ada.slash("imagine", prompt="a red bicycle", count=2))

    assert [len(post.attachments) for post in public(ada)] == [3, 2]
    assert (charged(scene, ada), reserved(scene)) == (5, 0)
    assert len(scene.images.records.of("generations")) == 1 + 3 + 2
