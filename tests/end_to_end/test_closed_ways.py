"""Discord refuses: the picture goes the next way, is charged once, and the log says which way was closed and why."""

import logging

import pytest

from sandbox.discord.faults import Reset
from sandbox.discord.permissions import Permission
from sandbox.guest import Guest, SeenMessage
from tests.end_to_end.books import charged, reserved, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, has_result, public, says, shows_pictures
from tests.end_to_end.trouble import POST, TOKEN_S, held
from tests.scene import Scene


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def posts_tried(scene: Scene, channel: str) -> int:
    path = f"/channels/{scene.discord.channel(channel).id}/messages"
    return len([each for each in scene.discord.requests if (each.method, each.path) == ("POST", path)])


@pytest.mark.parametrize(("words", "code"), [("a grey heron", 200000), ("a map of evil.example", 240000)])
async def test_what_automod_or_the_filter_of_links_refuses_is_shown_on_the_card(
    scene: Scene, caplog: pytest.LogCaptureFixture, words: str, code: int
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.discord.world.guild("The Atelier").blocked_words.add("heron")
    scene.discord.world.harmful_links.add("evil.example")

    asked = await ada.slash("imagine", prompt=words)
    card = await asked.until(has_result)

    assert card.ephemeral
    assert "I could not post it in this channel" in card.text
    await until_states(scene, "delivered")
    assert ben.sees() == []
    assert charged(scene, ada) == 1
    assert posts_tried(scene, "general") == 1, "what was refused is not tried again"
    assert f"route=channel detail=status=400 code={code}" in caplog.text


async def test_when_the_channel_is_deleted_the_picture_comes_by_direct_message(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = scene.guest("Ada")
    await held(scene, ada)

    scene.discord.delete_channel(scene.discord.channel("general"))
    scene.images.release()
    [post] = await ada.until_sees("dm", shows_pictures)

    assert post.buttons == ["V1", "Again"]
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1
    assert "route=channel detail=status=404 code=10003" in caplog.text
    assert "route=card detail=status=404 code=10003" in caplog.text
    await until(lambda: "delivered job=" in caplog.text)


async def test_when_the_right_is_lost_and_the_token_is_dead_the_picture_comes_by_direct_message(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = scene.guest("Ada")
    await held(scene, ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.SEND_MESSAGES
    )
    scene.discord.clock.advance(TOKEN_S + 1)

    scene.images.release()
    await ada.until_sees("dm", shows_pictures)

    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1
    assert "route=channel detail=status=403 code=50013" in caplog.text
    assert "code=50027" in caplog.text
    assert "route=card detail=status=4" in caplog.text, "a preview or a post has learned that the card is gone"
    assert ada.sees("general")[-1].ephemeral, "the card is all that is there"


async def test_an_unknown_outcome_without_the_right_to_look_is_not_posted_there_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada = scene.guest("Ada")
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.READ_MESSAGE_HISTORY
    )
    scene.discord.faults.add(method="POST", path=POST, then=Reset())

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await asked.until(has_result)

    await until_states(scene, "delivered")
    assert posts_tried(scene, "general") == 1
    assert public(ada) == []
    assert charged(scene, ada) == 1
    assert "route=channel detail=no right to read the channel" in caplog.text


async def kept(scene: Scene, guest: Guest) -> SeenMessage:
    """/quota of somebody whose picture found no way: dead token, deleted channel, no direct messages."""
    guest.person.accepts_direct_messages = False
    await held(scene, guest)
    scene.discord.delete_channel(scene.discord.channel("general"))
    scene.images.release()
    await until_states(scene, "waiting")
    assert (charged(scene, guest), reserved(scene, guest)) == (0, 1)
    return await (await guest.slash("quota", channel="lounge")).until(says("1 picture is waiting for you."))


async def test_what_finds_no_way_waits_in_quota_over_restarts_and_is_fetched_in_another_channel(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    quota = await kept(scene, ada)
    assert quota.buttons == ["Show it to me"]
    assert "route=direct detail=status=403 code=50007" in caplog.text

    await scene.stop()
    scene.discord.clock.advance(TOKEN_S + 1)
    await scene.start()
    shown = await ends(await ada.click(quota, "Show it to me"), "left today")

    assert shown.ephemeral
    assert len(shown.attachments) == 1
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)
    assert ben.sees("lounge") == []
    assert "waiting for you" not in (await (await ada.slash("quota", channel="lounge")).answer()).text


async def test_what_is_fetched_by_two_presses_comes_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    quota = await kept(scene, ada)

    first, second = await ada.click(quota, "Show it to me"), await ada.click(quota, "Show it to me")
    await until_states(scene, "delivered")

    shown = [each.message for each in (first, second)]
    await until(lambda: len([each for each in scene.discord.requests if each.files and each.status == 200]) == 1)
    assert sum(len(seen.attachments) for seen in shown if seen is not None) == 1
    assert charged(scene, ada) == 1


@pytest.mark.parametrize("times", [2, None])
async def test_when_discord_fails_as_it_is_fetched_it_comes_a_little_later_or_waits_on(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, times: int | None
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    quota = await kept(scene, ada)
    scene.discord.faults.add(method="PATCH", path="/webhooks/", then=Reset(), times=times or 1_000)

    fetched = await ada.click(quota, "Show it to me")
    if times is None:
        await until(lambda: caplog.text.count("route=card") == 2)
        await until_states(scene, "waiting")
        assert (charged(scene, ada), reserved(scene, ada)) == (0, 1)
        scene.discord.faults.clear()
        await ends(fetched, "Type /quota to fetch them")
        fetched = await ada.click(quota, "Show it to me")
    shown = await ends(fetched, "left today")

    assert len(shown.attachments) == 1
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)
