"""Delete: only where the button stands, with private words, and words where the bot may not."""

import pytest

from sandbox.discord.permissions import Permission
from tests.end_to_end.books import charged, until_states
from tests.end_to_end.screen import ends, paints, results, variation
from tests.scene import Scene

NOT_MINE = "not one of mine"


async def test_whoever_may_manage_messages_elsewhere_cannot_delete_a_result_from_there(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await ada.reply(await paints(scene, ada), "vary")
    result = await variation(ada, before=1)
    await until_states(scene, "delivered", "delivered")
    custom_id = result.control("Delete").custom_id
    assert custom_id is not None
    scene.discord.set_permissions(
        scene.discord.channel("read-only"), ben.person, allow=Permission.MANAGE_MESSAGES | Permission.SEND_MESSAGES
    )
    his_own = await (await ben.slash("quota", channel="read-only")).answer()

    answer = await (await ben.click(his_own, custom_id, raw=True)).answer()
    await paints(scene, ada)

    assert NOT_MINE in answer.text
    assert result.id in [seen.id for seen in results(ada)]


async def test_a_result_posted_elsewhere_cannot_be_deleted_with_an_event_that_names_another_channel(
    scene: Scene,
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    custom_id = post.control("Delete").custom_id
    assert custom_id is not None
    scene.discord.set_permissions(
        scene.discord.channel("read-only"), ben.person, allow=Permission.MANAGE_MESSAGES | Permission.SEND_MESSAGES
    )

    answer = await (await ben.click(post, custom_id, raw=True, channel="read-only")).answer()
    await paints(scene, ada)

    assert NOT_MINE in answer.text
    assert post.id in [seen.id for seen in results(ada)]


async def test_who_deletes_is_told_so_privately_and_it_is_not_given_back(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)

    answer = await ends(await ada.click(post, "Delete"), "Deleted.")

    assert answer.ephemeral
    assert ben.sees() == []
    assert charged(scene, ada) == 1


async def test_where_the_bot_cannot_see_the_channel_any_more_it_says_so(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.VIEW_CHANNEL
    )

    answer = await ends(await ada.click(post, "Delete"), "cannot delete it")

    assert answer.ephemeral
    assert "permission to see this channel" in answer.text
    assert "incident" not in caplog.text
    assert [seen.id for seen in results(ada)] == [post.id]
