"""Pictures that waited for their member: fetched wherever he is, with buttons that work there."""

from sandbox.discord.faults import status
from tests.end_to_end.books import charged, reserved, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import says
from tests.end_to_end.trouble import CARD, NO_MESSAGE, TOKEN_S, held
from tests.scene import Scene


async def test_the_buttons_of_a_picture_that_was_fetched_in_another_channel_work(scene: Scene) -> None:
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    scene.images.release()
    await until_states(scene, "waiting")

    quota = await (await ada.slash("quota", channel="lounge")).until(says("waiting for you"))
    fetched = await ada.click(quota, "Show it to me")
    shown = await fetched.until(lambda seen: seen.attachments)
    await until_states(scene, "delivered")
    varied = await (await ada.click(shown, "V1")).until(lambda seen: seen.attachments)
    again = await (await ada.click(shown, "Again")).until(lambda seen: seen.attachments)

    await until_states(scene, "delivered", "delivered", "delivered")
    assert shown.buttons == ["V1", "Again"]
    assert [seen.ephemeral for seen in (shown, varied, again)] == [True, True, True]
    assert (charged(scene, ada), reserved(scene)) == (3, 0)


async def test_the_button_of_an_aged_card_hands_over_pictures_that_waited(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    asked = await held(scene, ada, private=True)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("when it is done"))
    scene.discord.clock.advance(TOKEN_S + 60)
    scene.images.release()
    await until_states(scene, "waiting")

    shown = await (await ada.click(card, "How is it going?")).until(lambda seen: seen.attachments)

    assert shown.ephemeral
    assert shown.buttons == ["V1", "Again"]
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene)) == (1, 0)
