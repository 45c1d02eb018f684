"""A disk that takes no pictures, in a real process: words for the member, a row and a line for the owner."""

import resource

import pytest

from tests.end_to_end.books import call_states, charged, money, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.processes import another_process
from tests.end_to_end.screen import finished, public, refused

LIMIT_BYTES = 6_000_000
PICTURE_BYTES = 9_000_000

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process: Linux alone")


def limit_files(pid: int, most_bytes: int) -> None:
    """No file of that process may grow beyond; what would is refused like a write to a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


async def test_a_disk_that_takes_no_picture_costs_the_member_nothing_and_is_told_by_name(open_scene: Open) -> None:
    scene = await open_scene(start=False, images={"picture_bytes": PICTURE_BYTES})
    ada = scene.guest("Ada")
    settings = {"IMAGE_PREVIEWS": "0", "IMAGE_MODEL": "gpt-image-2", "BUDGET_USD_PER_DAY": "5"}
    async with another_process(scene, **settings) as process:
        limit_files(process.pid, LIMIT_BYTES)
        card = await refused(await ada.slash("imagine", prompt="a red bicycle", size="1024x1024"))
        await until_states(scene, "failed")

        assert "My disk does not take pictures right now" in card.text
        assert card.buttons == ["Try again"]
        [spent] = money(scene)
        assert (spent.cost, spent.reserved) == (None, 0)
        assert spent.charged == spent.most, "the service may have been paid, so it counts in the budget"
        assert (charged(scene, ada), reserved(scene, ada)) == (0, 0)
        assert call_states(scene) == ["failed"]
        assert list((scene.settings.data_dir / "spool").glob("*/*")) == [], "nothing half"

        limit_files(process.pid, resource.RLIM_INFINITY)
        await finished(await ada.click(card, "Try again"))
        await until_states(scene, "failed", "delivered")

    _, log = await process.communicate()
    assert b"error=DiskTrouble OSError: File too large" in log
    assert b"Traceback" not in log
    assert len(public(ada)) == 1
