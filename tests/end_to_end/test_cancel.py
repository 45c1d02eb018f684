"""Thinking better of it: `Cancel` works while nothing is paid, for the person who asked, once."""

from dataclasses import dataclass

from bot.ui.buttons import Action
from sandbox.discord.faults import Hold
from sandbox.guest import Asked, Guest, SeenMessage
from tests.end_to_end.books import charged, reserved, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import (
    ends,
    finished,
    paints,
    refused,
    says,
)
from tests.end_to_end.trouble import (
    CALLBACK,
    Held,
    held,
)
from tests.scene import Scene

TOO_LATE = "too late to cancel"
FIRST = "the first in line"


def painted_prompts(scene: Scene) -> list[str | None]:
    return [call.prompt for call in scene.images.records.of("generations")]


def cancel_id(card: SeenMessage) -> str:
    custom_id = card.control("Cancel").custom_id
    assert custom_id is not None
    return custom_id


@dataclass(frozen=True, slots=True)
class Line:
    """Ada's request is being painted and Ben's waits behind it; `card` is what he sees."""

    scene: Scene
    ada: Guest
    ben: Guest
    first: Asked
    waiting: Asked
    card: SeenMessage

    async def go_on(self) -> None:
        self.scene.images.release()
        await finished(self.first)


async def lined_up(open_scene: Open, *, count: int = 1) -> Line:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada, FIRST)
    waiting = await ben.slash("imagine", prompt="on second thoughts", count=count)
    return Line(scene, ada, ben, first, waiting, await waiting.answer())


async def test_cancel_in_the_queue_releases_at_once_and_nothing_is_painted(open_scene: Open) -> None:
    line = await lined_up(open_scene, count=3)
    assert reserved(line.scene, line.ben) == 3

    await line.ben.click(line.card, "Cancel")
    card = await refused(line.waiting)

    assert "Cancelled" in card.text
    assert card.buttons == []
    assert reserved(line.scene, line.ben) == 0
    await line.go_on()
    await paints(line.scene, line.ben)
    assert painted_prompts(line.scene) == [FIRST, "a quiet harbour"]
    assert states(line.scene) == ["delivered", "cancelled", "delivered"]


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
    line = await lined_up(open_scene)
    await line.ben.click(line.card, "Cancel")
    card_after = await ends(line.waiting, "Cancelled")

    again = await line.ben.click(card_after, cancel_id(line.card), raw=True)

    await ends(again, "Cancelled")
    await line.go_on()
    assert states(line.scene) == ["delivered", "cancelled"]


async def test_nobody_else_can_cancel(open_scene: Open) -> None:
    line = await lined_up(open_scene)

    pressed = await line.ada.click(line.card, cancel_id(line.card), raw=True)
    answer = await pressed.answer()

    assert answer.ephemeral
    assert "Only the person who asked" in answer.text
    await line.go_on()
    await finished(line.waiting)
    assert charged(line.scene, line.ben) == 1


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
    line = await lined_up(open_scene)

    for custom_id in (f"easel:{Action.CANCEL}:{'0' * 32}", "easel:cancel:x", "easel:burn:" + "0" * 32, "x" * 100):
        answer = await (await line.ben.click(line.card, custom_id, raw=True)).answer()
        assert answer.ephemeral
        assert "not one of mine" in answer.text
    elsewhere = await (await line.ben.click(line.card, cancel_id(line.card), raw=True, channel="lounge")).answer()
    assert "not one of mine" in elsewhere.text

    await line.go_on()
    await finished(line.waiting)


async def test_a_card_whose_cancelling_was_cut_short_by_a_crash_says_so_all_the_same(open_scene: Open) -> None:
    line = await lined_up(open_scene)
    hold = Hold()
    line.scene.discord.faults.add(method="POST", path=CALLBACK, then=hold)
    await line.ben.click(line.card, "Cancel")
    await hold.arrived.wait()
    await until_states(line.scene, "painting", "cancelled")
    await line.scene.crash()
    hold.release()
    line.scene.images.release()

    await line.scene.start()

    card = await refused(line.waiting)
    assert "Cancelled" in card.text
    assert card.buttons == []
