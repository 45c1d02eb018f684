"""Answers that are changed afterwards, and presses that are answered on their message, while Discord asks for pauses.

discord.py by itself would sleep for as long as Discord says, with the press in its hands.
"""

import logging
import time

import pytest

from sandbox.discord.faults import Reset, rate_limited, status
from sandbox.discord.permissions import Permission
from tests.end_to_end.books import reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, paints, results
from tests.end_to_end.trouble import CALLBACK, CARD
from tests.scene import Scene

LONG_S = 40.0  # for the bot, less than a second here; for whoever goes by the machine's clock, too long for a test
HERE_S = 8.0


@pytest.fixture
async def scene(open_scene: Open, hurried: HurriedClock) -> Scene:
    return await open_scene(clock=hurried)


@pytest.mark.parametrize("then", [rate_limited(LONG_S), status(503), Reset()], ids=["429", "503", "reset"])
async def test_that_it_was_deleted_is_said_when_discord_takes_it(scene: Scene, then: object) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    trouble = scene.discord.faults.add(method="PATCH", path=CARD, then=then)  # type: ignore[arg-type]

    await ends(await ada.click(post, "Delete"), "Deleted.", timeout_s=HERE_S)

    assert trouble.struck == 1
    assert results(ada) == []


async def test_why_something_failed_after_its_answer_is_said_when_discord_takes_it(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.VIEW_CHANNEL
    )
    trouble = scene.discord.faults.add(method="PATCH", path=CARD, then=rate_limited(LONG_S))

    await ends(await ada.click(post, "Delete"), "cannot delete it", timeout_s=HERE_S)

    assert trouble.struck == 1


@pytest.mark.parametrize("then", [rate_limited(LONG_S), status(503)], ids=["429", "503"])
async def test_a_press_that_cannot_be_answered_ends_within_seconds_and_works_when_made_again(
    scene: Scene, then: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="POST", path=CALLBACK, then=then)  # type: ignore[arg-type]
    begun_s = time.monotonic()

    await ada.click(post, "Delete")
    await ends(await ada.click(post, "Delete"), "Deleted.", timeout_s=HERE_S)

    assert time.monotonic() - begun_s < HERE_S
    assert results(ada) == []
    assert "incident" not in caplog.text


async def test_who_cancelled_reads_so_although_the_press_could_not_be_answered(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.images.hold()
    ada = scene.guest("Ada")
    for _ in range(3):  # two are painted at once for one member
        asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await asked.answer()
    scene.discord.faults.add(method="POST", path=CALLBACK, then=rate_limited(LONG_S))

    await ada.click(card, "Cancel")

    await ends(asked, "Cancelled.", timeout_s=HERE_S)
    assert states(scene)[2] == "cancelled"
    assert reserved(scene) == 2
    assert "incident" not in caplog.text
