"""What only the bot's owner can mend is told to the owner: once, readably, and at most once an hour."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.guest import Guest
from sandbox.image_api.faults import errors
from sandbox.image_api.faults.faults import Fault
from tests.end_to_end.books import charged, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import refused, says
from tests.scene import Scene

HOUR_S = 3_600

Owned = Callable[[HurriedClock], Awaitable[tuple[Scene, Guest]]]


@pytest.fixture
async def owned(open_scene: Open) -> Owned:
    """Opens a world in which the bot knows that it is Olga's."""

    async def open_(clock: HurriedClock) -> tuple[Scene, Guest]:
        scene = await open_scene(clock=clock, start=False)
        olga = scene.guest("Olga")
        scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
        await scene.start()
        return scene, olga

    return open_


REFUSALS: dict[str, tuple[str, Callable[[], Fault], str]] = {
    "the key of moderation": ("moderations", errors.wrong_key, "Incorrect API key provided"),
    "money": ("generations", errors.billing_hard_limit, "Billing hard limit has been reached"),
    "the key": ("generations", errors.wrong_key, "Incorrect API key provided"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_the_owner_is_told_once_an_hour_what_the_service_said(
    owned: Owned, hurried: HurriedClock, name: str
) -> None:
    route, fault, said = REFUSALS[name]
    scene, olga = await owned(hurried)
    ada = scene.guest("Ada")
    scene.images.faults.add(route=route, then=fault(), times=None)

    for _ in range(3):
        card = await refused(await ada.slash("imagine", prompt="the unmistakable heron"))
        assert "heron" not in card.text
        assert card.ephemeral
    [told] = await olga.until_sees("dm", says("only you can mend that"))
    assert said in told.text
    assert "heron" not in told.text
    assert "request_id" not in told.text
    hurried.skip(HOUR_S)
    await refused(await ada.slash("imagine", prompt="the unmistakable heron"))
    await olga.until_sees("dm", says("only you can mend that"), count=2)

    assert [seen.author for seen in olga.sees("dm")] == ["Easel", "Easel"]
    assert states(scene) == ["failed"] * 4
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_the_owner_is_not_troubled_by_what_passes(owned: Owned, hurried: HurriedClock) -> None:
    scene, olga = await owned(hurried)
    scene.images.faults.add(route="generations", then=errors.refused_by_safety())

    await refused(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))

    assert olga.sees("dm") == []
