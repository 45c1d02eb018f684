"""A disk that takes no pictures, in a real process: words for the member, a row and a line for the owner."""

import os
import resource
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.end_to_end.books import call_states, charged, money, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, public, refused
from tests.scene import Scene

LIMIT_BYTES = 6_000_000
PICTURE_BYTES = 9_000_000

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process: Linux alone")


def limit_files(pid: int, most_bytes: int) -> None:
    """No file of that process may grow beyond; what would is refused like a write to a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


@asynccontextmanager
async def running(scene: Scene, log: Path, **settings: str) -> AsyncIterator[int]:
    """The real command against the scene's stand-ins; its process id."""
    environment = {
        "DISCORD_TOKEN": scene.settings.discord_token.get_secret_value(),
        "DISCORD_API_URL": str(scene.settings.discord_api_url),
        "DISCORD_GATEWAY_URL": str(scene.settings.discord_gateway_url),
        "OPENAI_API_KEY": scene.images.api_key,
        "OPENAI_BASE_URL": scene.images.base_url,
        "DATA_DIR": str(scene.settings.data_dir),
        "IMAGE_PREVIEWS": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONWARNINGS": "ignore",
    }
    with log.open("wb") as errors:
        process = await create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            env=environment | settings,
            cwd=scene.settings.data_dir.parent.parent,
            stdin=PIPE,
            stderr=errors,
        )
    try:
        await scene.discord.ready(20)
        yield process.pid
    finally:
        process.kill()
        await process.wait()


async def test_a_disk_that_takes_no_picture_costs_the_member_nothing_and_is_told_by_name(
    open_scene: Open, tmp_path: Path
) -> None:
    scene = await open_scene(start=False, images={"picture_bytes": PICTURE_BYTES})
    ada, log = scene.guest("Ada"), tmp_path / "log"
    async with running(scene, log, IMAGE_MODEL="gpt-image-2", BUDGET_USD_PER_DAY="5") as pid:
        limit_files(pid, LIMIT_BYTES)
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

        limit_files(pid, resource.RLIM_INFINITY)
        await finished(await ada.click(card, "Try again"))
        await until_states(scene, "failed", "delivered")

    assert "error=DiskTrouble OSError: File too large" in log.read_text("utf-8")
    assert "Traceback" not in log.read_text("utf-8")
    assert len(public(ada)) == 1
