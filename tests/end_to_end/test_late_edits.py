"""Edits of a card that come late, or hang: nothing comes over what it says of the end, and nobody waits for others."""

from bot.delivery.line import LATE_S, Deadlines
from sandbox.discord.faults import Hang, Hold
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, reserved, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, ends, has_result, says
from tests.end_to_end.test_previews import Paused
from tests.end_to_end.test_words_unsaid import told
from tests.end_to_end.trouble import CARD, Held, held

SHORT = Deadlines(words_s=1.0, upload_s=1.0)
A_DAY_S = 86_400
AGED_S = 14 * 60
MORE_THAN_AT_ONCE = 18


async def test_an_edit_that_hung_is_waited_out_a_minute_and_not_a_day_when_the_clock_is_set_back(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, deadlines=SHORT, image_previews=0)
    ada = scene.guest("Ada")
    asked = await held(scene, ada, private=True)
    trouble = scene.discord.faults.add(method="PATCH", path=CARD, then=Hang(3.0))
    scene.images.release()
    await until(lambda: trouble.struck == 1)
    await hurried.sleep(60)  # it is given up after a second that is not hurried

    hurried.jump(-A_DAY_S)

    await asked.until(has_result, timeout_s=30)
    await until(lambda: told(scene) == [(1, 0)], timeout_s=30)
    assert charged(scene, ada) == 1
    assert ada.sees("dm") == []


async def test_the_last_text_of_an_aging_card_does_not_come_over_the_end_of_its_job(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    call, busy = Held(errors.insufficient_quota()), Hold()
    scene.images.faults.add(route="generations", then=call.fault)
    scene.discord.faults.add(method="PATCH", path=CARD, then=busy)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await busy.arrived.wait()
    await call.arrived.wait()

    hurried.skip(AGED_S)
    await hurried.sleep(20)  # the card is to have its last text, as soon as the edit before it is through
    call.release()
    await until_states(scene, "failed")
    busy.release()

    await ends(asked, "owner has to look into it")
    await until(lambda: told(scene) == [(1, 0)])
    assert asked.message is not None
    assert "This is taking a while" not in asked.message.text
    assert ada.sees("dm") == []


async def test_a_place_in_line_that_comes_late_does_not_stay_on_the_card_of_a_cancelled_request(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, image_previews=0, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ben)
    late = Hold()
    asked = await ada.slash("imagine", prompt="a red bicycle")
    scene.discord.faults.add(method="PATCH", path=asked.interaction.token, then=late)
    await late.arrived.wait()

    await ada.click(await asked.answer(), "Cancel")
    await asked.until(says("Cancelled."))
    late.release()
    await asked.until(says("next in line"))

    await ends(asked, "Cancelled.")
    await until_states(scene, "painting", "cancelled")
    assert asked.message is not None
    assert asked.message.buttons == []
    assert reserved(scene, ada) == 0


async def test_a_card_that_may_be_overtaken_keeps_no_other_from_its_words(open_scene: Open) -> None:
    waiting = Paused(LATE_S)
    scene = await open_scene(clock=waiting, deadlines=SHORT, quota_per_day=MORE_THAN_AT_ONCE)
    ada = scene.guest("Ada")
    hung = scene.discord.faults.add(method="PATCH", path=CARD, then=Hang(30.0), times=MORE_THAN_AT_ONCE)
    asked = [await ada.slash("imagine", prompt="something forbidden") for _ in range(MORE_THAN_AT_ONCE)]
    await until(lambda: hung.struck == MORE_THAN_AT_ONCE, timeout_s=60)

    for each in asked:  # all of them, while each waits for what may come over it
        await ends(each, NOT_CHARGED, timeout_s=60)
    waiting.over.set()
    await until(lambda: told(scene) == [(1, 0)] * MORE_THAN_AT_ONCE, timeout_s=60)
