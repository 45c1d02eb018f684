"""`make tour` in a pipe: a tour, and an exit status that tells."""

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox.demo.sandbox_process import COLUMNS, ROOT, is_running, started, with_bot

FAILED, INTERRUPTED = 1, 130


def pictures(folder: Path) -> list[Path]:
    return sorted((folder / "demo-output").glob("*.png"))


async def test_the_tour_goes_as_it_should_and_shows_real_pictures(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    async with started(tmp_path, "--tour", TMPDIR=str(temporary)) as demo:
        status = await demo.ended()

    assert status == 0, demo.text
    assert not list(temporary.iterdir())
    assert "Everything went as it should." in demo.text
    assert "FAILED" not in demo.text
    assert "Here is a first look." in " ".join(demo.text.split())
    named = {tmp_path / name for name in re.findall(r"^ +picture file +(\S+)", demo.text, re.MULTILINE)}
    assert len(named) == 9
    assert named <= set(pictures(tmp_path))
    for path in named:
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("PNG", (1024, 1024))


async def test_a_pipe_gets_plain_text_and_a_second_run_starts_afresh(tmp_path: Path) -> None:
    (tmp_path / "demo-output").mkdir()
    (tmp_path / "demo-output" / "07-of-an-earlier-run.png").touch()
    (tmp_path / "demo-output" / "holiday.txt").touch()

    async with started(tmp_path, "--tour", DISCORD_TOKEN="the.owners.own", MODERATION="off") as demo:
        status = await demo.ended()

    assert status == 0, demo.text
    assert "\x1b" not in demo.raw
    assert max(len(line) for line in demo.text.splitlines()) <= COLUMNS
    assert not [line for line in demo.text.splitlines() if line != line.rstrip()]
    assert not (tmp_path / "demo-output" / "07-of-an-earlier-run.png").exists()
    assert (tmp_path / "demo-output" / "holiday.txt").exists()
    assert "the.owners.own" not in (tmp_path / "demo-output" / "bot.log").read_text("utf-8")


async def test_a_bot_that_dies_on_the_way_ends_the_demo_with_its_last_words(tmp_path: Path) -> None:
    async with started(tmp_path, "--tour") as demo:
        await demo.until("2. A forbidden prompt")
        os.kill(demo.child(), signal.SIGKILL)
        status = await demo.ended()

    assert status == FAILED
    assert "with exit status -9" in demo.text
    assert "bot.client ready servers=2" in demo.text


async def test_a_check_that_fails_is_shown_and_decides_the_exit_status(tmp_path: Path) -> None:
    stingy = f"""
import os, sys
environment = os.environ | {{"PYTHONPATH": {str(ROOT)!r}, "QUOTA_PER_DAY": "4"}}
os.execve(sys.executable, [sys.executable, "-m", "bot"], environment)
"""

    async with started(tmp_path, "--tour", code=with_bot(tmp_path, stingy)) as demo:
        status = await demo.ended()

    assert status == FAILED
    assert "✗ FAILED charged nothing: Ben still has 0 left" in demo.text
    assert "checks failed, see above." in demo.text
    assert "14. What Ada has left" in demo.text, "later scenes are played all the same"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_what_ends_the_demo_ends_the_bot_too(tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    async with started(tmp_path, "--tour", TMPDIR=str(temporary)) as demo:
        await demo.until("1. Ada paints")
        bot = demo.child()
        demo.process.send_signal(number)
        status = await demo.ended()

    assert status == INTERRUPTED
    assert not is_running(bot)
    assert not list(temporary.iterdir())
    assert "Traceback" not in demo.text


async def test_nobody_reading_on_is_no_disaster(tmp_path: Path) -> None:
    async with started(tmp_path, "--tour") as demo:
        await demo.until("Easel: the whole bot at work")
        bot = demo.child()
        transport = demo.process._transport  # type: ignore[attr-defined]
        transport.get_pipe_transport(1).close()
        async with asyncio.timeout(60):
            status = await demo.process.wait()

    assert status == FAILED
    assert not is_running(bot)
