"""The private card over time: what it says while Discord is slow, when its token ends, and when it is gone."""

from sandbox.discord.faults import Hold, status
from tests.end_to_end.books import charged, pictures_of, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, public, refused, says, shows_pictures
from tests.end_to_end.trouble import CARD, NO_MESSAGE, POST, TOKEN_S, held, held_at_discord
from tests.scene import Scene


async def test_a_busy_channel_is_said_on_the_card(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked, hold = await held_at_discord(scene, ada, POST)
    await asked.until(says("on its way to you"))

    hold.release()
    await finished(asked)


async def test_a_picture_that_takes_long_to_upload_to_the_card_stays_on_it(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(image_previews=0, clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada, private=True)
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.release()
    await hold.arrived.wait()

    await hurried.sleep(10)
    hold.release()
    await until_states(scene, "delivered")
    await paints(scene, ada)

    assert asked.message is not None
    assert len(asked.message.attachments) == 1


async def test_a_card_that_is_gone_does_not_matter_to_the_post(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=99)

    scene.images.release()
    await ada.until_sees("general", shows_pictures)
    await until_states(scene, "delivered")

    assert asked.message is not None
    assert "Painting" in asked.message.text
    assert charged(scene, ada) == 1


async def test_long_after_the_token_has_ended_the_picture_is_still_posted_and_the_card_stays_true(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("I will post it here when it is done"))
    assert card.buttons == ["How is it going?"]

    scene.discord.clock.advance(TOKEN_S + 60)
    scene.images.release()
    [post] = await ada.until_sees("general", shows_pictures)

    await until_states(scene, "delivered")
    assert post.mentions == {ada.id}
    assert charged(scene, ada) == 1


async def test_a_click_on_the_aged_card_brings_it_back_to_life(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("This is taking a while"))
    scene.discord.clock.advance(TOKEN_S + 60)

    await ada.click(card, "How is it going?")
    await ends(asked, "Painting")
    scene.images.release()

    await finished(asked)
    assert len(public(ada)) == 1


async def test_a_click_while_the_result_waits_to_be_posted_brings_the_card_back_too(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked, hold = await held_at_discord(scene, ada, POST)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("This is taking a while"))
    scene.discord.clock.advance(TOKEN_S + 60)

    await ada.click(card, "How is it going?")
    await ends(asked, "on its way to you")
    hold.release()

    await finished(asked)


async def test_private_pictures_come_by_direct_message_when_the_token_has_ended(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await held(scene, ada, private=True)
    hurried.skip(TOKEN_S - 45)
    await asked.until(says("I will send it to you when it is done"))
    scene.discord.clock.advance(TOKEN_S + 60)

    scene.images.release()
    await ada.until_sees("dm", shows_pictures)

    await until_states(scene, "delivered")
    assert ben.sees() == []
    assert charged(scene, ada) == 1


async def test_pictures_that_wait_in_quota_keep_a_card_that_says_so(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(image_previews=0, clock=hurried)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    asked = await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE))
    scene.images.release()
    await ends(asked, "Type /quota to fetch")

    hurried.skip(TOKEN_S)
    await hurried.sleep(20)

    await ends(asked, "Type /quota to fetch")
    assert states(scene) == ["waiting"]
    assert pictures_of(scene) == []


async def test_a_refused_request_without_a_card_is_told_by_direct_message(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=99)

    asked = await ada.slash("imagine", prompt="something forbidden")
    [told] = await ada.until_sees("dm", says("flagged for violence"))

    assert told.attachments == []
    assert asked.message is not None
    await until_states(scene, "refused")
    scene.discord.faults.clear()
    await refused(await ada.slash("imagine", prompt="something forbidden"))
