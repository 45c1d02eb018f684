"""Pictures that waited for their member: fetched wherever he is, with buttons that work there."""

from sandbox.discord.faults import Reset, status
from sandbox.discord.permissions import Permission
from tests.end_to_end.books import charged, reserved, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import has_result, paints, public, says
from tests.end_to_end.trouble import CARD, FORBIDDEN, NO_MESSAGE, POST, TOKEN_S, held
from tests.scene import Scene


async def test_the_buttons_of_a_picture_that_was_fetched_in_another_channel_work(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    scene.images.release()
    await until_states(scene, "waiting")

    quota = await (await ada.slash("quota", channel="lounge")).until(says("waiting for you"))
    fetched = await ada.click(quota, "Show it to me")
    shown = await fetched.until(has_result)
    await until_states(scene, "delivered")
    varied = await (await ada.click(shown, "V1")).until(has_result)
    again = await (await ada.click(shown, "Again")).until(has_result)

    await until_states(scene, "delivered", "delivered", "delivered")
    assert shown.buttons == ["V1", "Again"]
    assert [seen.ephemeral for seen in (shown, varied, again)] == [True, True, True]
    assert (charged(scene, ada), reserved(scene)) == (3, 0)


async def test_variations_that_a_reply_asked_for_can_be_fetched_too(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    ada.person.accepts_direct_messages = False
    scene.images.hold()
    await ada.reply(post, "vary")
    await scene.images.until_held(1)
    await ada.until_sees("general", says("Painting"))
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN))
    scene.images.release()
    await until_states(scene, "delivered", "waiting")

    quota = await (await ada.slash("quota")).until(says("waiting for you"))
    shown = await (await ada.click(quota, "Show it to me")).until(has_result)

    assert shown.ephemeral
    await until_states(scene, "delivered", "delivered")
    assert (charged(scene, ada), reserved(scene)) == (2, 0)


async def test_a_public_result_whose_answer_was_lost_can_still_be_deleted(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    bot = scene.discord.world.bot
    scene.discord.set_permissions(scene.discord.channel("general"), bot, deny=Permission.READ_MESSAGE_HISTORY)
    scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=True))
    scene.images.release()
    await asked.until(has_result)
    await until_states(scene, "delivered")
    [post] = public(ada)

    await (await ada.click(post, "Delete")).until(says("Deleted"))

    assert public(ada) == []
    # The audit would count the picture twice: it was shown twice, to be sure, and charged once.
    del scene.discord.world.messages[post.channel_id][post.id]


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

    shown = await (await ada.click(card, "How is it going?")).until(has_result)

    assert shown.ephemeral
    assert shown.buttons == ["V1", "Again"]
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene)) == (1, 0)
