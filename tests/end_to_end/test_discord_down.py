"""Discord does not answer: painted pictures wait for it, are posted once when it is back, and hold up nobody."""

import logging

import pytest

from bot.delivery.line import Deadlines
from sandbox.discord.faults import Answer, Hang, Hold, Reset, status
from tests.end_to_end.books import charged, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import DONE, ends, finished, has_result, public, says, shows_pictures
from tests.end_to_end.trouble import POST, held
from tests.scene import Scene

TEN_MINUTES_S = 600
BACK_WITHIN_S = 100.0  # discord.py may pause for 64 s before it tries the gateway again
SHORT = Deadlines(words_s=1.0, upload_s=1.0)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
    return [each for each in (record.getMessage() for record in caplog.records) if all(word in each for word in words)]


async def connected(scene: Scene) -> None:
    """Its gateway has the bot again, which discord.py tries at its own pace."""
    await scene.discord.changes.until(lambda: scene.discord.gateway.connected() or None, BACK_WITHIN_S)


def path_of(scene: Scene, channel: str) -> str:
    return rf"^/channels/{scene.discord.channel(channel).id}/"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("then", [None, status(503), Reset(), Hang(2.0)], ids=["refused", "503", "reset", "silent"])
async def test_when_discord_is_down_for_ten_minutes_each_picture_is_posted_once_afterwards(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, then: Answer | Reset | Hang | None
) -> None:
    scene = await open_scene(clock=hurried, deadlines=SHORT)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first, second = await held(scene, ada), await held(scene, ben)
    third = await ben.slash("imagine", channel="lounge", options={"private": True}, prompt="a private bicycle")
    await third.until(says("Painting"))
    await scene.images.until_held(3)

    await scene.discord.go_away(then)
    scene.images.release()
    await until_states(scene, "painted", "painted", "painted")
    await hurried.sleep(TEN_MINUTES_S)
    assert states(scene) == ["painted"] * 3, "nothing is given up, nothing charged"
    assert (charged(scene), reserved(scene)) == (0, 3)
    tried = len(lines(caplog, "post put off"))
    await scene.discord.come_back()
    await connected(scene)
    for asked in (first, second):
        await ends(asked, DONE, timeout_s=BACK_WITHIN_S)
    await third.until(has_result, timeout_s=BACK_WITHIN_S)

    await until_states(scene, "delivered", "delivered", "delivered")
    assert len([seen for seen in public(ada) if shows_pictures(seen)]) == 2
    assert ada.sees("dm") == ben.sees("dm") == []
    assert (charged(scene), reserved(scene)) == (3, 0)
    assert len(lines(caplog, "discord does not answer")) == 1
    assert len(lines(caplog, "discord answers again after_s=")) == 1
    assert 2 <= tried <= 16, "the first tries of each post, then fewer and fewer"


@pytest.mark.parametrize("after_work", [False, True])
async def test_a_restart_in_the_middle_of_an_outage_posts_once_and_in_the_channel(
    open_scene: Open, hurried: HurriedClock, *, after_work: bool
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=after_work))
    scene.discord.faults.add(method=".*", path=path_of(scene, "general"), then=status(502), times=10_000)
    scene.images.release()
    await until_states(scene, "painted")
    await hurried.sleep(60)

    await scene.crash()
    await scene.start()
    await hurried.sleep(120)
    assert states(scene) == ["painted"], "whether it was posted cannot be told yet, and nobody guesses"
    scene.discord.faults.clear()
    await ends(asked, DONE, timeout_s=BACK_WITHIN_S)

    assert len(public(ada)) == 1
    assert ada.sees("dm") == []
    assert charged(scene, ada) == 1


async def test_a_channel_that_alone_takes_nothing_is_passed_by_after_some_minutes(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    sick = scene.discord.faults.add(method="POST", path=path_of(scene, "general"), then=status(500), times=10_000)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await ends(asked, "on its way to you")
    card = await asked.until(has_result, timeout_s=BACK_WITHIN_S)

    assert "I could not post it in this channel" in card.text
    await until_states(scene, "delivered")
    assert sick.struck > 3
    assert public(ada) == []
    assert charged(scene, ada) == 1
    assert lines(caplog, "way closed", "route=channel", "everything else answers")


async def test_what_finds_no_way_within_the_hour_waits_in_quota(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, deadlines=Deadlines(in_all_s=90))
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    for method, path in (("POST", POST), ("PATCH", "/webhooks/"), ("POST", "/users/@me/channels"), ("GET", "/users")):
        scene.discord.faults.add(method=method, path=path, then=status(503), times=10_000)

    scene.images.release()
    await until_states(scene, "painted")
    await until(lambda: states(scene) == ["waiting"], timeout_s=30)
    assert (charged(scene, ada), reserved(scene, ada)) == (0, 1)
    scene.discord.faults.clear()

    await ends(asked, "Type /quota to fetch them", timeout_s=BACK_WITHIN_S)
    quota = await (await ada.slash("quota")).until(says("1 picture is waiting for you."))
    shown = await ends(await ada.click(quota, "Show it to me"), "left today")
    assert len(shown.attachments) == 1
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)


async def test_a_post_that_hangs_does_not_hold_its_channel(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, deadlines=Deadlines(upload_s=1.0))
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    slow = await ada.slash("imagine", prompt="a slow bicycle")
    await hold.arrived.wait()

    await finished(await ben.slash("imagine", prompt="a quick bicycle"))
    await finished(slow)
    hold.release()

    assert len(public(ada)) == 2
    assert charged(scene) == 2


async def test_a_request_that_is_painted_while_the_token_dies_still_reaches_the_channel(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    await held(scene, ada)
    await scene.discord.go_away(status(503))
    scene.images.release()
    await until_states(scene, "painted")

    hurried.skip(20 * 60)
    scene.discord.clock.advance(20 * 60)
    await hurried.sleep(30)
    await scene.discord.come_back()
    await connected(scene)
    await ada.until_sees("general", shows_pictures, timeout_s=BACK_WITHIN_S)

    await until_states(scene, "delivered")
    assert ada.sees("dm") == []
    assert charged(scene, ada) == 1
