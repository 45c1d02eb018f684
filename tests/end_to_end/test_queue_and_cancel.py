"""Waiting for a turn, seeing where one stands, and thinking better of it."""

from bot.ui.buttons import Action
from sandbox.guest import Asked, Guest, SeenMessage
from tests.end_to_end.books import charged, jobs, reserved, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import Held, ends, finished, paints, public, refused, says
from tests.scene import Scene

TOO_LATE = "too late to cancel"


async def occupied(scene: Scene, guest: Guest) -> Asked:
    """The only place at the image service is taken by this person's request, until `images.release()`."""
    scene.images.hold()
    asked = await guest.slash("imagine", prompt="the first in line")
    await scene.images.until_held(1)
    return asked


def painted_prompts(scene: Scene) -> list[str | None]:
    return [call.prompt for call in scene.images.records.of("generations")]


def cancel_id(card: SeenMessage) -> str:
    custom_id = card.control("Cancel").custom_id
    assert custom_id is not None
    return custom_id


async def test_the_card_says_where_one_stands_and_keeps_it_true(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await occupied(scene, ada)

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
    assert painted_prompts(scene) == ["the first in line", "the third"]


async def test_a_members_many_requests_do_not_delay_anothers_first(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(images_at_once=1, clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = [await occupied(scene, ada)]
    for number, standing in ((2, "next in line"), (3, "number 2 in line"), (4, "number 3 in line")):
        asked.append(await ada.slash("imagine", prompt=f"Ada's number {number}"))
        await asked[-1].until(says(standing))

    asked.append(await ben.slash("imagine", channel="sketches", prompt="Ben's first"))
    await asked[-1].until(says("number 2 in line"))
    scene.images.release()
    for each in asked:
        await finished(each)

    assert painted_prompts(scene) == [
        "the first in line",
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


async def test_cancel_in_the_queue_releases_at_once_and_nothing_is_painted(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await occupied(scene, ada)
    waiting = await ben.slash("imagine", prompt="on second thoughts", count=3)
    card = await waiting.answer()
    assert reserved(scene, ben) == 3

    await ben.click(card, "Cancel")
    card = await refused(waiting)

    assert "Cancelled" in card.text
    assert card.buttons == []
    assert reserved(scene, ben) == 0
    scene.images.release()
    await finished(first)
    await paints(scene, ben)
    assert painted_prompts(scene) == ["the first in line", "a quiet harbour"]
    assert states(scene) == ["delivered", "cancelled", "delivered"]


async def test_cancel_works_while_the_words_are_being_checked(scene: Scene) -> None:
    ada = scene.guest("Ada")
    check = Held()
    scene.images.faults.add(route="moderations", then=check.fault)
    asked = await ada.slash("imagine", prompt="on second thoughts")
    card = await asked.answer()
    await check.arrived.wait()

    await ada.click(card, "Cancel")
    await ends(asked, "Cancelled")

    check.release()
    await paints(scene, ada)
    assert painted_prompts(scene) == ["a quiet harbour"]
    assert (states(scene), reserved(scene)) == (["cancelled", "delivered"], 0)


async def test_a_button_of_a_cancelled_request_does_nothing_more(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await occupied(scene, ada)
    waiting = await ben.slash("imagine", prompt="on second thoughts")
    card = await waiting.answer()
    await ben.click(card, "Cancel")
    card_after = await ends(waiting, "Cancelled")

    again = await ben.click(card_after, cancel_id(card), raw=True)

    await ends(again, "Cancelled")
    scene.images.release()
    await finished(first)
    assert states(scene) == ["delivered", "cancelled"]


async def test_nobody_else_can_cancel(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await occupied(scene, ada)
    waiting = await ben.slash("imagine", prompt="mine")
    card = await waiting.answer()

    pressed = await ada.click(card, cancel_id(card), raw=True)
    answer = await pressed.answer()

    assert answer.ephemeral
    assert "Only the person who asked" in answer.text
    scene.images.release()
    await finished(first)
    await finished(waiting)
    assert charged(scene, ben) == 1


async def test_while_it_is_painted_it_is_too_late_to_cancel(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="no way back")
    card = await asked.answer()
    painting = await asked.until(says("Painting"))
    assert painting.buttons == []

    pressed = await ada.click(painting, cancel_id(card), raw=True)
    answer = await pressed.answer()

    assert answer.ephemeral
    assert TOO_LATE in answer.text
    scene.images.release()
    await finished(asked)
    assert charged(scene, ada) == 1


async def test_after_its_end_cancel_says_that_it_is_done(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="no way back")
    card = await asked.answer()
    done = await finished(asked)

    pressed = await ada.click(done, cancel_id(card), raw=True)
    answer = await pressed.answer()

    assert answer.ephemeral
    assert "done" in answer.text
    assert (states(scene), charged(scene)) == (["delivered"], 1)


async def test_an_altered_button_gets_words_and_does_nothing(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await occupied(scene, ada)
    waiting = await ben.slash("imagine", prompt="mine")
    card = await waiting.answer()

    for custom_id in (f"easel:{Action.CANCEL}:{'0' * 32}", "easel:cancel:x", "easel:burn:" + "0" * 32, "x" * 100):
        answer = await (await ben.click(card, custom_id, raw=True)).answer()
        assert answer.ephemeral
        assert "not one of mine" in answer.text
    elsewhere = await (await ben.click(card, cancel_id(card), raw=True, channel="lounge")).answer()
    assert "not one of mine" in elsewhere.text

    scene.images.release()
    await finished(first)
    await finished(waiting)


async def test_a_full_queue_says_so_at_once(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, queue_max=1)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    first = await occupied(scene, ada)
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
    first = await occupied(scene, ada)

    waiting = await ben.slash("imagine", prompt="patience")
    card = await refused(waiting)

    assert "waited too long" in card.text
    assert card.buttons == ["Try again"]
    assert (charged(scene, ben), reserved(scene, ben)) == (0, 0)
    scene.images.release()
    await finished(first)
    again = await ben.click(card, "Try again")
    await finished(again)
    assert painted_prompts(scene) == ["the first in line", "patience"]


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
    first = await occupied(scene, ada)
    flagged = await ben.slash("imagine", prompt="something forbidden")
    await refused(flagged)
    second = await ben.slash("imagine", prompt="something harmless")
    scene.images.release()

    await finished(first)
    await finished(second)

    await until_states(scene, "delivered", "refused", "delivered")
