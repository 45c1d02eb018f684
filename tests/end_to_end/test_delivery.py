"""What Discord can do to an answer or a post: one job, one answer, one message, one charge, whatever happens."""

import pytest

from sandbox.discord.faults import Answer, Hang, Hold, Reset, rate_limited, status
from sandbox.discord.interactions import CallbackType
from sandbox.discord.permissions import Permission
from sandbox.guest import Asked, Guest
from tests.end_to_end.books import charged, pictures_of, reserved, states, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import DONE, ends, finished, paints, public, refused, says, shows_pictures
from tests.scene import Scene

CALLBACK = r"/callback"
POST = r"^/channels/\d+/messages$"
CARD = r"^/webhooks/"
FORBIDDEN = {"message": "Missing Permissions", "code": 50013}
NO_CHANNEL = {"message": "Unknown Channel", "code": 10003}
NO_MESSAGE = {"message": "Unknown Message", "code": 10008}
TOO_LARGE = {"message": "Request entity too large", "code": 40005}
TOKEN_S = 15 * 60
MIB = 1024 * 1024


def first_answers(scene: Scene) -> list[int]:
    """The statuses of all first answers so far."""
    return [request.status for request in scene.discord.requests if "/callback" in request.path]


async def painting(scene: Scene, guest: Guest, **options: bool) -> Asked:
    """A request that is held at the image service until `images.release()`."""
    scene.images.hold()
    asked = await guest.slash("imagine", options=options, prompt="a red bicycle")
    await asked.until(says("Painting"))
    return asked


# The first answer


async def test_an_event_that_arrives_twice_is_one_job_one_answer_and_one_charge(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    scene.discord.interactions.send_again(asked.interaction)
    await paints(scene, ada)

    assert first_answers(scene) == [200, 200]
    assert states(scene) == ["delivered", "delivered"]
    assert len(public(ada)) == 2
    assert charged(scene, ada) == 2


async def test_a_refusal_whose_event_arrives_twice_is_answered_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await ada.slash("imagine", raw=True, prompt="")
    answer = await asked.answer()
    await paints(scene, ada)

    assert "prompt is empty" in answer.text
    assert asked.message is not None
    assert "prompt is empty" in asked.message.text


async def test_when_discord_takes_no_answer_any_more_nothing_is_painted(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.gateway.withhold("INTERACTION_CREATE")
    asked = await ada.slash("imagine", prompt="a red bicycle")

    scene.discord.clock.advance(4)
    scene.discord.gateway.release()
    await until_states(scene, "cancelled")

    assert asked.failed
    assert scene.images.records.of("generations") == []
    assert (charged(scene), reserved(scene)) == (0, 0)
    await paints(scene, ada)


async def test_a_first_answer_that_was_lost_on_its_way_back_goes_on_as_if_nothing_had_been(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset(after_work=True))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_private_pictures_stay_on_a_card_whose_first_answer_was_lost_on_its_way_back(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset(after_work=True))

    asked = await ada.slash("imagine", prompt="a red bicycle", private=True)
    await until_states(scene, "delivered")
    await paints(scene, ada)

    assert asked.message is not None
    assert asked.message.ephemeral
    assert len(asked.message.attachments) == 1


async def test_a_first_answer_that_never_arrived_does_not_keep_the_picture_back(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=Reset())

    asked = await ada.slash("imagine", prompt="a red bicycle")
    [post] = await ada.until_sees("general", shows_pictures)

    assert asked.message is None
    assert post.mentions == {ada.id}
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_a_first_answer_that_meets_a_server_error_is_given_again(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=CALLBACK, then=status(500))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)

    assert len(public(ada)) == 1


async def test_a_discord_that_is_slow_to_answer_gets_one_answer(scene: Scene) -> None:
    ada = scene.guest("Ada")
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=CALLBACK, then=hold)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()
    assert scene.images.records.of("generations") == []
    hold.release()
    await finished(asked)

    assert await asked.acknowledged() is CallbackType.MESSAGE
    assert first_answers(scene) == [200]


# The post


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


