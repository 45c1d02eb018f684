"""Discord asks for pauses, of seconds or minutes: each picture is posted once, and everything else goes on."""

import logging

import pytest

from bot.delivery.line import Deadlines
from sandbox.discord.faults import Answer, banned_by_cloudflare, rate_limited
from sandbox.discord.limits import Bucket
from sandbox.discord.permissions import Permission
from tests.end_to_end.books import charged, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import DONE, NOT_CHARGED, ends, finished, paints, public, refused
from tests.end_to_end.trouble import CARD, POST
from tests.scene import Scene

MINUTES_S = 150.0
LIMIT_S = 20.0
A_DAY_S = 86_400


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def path_of(scene: Scene, channel: str) -> str:
    return rf"^/channels/{scene.discord.channel(channel).id}/messages$"


LIMITS = {
    "Discord's": rate_limited(MINUTES_S),
    "without Via": rate_limited(MINUTES_S, via=False),
    "Cloudflare's": banned_by_cloudflare(MINUTES_S),
}


@pytest.mark.parametrize("name", LIMITS)
async def test_a_channel_that_is_limited_for_minutes_gets_each_picture_once_when_that_is_over(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    limit = scene.discord.faults.add(method="POST", path=path_of(scene, "general"), then=LIMITS[name], times=2)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await ends(asked, "Painted, on its way to you.")
    await finished(await ben.slash("imagine", channel="lounge", prompt="elsewhere"))
    assert states(scene) == ["painted", "delivered"]
    await ends(asked, DONE, timeout_s=LIMIT_S)

    assert len(public(ada)) == 1
    assert limit.struck == 2, "it is not asked again before the pause is over"
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)
    assert "post put off job=" in caplog.text
    assert "status=429" in caplog.text
    assert "discord does not answer" not in caplog.text


async def test_a_limit_is_kept_to_although_the_wall_clock_is_set(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    limit = scene.discord.faults.add(
        method="POST", path=path_of(scene, "general"), then=rate_limited(600.0), times=10_000
    )
    await ends(await ada.slash("imagine", prompt="a red bicycle"), "Painted, on its way to you.")

    hurried.jump(A_DAY_S)
    await ben.slash("imagine", prompt="a blue bicycle")
    await until(lambda: states(scene) == ["painted", "painted"])
    await hurried.sleep(60)
    assert limit.struck == 1

    scene.discord.faults.clear()
    await until(lambda: states(scene) == ["delivered"] * 2, timeout_s=LIMIT_S)
    assert len(public(ada)) == 2


async def test_many_that_wait_for_one_channel_leave_room_for_others(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=20, images_at_once_per_user=20, quota_per_day=50)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    limit = scene.discord.faults.add(
        method="POST", path=path_of(scene, "general"), then=rate_limited(600.0, via=False), times=10_000
    )
    for number in range(18):  # more than are posted at once
        await ada.slash("imagine", prompt=f"number {number}")
    await until(lambda: states(scene) == ["painted"] * 18, timeout_s=60)

    await finished(await ben.slash("imagine", channel="lounge", prompt="elsewhere"))

    assert limit.struck <= 2, "one has learned of the limit for all"
    scene.discord.faults.clear()
    await until(lambda: states(scene) == ["delivered"] * 19, timeout_s=90)
    assert len(public(ada)) == 18
    assert charged(scene) == 19


async def test_a_limit_on_everything_passes_and_stops_nothing_for_ever(open_scene: Open, hurried: HurriedClock) -> None:
    """discord.py would sleep over it, be cut short by the deadline, and let no call through any more."""
    scene = await open_scene(clock=hurried, deadlines=Deadlines(upload_s=1.0))
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=rate_limited(60.0, is_global=True))

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await ends(asked, "Painted, on its way to you.")
    await ends(asked, DONE, timeout_s=LIMIT_S)
    await paints(scene, ada)

    assert len(public(ada)) == 2
    assert charged(scene, ada) == 2


@pytest.mark.parametrize("limit", [rate_limited(120.0), rate_limited(120.0, via=False), banned_by_cloudflare(120.0)])
async def test_a_card_that_is_limited_for_minutes_says_its_last_words_afterwards(
    open_scene: Open, hurried: HurriedClock, limit: Answer
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    struck = scene.discord.faults.add(method="PATCH", path=CARD, then=limit, times=2)

    asked = await ada.slash("imagine", prompt="something forbidden")
    card = await ends(asked, NOT_CHARGED, timeout_s=LIMIT_S)

    assert "flagged for violence" in card.text
    assert struck.struck == 2
    await until_states(scene, "refused")
    assert ada.sees("dm") == []
    await refused(await ada.slash("imagine", prompt="something forbidden"))
    assert charged(scene, ada) == 0


async def test_a_post_that_was_done_is_not_given_up_while_discord_py_sleeps_over_its_limit(
    open_scene: Open, hurried: HurriedClock
) -> None:
    """discord.py hands out what was answered only when the used-up limit has been reset."""
    scene = await open_scene(clock=hurried, deadlines=Deadlines(upload_s=1.0))
    ada = scene.guest("Ada")
    scene.discord.limits.set(Bucket.MESSAGE_POST, 1, 4.0)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.READ_MESSAGE_HISTORY
    )

    card = await ends(await ada.slash("imagine", prompt="a red bicycle"), DONE, timeout_s=LIMIT_S)

    [post] = public(ada)
    assert str(post.id) in card.text
    assert not card.attachments
    assert charged(scene, ada) == 1
