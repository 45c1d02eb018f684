"""What Discord can do to a post: one message and one charge, and another way where the channel is closed."""

import pytest

from sandbox.discord.faults import Answer, Hang, Hold, Reset, rate_limited, status
from sandbox.discord.permissions import Permission
from tests.end_to_end.books import charged, reserved, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, has_result, public, says, shows_pictures
from tests.end_to_end.trouble import (
    CARD,
    FORBIDDEN,
    NO_CHANNEL,
    NO_MESSAGE,
    POST,
    held,
)
from tests.scene import Scene


@pytest.mark.parametrize(
    "fault", [status(500, after_work=True), Reset(after_work=True), Reset(), status(502), rate_limited(0.1)]
)
async def test_whatever_happens_to_the_post_there_is_one_message_in_the_end(
    open_scene: Open, hurried: HurriedClock, fault: Answer | Reset
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    planned = scene.discord.faults.add(method="POST", path=POST, then=fault)

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", count=2))

    [post] = public(ada)
    assert planned.struck == 1
    assert len(post.attachments) == 2
    assert str(post.id) in card.text
    assert charged(scene, ada) == 2


async def test_a_post_of_unknown_outcome_is_found_by_its_buttons_when_discord_has_forgotten_the_nonce(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=Hang(0.3, after_work=True))
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await ada.until_sees("general", shows_pictures)

    scene.discord.clock.advance(10 * 60)
    await finished(asked)

    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_where_the_bot_may_not_attach_files_the_card_has_the_pictures_and_names_the_permission(
    scene: Scene,
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", channel="no-uploads", prompt="a red bicycle")
    card = await asked.until(has_result)

    assert card.ephemeral
    assert "Attach Files" in card.text
    assert card.buttons == ["V1", "Again"]
    assert ben.sees("no-uploads") == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


@pytest.mark.parametrize(
    ("lost", "named"), [(Permission.SEND_MESSAGES, "Send Messages"), (Permission.ATTACH_FILES, "Attach Files")]
)
async def test_a_permission_that_is_lost_while_painting_is_named_on_the_card(
    scene: Scene, lost: Permission, named: str
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await held(scene, ada)

    scene.discord.set_permissions(scene.discord.channel("general"), scene.discord.world.bot, deny=lost)
    scene.images.release()
    card = await asked.until(has_result)

    assert card.ephemeral
    assert named in card.text
    assert ben.sees() == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_in_a_thread_it_takes_the_right_to_write_in_threads_and_no_other(scene: Scene) -> None:
    ada, bot, general = scene.guest("Ada"), scene.discord.world.bot, scene.discord.channel("general")

    scene.discord.set_permissions(general, bot, deny=Permission.SEND_MESSAGES)
    await finished(await ada.slash("imagine", channel="sketches", prompt="a red bicycle"))
    scene.discord.set_permissions(general, bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    asked = await ada.slash("imagine", channel="sketches", prompt="a blue bicycle")
    card = await asked.until(has_result)

    assert len(public(ada, "sketches")) == 1
    assert "Send Messages in Threads" in card.text


async def test_a_refusal_for_a_reason_we_cannot_see_says_that_posting_failed(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await asked.until(has_result)

    assert "I could not post it in this channel" in card.text
    await until_states(scene, "delivered")
    assert public(ada) == []


async def test_when_the_channel_is_gone_the_card_has_the_pictures(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(404, NO_CHANNEL))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=2)
    card = await asked.until(has_result)

    assert len(card.attachments) == 2
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 2


async def test_who_may_not_write_in_a_channel_gets_the_pictures_privately_and_is_told_why(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", channel="read-only", prompt="a red bicycle")
    card = await asked.until(has_result)

    assert card.ephemeral
    assert "you may not write" in card.text
    assert ben.sees("read-only") == []
    await until_states(scene, "delivered")


async def test_private_pictures_without_a_card_come_by_direct_message(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=99)

    scene.images.release()
    [message] = await ada.until_sees("dm", shows_pictures)

    assert message.buttons == ["V1", "Again"]
    assert ben.sees() == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_while_pictures_are_handed_over_nobody_else_takes_them_up(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(image_previews=0, clock=hurried)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    scene.images.release()
    await until_states(scene, "waiting")
    quota = await (await ada.slash("quota")).until(says("waiting for you"))
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)

    fetched = await ada.click(quota, "Show it to me")
    await hold.arrived.wait()
    await hurried.sleep(20)  # four rounds of the caretaker
    hold.release()
    await ends(fetched, "left today")
    await until_states(scene, "delivered")
    await hurried.sleep(20)

    uploads = [each for each in scene.discord.requests if each.files and each.status == 200]
    assert len(uploads) == 1


async def test_pictures_that_find_no_way_wait_in_quota_and_are_charged_when_they_are_fetched(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    ada.person.accepts_direct_messages = False
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)

    scene.images.release()
    await until_states(scene, "waiting")
    quota = await (await ada.slash("quota")).until(says("waiting for you"))
    assert (charged(scene, ada), reserved(scene, ada)) == (0, 1)
    fetched = await ada.click(quota, "Show it to me")
    shown = await ends(fetched, "left today")

    assert shown.ephemeral
    assert len(shown.attachments) == 1
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)
    again = await (await ada.click(quota, "Show it to me")).answer()
    assert "already" in again.text
    assert ben.sees() == []
