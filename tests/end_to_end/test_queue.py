"""Waiting for a turn: fair, bounded, and with a card that says where one stands."""

from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_3
from tests.end_to_end.books import charged, jobs, reserved, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, public, refused, says
from tests.end_to_end.trouble import held
from tests.scene import Scene

FIRST = "the first in line"
WITH_DALL_E = (*DEFAULT_MODELS, RETIRED_DALL_E_3)


def painted_prompts(scene: Scene) -> list[str | None]:
    return [call.prompt for call in scene.images.records.of("generations")]


async def test_the_card_says_where_one_stands_and_keeps_it_true(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await held(scene, ada, FIRST)

    second = await ben.slash("imagine", prompt="the second")
    await second.until(says("next in line"))
    third = await cleo.slash("imagine", prompt="the third")
    await third.until(says("number 2 in line"))
    card = await ends(second, "next in line")
    await ben.click(card, "Cancel")

    await third.until(says("next in line"))
    scene.images.release()
    await finished(first)
    await finished(third)
    assert painted_prompts(scene) == [FIRST, "the third"]


async def test_a_members_many_requests_do_not_delay_anothers_first(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = [await held(scene, ada, FIRST)]
    for number, standing in ((2, "next in line"), (3, "number 2 in line"), (4, "number 3 in line")):
        asked.append(await ada.slash("imagine", prompt=f"Ada's number {number}"))
        await asked[-1].until(says(standing))

    asked.append(await ben.slash("imagine", channel="sketches", prompt="Ben's first"))
    await asked[-1].until(says("number 2 in line"))
    scene.images.release()
    for each in asked:
        await finished(each)

    assert painted_prompts(scene) == [
        FIRST,
        "Ada's number 2",
        "Ben's first",
        "Ada's number 3",
        "Ada's number 4",
    ]
    assert scene.images.most_in_flight == 1


async def test_one_member_cannot_take_every_place(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=2, images_at_once_per_user=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.hold()

    asked = [await ada.slash("imagine", prompt="Ada's number 1")]
    await scene.images.until_held(1)
    asked.append(await ada.slash("imagine", prompt="Ada's number 2"))
    await asked[-1].until(says("next in line"))
    asked.append(await ben.slash("imagine", prompt="Ben's first"))
    await scene.images.until_held(2)

    assert set(painted_prompts(scene)) == {"Ada's number 1", "Ben's first"}
    scene.images.release()
    for each in asked:
        await finished(each)


async def test_a_full_queue_says_so_at_once(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, queue_max=1)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await held(scene, ada, FIRST)
    second = await ben.slash("imagine", prompt="the second")
    await second.answer()

    third = await cleo.slash("imagine", prompt="one too many")
    answer = await third.answer()

    assert answer.ephemeral
    assert "Too many pictures are waiting" in answer.text
    assert jobs(scene, cleo) == []
    scene.images.release()
    await finished(first)
    await finished(second)
    await paints(scene, cleo)


async def test_who_waited_too_long_is_let_go_at_no_cost(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, queue_max_wait_s=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada, FIRST)

    waiting = await ben.slash("imagine", prompt="patience")
    card = await refused(waiting)

    assert "waited too long" in card.text
    assert card.buttons == ["Try again"]
    assert (charged(scene, ben), reserved(scene, ben)) == (0, 0)
    scene.images.release()
    await finished(first)
    again = await ben.click(card, "Try again")
    await finished(again)
    assert painted_prompts(scene) == [FIRST, "patience"]


async def test_everyone_in_a_long_queue_gets_what_was_asked(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=2, clock=hurried)
    places = {"Ada": "lounge", "Ben": "lounge", "Cleo": "general", "Pia": "general", "Olga": "sketches"}
    scene.images.hold()
    asked = [
        await scene.guest(name).slash("imagine", channel=channel, prompt=f"{name} {number}")
        for number in range(2)
        for name, channel in places.items()
    ]
    await scene.images.until_held(2)
    scene.images.release()

    for each in asked:
        await finished(each)

    assert states(scene) == ["delivered"] * 10
    assert scene.images.most_in_flight == 2
    assert len(public(scene.guest("Olga"), "general")) == 4


async def test_a_queue_with_a_failure_in_it_goes_on(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada, FIRST)
    flagged = await ben.slash("imagine", prompt="something forbidden")
    await refused(flagged)
    second = await ben.slash("imagine", prompt="something harmless")
    scene.images.release()

    await finished(first)
    await finished(second)

    await until_states(scene, "delivered", "refused", "delivered")


async def test_a_crowd_of_one_server_does_not_delay_anothers_first(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried)
    crowd = ("Ada", "Cleo", "Pia")
    await held(scene, scene.guest("Ada"), FIRST)
    for name in crowd:  # no more than Discord lets a bot post in one channel without a rest
        await (await scene.guest(name).slash("imagine", prompt=f"{name}'s")).answer()

    elsewhere = await scene.guest("Ben").slash("imagine", channel="dm", prompt="Ben's first")
    card = await elsewhere.until(says("number 2 in line"))
    assert "Cancel" in card.buttons
    scene.images.release()
    await until_states(scene, *["delivered"] * 5)  # the cards wait for Discord's own limits

    assert painted_prompts(scene)[2] == "Ben's first"


async def test_an_estimate_is_made_of_recent_runs_survives_a_restart_and_is_not_made_up(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried, images_at_once_per_user=1)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await held(scene, ada, FIRST)
    card = await (await ben.slash("imagine", prompt="nothing is known yet")).answer()
    assert "next in line." in card.text
    assert "about" not in card.text
    await hurried.sleep(20)
    scene.images.release()
    await finished(first)
    await until_states(scene, "delivered", "delivered")

    await scene.crash()
    await scene.start()
    await held(scene, ada, "after the restart")

    assert "pictures in about" in (await (await ben.slash("imagine", prompt="known")).answer()).text
    other = await (await cleo.slash("imagine", prompt="of another kind", quality="low")).answer()
    assert "about" not in other.text
    scene.images.release()
    await until_states(scene, *["delivered"] * 5)


async def test_a_job_of_several_calls_waits_in_line_with_each(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried, image_model="dall-e-3", images={"models": WITH_DALL_E})
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    asked = [await held(scene, ada, FIRST)]
    asked.append(await ben.slash("imagine", prompt="Ben's three", count=3))
    await asked[-1].until(says("next in line"))

    asked.append(await cleo.slash("imagine", prompt="Cleo's first"))
    await asked[-1].until(says("number 2 in line"))
    scene.images.release()
    for each in asked:
        await finished(each)

    assert painted_prompts(scene) == [FIRST, "Ben's three", "Cleo's first", "Ben's three", "Ben's three"]
