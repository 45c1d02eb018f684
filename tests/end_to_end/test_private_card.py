"""Pictures on the private card: made smaller when Discord finds them too big, and never wiped by late words."""

from sandbox.discord.faults import Hold, status
from tests.end_to_end.books import charged, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import has_result, says, shows_pictures
from tests.end_to_end.trouble import CARD, TOKEN_S, TOO_LARGE, held

MIB = 1024 * 1024


async def test_after_a_413_the_pictures_on_the_card_are_converted(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0, images={"picture_bytes": MIB})
    ada = scene.guest("Ada")
    asked = await held(scene, ada, private=True)
    refusal = scene.discord.faults.add(method="PATCH", path=CARD, then=status(413, TOO_LARGE))

    scene.images.release()
    card = await asked.until(has_result)

    assert refusal.struck == 1
    assert card.ephemeral
    assert [each.filename for each in card.attachments] == ["easel-1.webp"]
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1
    assert [seen for seen in ada.sees("dm") if shows_pictures(seen)] == []


async def test_words_that_come_after_the_pictures_do_not_wipe_them(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(image_previews=0, clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada, private=True)
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.release()
    await hold.arrived.wait()

    hurried.skip(TOKEN_S)
    await hurried.sleep(20)  # the card's last words are due while the pictures are on their way to it
    hold.release()
    await until_states(scene, "delivered")
    await hurried.sleep(20)

    card = asked.message
    assert card is not None
    assert len(card.attachments) == 1
    assert "left today" in card.text
    assert card.buttons == ["V1", "Again"]
    assert charged(scene, ada) == 1


async def test_a_card_that_hangs_keeps_no_other_from_its_last_text_nor_its_pictures_from_their_member(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(image_previews=0, clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada, private=True)
    second = await held(scene, ben, private=True)
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=first.interaction.token, then=hold)
    hurried.skip(TOKEN_S - 45)
    await hold.arrived.wait()  # Ada's card is told that it takes long
    await second.until(says("This is taking a while"))
    scene.images.release()
    await ben.until_sees("dm", shows_pictures)
    await until(lambda: states(scene)[1] == "delivered")

    hold.release()
    await first.until(has_result)
    await until_states(scene, "delivered", "delivered")
    await hurried.sleep(20)
    assert first.message is not None
    assert first.message.buttons == ["V1", "Again"]