async def test_a_busy_channel_is_said_on_the_card(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()
    await asked.until(says("waiting to be posted"))

    hold.release()
    await finished(asked)


async def test_a_picture_that_takes_long_to_upload_to_the_card_stays_on_it(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await painting(scene, ada, private=True)
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


# Where posting is not possible


async def test_where_the_bot_may_not_attach_files_the_card_has_the_pictures_and_names_the_permission(
    scene: Scene,
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", channel="no-uploads", prompt="a red bicycle")
    card = await asked.until(lambda seen: seen.attachments)

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
    asked = await painting(scene, ada)

    scene.discord.set_permissions(scene.discord.channel("general"), scene.discord.world.bot, deny=lost)
    scene.images.release()
    card = await asked.until(lambda seen: seen.attachments)

    assert card.ephemeral
    assert named in card.text
    assert ben.sees() == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_a_refusal_for_a_reason_we_cannot_see_says_that_posting_failed(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await asked.until(lambda seen: seen.attachments)

    assert "I could not post it in this channel" in card.text
    await until_states(scene, "delivered")
    assert public(ada) == []


async def test_when_the_channel_is_gone_the_card_has_the_pictures(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(404, NO_CHANNEL))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=2)
    card = await asked.until(lambda seen: seen.attachments)

    assert len(card.attachments) == 2
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 2


async def test_who_may_not_write_in_a_channel_gets_the_pictures_privately_and_is_told_why(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", channel="read-only", prompt="a red bicycle")
    card = await asked.until(lambda seen: seen.attachments)

    assert card.ephemeral
    assert "you may not write" in card.text
    assert ben.sees("read-only") == []
    await until_states(scene, "delivered")


async def test_a_card_that_is_gone_does_not_matter_to_the_post(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await painting(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=99)

    scene.images.release()
    await ada.until_sees("general", shows_pictures)
    await until_states(scene, "delivered")

    assert asked.message is not None
    assert "Painting" in asked.message.text
    assert charged(scene, ada) == 1


async def test_private_pictures_without_a_card_come_by_direct_message(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await painting(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=99)

    scene.images.release()
    [message] = await ada.until_sees("dm", shows_pictures)

    assert message.buttons == ["V1", "Again"]
    assert ben.sees() == []
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_pictures_that_find_no_way_wait_in_quota_and_are_charged_when_they_are_fetched(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    ada.person.accepts_direct_messages = False
    await painting(scene, ada, private=True)
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


# Sizes


async def test_after_a_413_the_picture_is_converted_and_posted(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": MIB})
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(413, TOO_LARGE))

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.webp"]
    assert post.attachments[0].content_type == "image/webp"
    assert charged(scene, ada) == 1


async def test_a_picture_over_the_channels_limit_is_converted_before_it_is_posted(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": 11 * MIB})
    ada = scene.guest("Ada")

    await ends(await ada.slash("imagine", prompt="a red bicycle"), DONE, timeout_s=40)

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.webp"]
    assert post.attachments[0].size_bytes <= 10 * MIB
    posts = [request for request in scene.discord.requests if request.files and request.method == "POST"]
    assert [request.status for request in posts] == [200]


async def test_a_413_for_the_second_message_of_a_result_shows_no_picture_twice_and_none_too_few(
    open_scene: Open,
) -> None:
    scene = await open_scene(images={"picture_bytes": 9 * MIB})
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    scene.discord.faults.add(method="POST", path=POST, then=status(413, TOO_LARGE))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=3)
    await hold.arrived.wait()
    hold.release()
    await ends(asked, DONE, timeout_s=60)

    shown = [each.filename for post in public(ada) for each in post.attachments]
    assert shown == ["easel-1.png", "easel-2.png", "easel-3.webp"]
    assert charged(scene, ada) == 3


# The token


async def test_long_after_the_token_has_ended_the_picture_is_still_posted_and_the_card_stays_true(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await painting(scene, ada)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("I will post it here when it is done"))
    assert card.buttons == ["How far is it?"]

    scene.discord.clock.advance(TOKEN_S + 60)
    scene.images.release()
    [post] = await ada.until_sees("general", shows_pictures)

    await until_states(scene, "delivered")
    assert post.mentions == {ada.id}
    assert charged(scene, ada) == 1


async def test_a_click_on_the_aged_card_brings_it_back_to_life(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await painting(scene, ada)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("This takes long"))
    scene.discord.clock.advance(TOKEN_S + 60)

    await ada.click(card, "How far is it?")
    await ends(asked, "Painting")
    scene.images.release()

    await finished(asked)
    assert len(public(ada)) == 1


async def test_a_click_while_the_result_waits_to_be_posted_brings_the_card_back_too(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("This takes long"))
    scene.discord.clock.advance(TOKEN_S + 60)

    await ada.click(card, "How far is it?")
    await ends(asked, "waiting to be posted")
    hold.release()

    await finished(asked)


async def test_private_pictures_come_by_direct_message_when_the_token_has_ended(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await painting(scene, ada, private=True)
    hurried.skip(TOKEN_S - 45)
    await asked.until(says("I will send it to you when it is done"))
    scene.discord.clock.advance(TOKEN_S + 60)

    scene.images.release()
    await ada.until_sees("dm", shows_pictures)

    await until_states(scene, "delivered")
    assert ben.sees() == []
    assert charged(scene, ada) == 1


async def test_pictures_that_wait_in_quota_keep_a_card_that_says_so(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    asked = await painting(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE))
    scene.images.release()
    await ends(asked, "Type /quota to get it")

    hurried.skip(TOKEN_S)
    await hurried.sleep(20)

    await ends(asked, "Type /quota to get it")
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
