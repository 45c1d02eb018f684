"""Some of the pictures did not come: what came is delivered and charged, and how many are missing is said."""

import re

import pytest

from sandbox.image_api.faults import answers
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import charged, jobs, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, paints, public, variation
from tests.end_to_end.trouble import Held, let_through
from tests.scene import Scene

DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)  # one picture a call


async def test_pictures_of_other_calls_are_delivered_when_one_meets_a_failure_that_nobody_expected(
    open_scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk does not take the third file: a folder stands in its place."""
    scene = await open_scene(images={"models": (*DEFAULT_MODELS, DALL_E)}, images_at_once=1, images_at_once_per_user=1)
    ada = scene.guest("Ada")
    third = Held()
    scene.images.faults.add(route="generations", then=let_through(), times=2)
    scene.images.faults.add(route="generations", then=third.fault)
    asked = await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=3)
    await third.arrived.wait()
    (scene.settings.data_dir / "spool" / str(jobs(scene)[0].id) / "2").mkdir()

    third.release()
    card = await finished(asked)

    [post] = public(ada)
    assert len(post.attachments) == 2
    assert "1 picture did not come" in card.text
    assert (charged(scene, ada), reserved(scene)) == (2, 0)
    assert re.search(r"incident=\w+", caplog.text), "the owner finds it in the log"


async def test_a_public_result_says_how_many_did_not_come(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=answers.fewer(2))

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", count=3))

    [post] = public(ada)
    assert "1 picture did not come" in post.text
    assert "1 picture did not come" in card.text
    assert (charged(scene, ada), reserved(scene)) == (2, 0)


async def test_a_private_result_says_how_many_did_not_come(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=answers.fewer(1))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=3, private=True)
    card = await asked.until(has_result)

    assert "2 pictures did not come" in card.text
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene)) == (1, 0)


async def test_the_result_of_a_reply_says_how_many_did_not_come(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    scene.images.faults.add(route="edits", then=answers.fewer(1))

    await ben.reply(post, "vary 3")
    result = await variation(ben, before=1)

    assert len(result.attachments) == 1
    assert "2 pictures did not come" in result.text
    await until_states(scene, "delivered", "delivered")
    assert (charged(scene, ben), reserved(scene)) == (1, 0)


async def test_a_whole_result_speaks_of_nothing_missing(scene: Scene) -> None:
    ada = scene.guest("Ada")

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", count=3))

    [post] = public(ada)
    assert "did not come" not in post.text + card.text
