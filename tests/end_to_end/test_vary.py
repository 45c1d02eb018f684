"""/vary in all its ways, from the keyboard to the posted picture."""

import pytest

from bot.model import Endpoint
from sandbox.discord.faults import status
from sandbox.discord.permissions import Permission
from sandbox.guest import Upload
from tests.end_to_end.books import charged, jobs, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, paints, public, refused, results
from tests.end_to_end.trouble import CARD, NO_MESSAGE
from tests.end_to_end.uploads import CAT, picture
from tests.hostile_pictures import animated_png, png
from tests.scene import Scene


async def test_an_uploaded_picture_is_varied_as_an_edit_where_there_are_no_variations_and_that_is_said(
    scene: Scene,
) -> None:
    ada = scene.guest("Ada")

    await finished(await ada.slash("vary", image=CAT, prompt="at night", count=2))

    [post] = public(ada)
    assert "Painted as an edit" in post.text
    assert "at night" in post.text
    assert len(post.attachments) == 2
    [call] = scene.images.records.of("edits")
    assert "at night" in (call.prompt or "")
    assert call.files[0].content_type == "image/png"
    assert charged(scene, ada) == 2


async def test_where_the_service_has_variations_they_are_used_with_a_square_png(open_scene: Open) -> None:
    scene = await open_scene(images={"variations": True}, image_model="dall-e-2")
    ada = scene.guest("Ada")

    await finished(await ada.slash("vary", image=CAT))

    [post] = public(ada)
    assert "Painted as an edit" not in post.text
    [call] = scene.images.records.of("variations")
    assert call.files[0].content_type == "image/png"
    assert scene.images.records.of("edits") == []


async def test_without_a_picture_the_last_public_one_of_the_channel_is_taken(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ada, "an old pear")
    await paints(scene, ada, "a new apple")

    await finished(await ben.slash("vary"))

    assert len(scene.images.records.of("edits")) == 1
    assert charged(scene, ben) == 1


async def test_a_deleted_result_is_passed_over_for_the_one_before(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada, "an old pear")
    newest = await paints(scene, ada, "a new apple")
    await ada.click(newest, "Delete")
    await ada.until_sees("general", lambda _: len(results(ada)) == 1)

    await finished(await ada.slash("vary"))

    assert charged(scene, ada) == 3


async def test_without_a_picture_and_without_any_in_the_channel_it_asks_for_one(scene: Scene) -> None:
    asked = await scene.guest("Ada").slash("vary")

    answer = await asked.answer()

    assert answer.ephemeral
    assert "Which picture?" in answer.text
    assert jobs(scene) == []


async def test_the_menu_varies_any_message_with_a_picture(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    message = await ada.say("look", uploads=[CAT])

    await finished(await ben.menu("Vary image", message))

    assert charged(scene, ben) == 1


async def test_the_menu_on_a_message_without_a_picture_says_so(scene: Scene) -> None:
    ada = scene.guest("Ada")
    message = await ada.say("hello")

    answer = await (await ada.menu("Vary image", message)).answer()

    assert answer.ephemeral
    assert "no picture" in answer.text
    assert jobs(scene) == []


async def test_a_v_button_varies_its_picture_from_the_quota_of_who_presses(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await finished(await ada.slash("imagine", prompt="two boats", count=2))
    [post] = public(ada)

    await finished(await ben.click(post, "V2"))

    assert (charged(scene, ada), charged(scene, ben)) == (2, 1)


async def test_variations_of_a_private_picture_are_private(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a secret garden", private=True)
    card = await asked.until(has_result)

    again = await ada.click(card, "V1")
    result = await again.until(has_result)

    assert result.ephemeral
    assert public(scene.guest("Ben")) == []
    await until_states(scene, "delivered", "delivered")


async def test_the_menus_variations_of_a_private_picture_are_private(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a secret garden", private=True)
    card = await asked.until(has_result)

    result = await (await ada.menu("Vary image", card)).until(has_result)

    assert result.ephemeral
    assert public(scene.guest("Ben")) == []
    await until_states(scene, "delivered", "delivered")


async def test_variations_of_what_was_shown_in_private_are_private_also_when_it_was_not_asked_for_so(
    scene: Scene,
) -> None:
    ada = scene.guest("Ada")
    general, bot = scene.discord.channel("general"), scene.discord.world.bot
    scene.discord.set_permissions(general, bot, deny=Permission.ATTACH_FILES)
    card = await (await ada.slash("imagine", prompt="a boat")).until(has_result)
    await until_states(scene, "delivered")
    scene.discord.set_permissions(general, bot)

    result = await (await ada.click(card, "V1")).until(has_result)

    assert result.ephemeral
    assert public(ada) == []
    await until_states(scene, "delivered", "delivered")


async def test_variations_of_a_private_picture_that_came_by_direct_message_are_private_there(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    await ada.slash("imagine", prompt="a secret garden", private=True)
    await until_states(scene, "delivered")
    [post] = results(ada, "dm")

    result = await (await ada.click(post, "V1")).until(has_result)

    assert result.ephemeral
    await until_states(scene, "delivered", "delivered")


async def test_where_a_member_may_not_write_the_variation_is_private(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await finished(await ada.slash("imagine", prompt="a boat"))
    [post] = public(ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.person("Ben"), deny=Permission.SEND_MESSAGES
    )
    ben = scene.guest("Ben")

    result = await (await ben.click(post, "V1")).until(has_result)

    assert result.ephemeral
    assert len(public(ada)) == 1


BAD_UPLOADS = {
    "text named .png": (b"hello, I am text" * 100, "picture"),
    "empty": (b"", "empty"),
    "truncated": (picture((600, 600))[:500], "picture"),
    "gif": (picture(form="GIF"), "PNG, JPEG or WebP"),
    "13,000 pixels squared in 160 KiB": (png((13_000, 13_000)), "pixels"),
    "10,000 frames": (animated_png(10_000), "animat"),
    "30 MB": (picture() + bytes(30_000_000), "MB"),
}


@pytest.mark.parametrize("name", BAD_UPLOADS)
async def test_a_bad_upload_gets_a_sentence_and_costs_nothing(scene: Scene, name: str) -> None:
    data, words = BAD_UPLOADS[name]
    ada = scene.guest("Ada")
    scene.discord.world.guild("The Atelier").boost_tier = 2  # members may upload 50 MiB there

    card = await refused(await ada.slash("vary", image=Upload("picture.png", data), raw=True))

    assert words in card.text
    assert card.ephemeral
    assert scene.images.paid_pictures == 0
    await paints(scene, ada)


async def test_a_picture_that_moderation_flags_is_refused_and_costs_nothing(scene: Scene) -> None:
    magenta = Upload("harmless.png", picture((512, 512), colour="magenta"))
    ada = scene.guest("Ada")

    card = await refused(await ada.slash("vary", image=magenta))

    assert "picture was flagged" in card.text
    assert scene.images.paid_pictures == 0


async def test_when_the_variations_route_is_gone_the_same_request_is_painted_as_an_edit(open_scene: Open) -> None:
    scene = await open_scene(images={"variations": True})
    scene.images.variations = False
    ada = scene.guest("Ada")

    await finished(await ada.slash("vary", image=CAT))

    assert charged(scene, ada) == 1
    assert Endpoint.EDITS in {call.route for call in scene.images.requests}
