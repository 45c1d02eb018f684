"""Pictures that the disk does not give out while they are being posted: what was shown is charged, and no more."""

import asyncio
from pathlib import Path

import pytest

from sandbox.discord.faults import Hold
from sandbox.guest import Asked
from tests.end_to_end.books import charged, jobs, reserved, states, until
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, public
from tests.end_to_end.trouble import POST
from tests.scene import Scene

MIB = 1024 * 1024
PATIENCE_S = 30.0


async def half_posted(open_scene: Open, clock: HurriedClock) -> tuple[Scene, Asked, Hold, Path]:
    """Two messages take the four pictures; the first has been posted and not been heard of. The file of the third."""
    scene = await open_scene(clock=clock, images={"picture_bytes": 9 * MIB})
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await scene.guest("Ada").slash("imagine", prompt="a red bicycle", count=4)
    async with asyncio.timeout(PATIENCE_S):
        await hold.arrived.wait()
    return scene, asked, hold, scene.settings.data_dir / "spool" / str(jobs(scene)[0].id) / "2"


async def test_a_file_that_is_gone_in_the_middle_costs_what_was_posted_before(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene, asked, hold, file = await half_posted(open_scene, hurried)
    ada = scene.guest("Ada")
    file.unlink()
    hold.release()

    card = await ends(asked, "Done:", timeout_s=PATIENCE_S)

    assert "2 pictures did not come; you were not charged for what is missing." in card.text
    assert [len(post.attachments) for post in public(ada)] == [2]
    assert states(scene) == ["delivered"]
    assert (charged(scene, ada), reserved(scene, ada)) == (2, 0)
    assert "incident" in caplog.text


async def test_a_file_that_cannot_be_opened_for_a_while_is_posted_afterwards(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene, asked, hold, file = await half_posted(open_scene, hurried)
    ada = scene.guest("Ada")
    aside = file.rename(file.with_name("aside"))
    file.symlink_to(file.name)  # the system follows it round and round, and gives up
    hold.release()
    await until(lambda: "post put off" in caplog.text, timeout_s=PATIENCE_S)
    aside.replace(file)

    await ends(asked, "Done:", timeout_s=PATIENCE_S)

    assert [len(post.attachments) for post in public(ada)] == [2, 2]
    assert (charged(scene, ada), reserved(scene, ada)) == (4, 0)
    assert "incident" not in caplog.text
