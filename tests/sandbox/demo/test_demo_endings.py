"""What ends the page and the tour alike: a bot that cannot start, and a kill that leaves no time for a word."""

import asyncio
from pathlib import Path

import pytest

from tests.sandbox.demo.sandbox_process import is_running, started, with_bot

WAYS = {"page": [], "tour": ["--tour"]}
UP = {"page": "Ctrl-C ends it.", "tour": "1. Ada paints"}


@pytest.mark.parametrize("way", WAYS)
async def test_a_bot_that_cannot_start_ends_it_with_its_reason(tmp_path: Path, way: str) -> None:
    code = with_bot(tmp_path, "raise SystemExit('The easel has no legs.')")

    async with started(tmp_path, *WAYS[way], code=code) as demo:
        status = await demo.ended()

    assert status == 1
    assert "The bot has ended by itself, with exit status 1." in demo.text
    assert "The easel has no legs." in demo.text
    assert "Traceback" not in demo.text


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_killed_outright_takes_its_bot_with_it(tmp_path: Path, way: str) -> None:
    async with started(tmp_path, *WAYS[way], TMPDIR=str(tmp_path)) as demo:
        await demo.until(UP[way])
        bot = demo.child()
        demo.process.kill()
        await demo.ended()

        async with asyncio.timeout(30):
            while is_running(bot):
                await asyncio.sleep(0.05)
