"""SIGTERM in each state, explored."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.end_to_end.books import charged, jobs, reserved, until
from tests.end_to_end.conftest import Open
from tests.end_to_end.foxes import rich
from tests.end_to_end.test_killed import environment
from tests.end_to_end.test_matrix_process import ROWS, Moment
from tests.scene import Scene


@pytest.mark.parametrize("name", ROWS)
async def test_explore(open_scene: Open, name: str) -> None:
    row = ROWS[name]
    scene = await rich(open_scene, start=False, drain_s=1, **row.settings)
    moment = Moment(scene)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        env=environment(scene) | {"PYTHONWARNINGS": "default", "LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "0"},
        cwd=scene.settings.data_dir.parent.parent,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    reading = asyncio.create_task(process.communicate())
    try:
        await scene.discord.ready(20)
        asked = await row.bring(moment)
        t0 = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            out, err = await asyncio.wait_for(asyncio.shield(reading), 50)
        except TimeoutError:
            out, err = b"", b"HANGS"
    finally:
        if process.returncode is None:
            process.kill()
    took = time.monotonic() - t0
    with open("/tmp/rev4/stop.out", "a") as f:
        print(
            "=====", name, "status", process.returncode, f"took {took:.1f}", [j.state for j in jobs(scene)], out, file=f
        )
        print(err.decode()[-2500:], file=f)
