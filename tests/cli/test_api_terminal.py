"""At a terminal a call says how it goes; elsewhere it keeps quiet."""

import asyncio
import os
import pty
import re
import sys

from sandbox.image_api.faults import errors
from tests.shell import Shell

LIMIT_S = 60.0


def drained(master: int) -> bytes:
    """Everything that the terminal was told, until nobody holds it any more."""
    told = bytearray()
    try:
        while piece := os.read(master, 4096):
            told += piece
    except OSError:  # Linux: EIO, the other end is closed
        pass
    finally:
        os.close(master)
    return bytes(told)


async def at_a_terminal(shell: Shell, *words: str, has_screen: bool = False) -> tuple[str, str]:
    """Standard output and what stands on the terminal, which standard error goes to, or with `has_screen` both."""
    master, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=shell.folder,
        env=shell.environment(DISCORD_TOKEN=None) | {"TERM": "xterm", "COLUMNS": "200"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=slave if has_screen else asyncio.subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    reading = asyncio.create_task(asyncio.to_thread(drained, master))
    async with asyncio.timeout(LIMIT_S):
        out, _ = await process.communicate()
        shown = (await reading).decode()
    return (out or b"").decode(), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown)


async def test_a_terminal_reads_how_the_call_goes(shell: Shell) -> None:
    words = ("api", "generate", "a badger in a tuxedo", "-n", "2", "-o", "badger.png")

    out, shown = await at_a_terminal(shell, *words)

    order = ["choosing a model", "asked gpt-image-2.5-flare for 2 pictures", "accepted", "picture 1 of 2"]
    places = [shown.index(each) for each in order]
    assert places == sorted(places)
    assert "0:00:0" in shown
    assert "badger-1.png" in out
    assert "accepted" not in out


async def test_a_terminal_reads_of_each_preview(shell: Shell) -> None:
    words = ("api", "generate", "a badger", "--model", "gpt-image-2", "--previews", "2", "-o", "badger.png")

    out, shown = await at_a_terminal(shell, *words)

    places = [shown.index(each) for each in ("accepted", "preview 1", "preview 2", "picture 1 of 1")]
    assert places == sorted(places)
    assert "badger.png" in out
    assert [file.name for file in shell.folder.iterdir()] == ["badger.png"]


async def test_a_picture_has_a_line_of_its_own_on_the_screen(shell: Shell) -> None:
    words = ("api", "generate", "a badger in a tuxedo", "--model", "gpt-image-2", "-o", "badger.png")

    _, shown = await at_a_terminal(shell, *words, has_screen=True)

    assert re.search(r"^badger.png  \d+×\d+, ", shown, re.MULTILINE)


async def test_what_is_no_text_is_not_thrown_at_a_screen(shell: Shell) -> None:
    shell.images.faults.add(route="models", then=errors.status(200, "\x1b]0;hijacked\x07"))

    _, shown = await at_a_terminal(shell, "api", "request", "GET", "models", has_screen=True)

    assert "hijacked" not in shown
    assert "--download" in shown
