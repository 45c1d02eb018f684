"""Discord refuses a lot: the bot holds back in time, what matters goes on, and the owner hears of it."""

import asyncio
import logging

import discord
import pytest

from bot.discretion import Discretion, Held, Level, Marks
from sandbox.discord.faults import rate_limited, status
from sandbox.guest import SeenMessage
from tests.end_to_end.books import charged, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, has_preview, paints, public, says
from tests.end_to_end.trouble import CARD, FORBIDDEN, NO_MESSAGE, held
from tests.scene import Scene

WINDOW_S = 600


def discretion(scene: Scene) -> Discretion:
    assert scene.house is not None
    return scene.house.client.discretion


async def storm(scene: Scene, times: int) -> None:
    """So many requests that Discord refuses with 403, as from channels that took the bot's rights away."""
    assert scene.house is not None
    client = scene.house.client
    scene.discord.faults.add(path=r"^/users/4711$", then=status(403, FORBIDDEN), times=times)

    async def one() -> None:
        with pytest.raises(discord.HTTPException):
            await client.fetch_user(4711)

    for begun in range(0, times, 50):
        await asyncio.gather(*(one() for _ in range(min(50, times - begun))))


async def test_in_a_storm_of_refusals_extras_stop_then_everything_but_what_members_wait_for(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = await open_scene(clock=hurried, start=False)
    olga, ada = scene.guest("Olga"), scene.guest("Ada")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    scene.marks = Marks(careful_at=40, sparing_at=80)
    await scene.start()
    assert scene.house is not None

    await storm(scene, 40)
    [told] = await olga.until_sees("dm", says("Discord has refused"))
    assert "40 of my requests" in told.text
    assert discretion(scene).level() is Level.CAREFUL
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    assert asked.interaction.original is not None
    assert not any(map(has_preview, map(SeenMessage, asked.interaction.original.versions))), "no previews"

    await storm(scene, 40)
    assert discretion(scene).level() is Level.SPARING
    asked_before = len(scene.discord.requests)
    with pytest.raises(Held):
        await scene.house.client.fetch_user(4711)
    assert len(scene.discord.requests) == asked_before, "nothing was sent"
    await finished(await ada.slash("imagine", prompt="a red bicycle"))
    assert (len(public(ada)), charged(scene, ada)) == (2, 2)

    hurried.skip(WINDOW_S)
    assert discretion(scene).level() is Level.FREE
    assert "discord refuses much refused=40 in 10 min level=careful most=40 times 403 GET /users" in caplog.text
    assert "level=sparing" in caplog.text


def test_the_marks_are_well_below_discords() -> None:
    assert Marks().careful_at * 5 <= Marks().sparing_at * 2 <= 10_000


@pytest.mark.parametrize("shared", [True, False])
async def test_limits_that_others_share_are_not_counted(scene: Scene, shared: bool) -> None:
    before = discretion(scene).refused()
    fault = rate_limited(0.01)
    headers = {**fault.reply.headers, "X-RateLimit-Scope": "shared" if shared else "user"}
    fault = type(fault)(type(fault.reply)(fault.reply.status, fault.reply.json, headers))
    scene.discord.faults.add(method="POST", path=r"^/channels/\d+/messages$", then=fault)

    await paints(scene, scene.guest("Ada"))

    assert discretion(scene).refused() - before == (0 if shared else 1)


async def test_a_card_that_is_gone_is_not_asked_for_again_and_again(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await held(scene, ada)
    asked = await ben.slash("imagine", prompt="in line")
    await asked.answer()
    scene.discord.faults.add(
        method="PATCH", path=rf"{CARD}.*{asked.interaction.token}", then=status(404, NO_MESSAGE), times=100
    )
    await until(lambda: bool(edits(scene, asked.interaction.token)), timeout_s=20)

    scene.images.release()
    await until_states(scene, "delivered", "delivered")
    await asyncio.sleep(1)

    assert 1 <= len(edits(scene, asked.interaction.token)) <= 4, "once more each for @original and for its id"
    assert states(scene) == ["delivered"] * 2


def edits(scene: Scene, token: str) -> list[str]:
    return [each.path for each in scene.discord.requests if each.method == "PATCH" and token in each.path]
