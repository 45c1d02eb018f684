"""`make demo`: a page that stands until Ctrl-C, and leaves nothing behind."""

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import textwrap
from pathlib import Path

import aiohttp
import pytest

from sandbox.demo.browser import can_open
from tests.sandbox.demo.sandbox_process import ROOT, SandboxProcess, is_running, started

UP = "Ctrl-C ends it."
INTERRUPTED = 130


def address(demo: SandboxProcess) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/", demo.text)
    assert found is not None, demo.text
    return found[0]


def a_browser(folder: Path) -> tuple[str, Path]:
    """A command that opens pages by writing their addresses down, and where it does so."""
    command, opened = folder / "browser", folder / "opened.txt"
    command.write_text(f'#!/bin/sh\necho "$1" >> {opened}\nsleep 300\n', "utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return f"{command} %s", opened


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_page_stands_until_it_is_told_to_stop_and_nothing_is_left(
    tmp_path: Path, number: signal.Signals
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    async with started(tmp_path, TMPDIR=str(temporary)) as demo:
        await demo.until(UP)
        bot = demo.child()
        async with aiohttp.ClientSession() as session, session.get(address(demo)) as response:
            page = await response.text()
        demo.process.send_signal(number)
        status = await demo.ended()

    assert (status, response.status) == (0, 200)
    assert "<title>Easel</title>" in page
    assert "Stopped: nothing of it runs on." in demo.text
    assert "Traceback" not in demo.text
    assert not is_running(bot)
    assert not list(temporary.iterdir())
    assert "stopping drain_s=" in (tmp_path / "demo-output" / "bot.log").read_text("utf-8"), "the bot left in order"


async def test_ctrl_c_on_the_way_up_ends_everything_too(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    async with started(tmp_path, TMPDIR=str(temporary)) as demo:
        await demo.until("Starting Easel")
        demo.process.send_signal(signal.SIGINT)
        status = await demo.ended()

    assert status == 0
    assert "Traceback" not in demo.text
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("command_line", "expected"),
    [
        (
            """
            import os, signal
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                print("the second one comes in the middle of the first")
            """,
            INTERRUPTED,
        ),
        (
            """
            import atexit, os, signal
            def main():
                atexit.register(os.kill, os.getpid(), signal.SIGINT)
                return 0
            """,
            0,
        ),
    ],
    ids=["while it loads", "while it ends"],
)
async def test_whoever_presses_ctrl_c_again_and_again_reads_nothing_of_it(
    tmp_path: Path, command_line: str, expected: int
) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__init__.py").touch()
    shutil.copy(ROOT / "sandbox" / "__main__.py", tmp_path / "sandbox")
    (tmp_path / "sandbox" / "command_line.py").write_text(textwrap.dedent(command_line), "utf-8")
    async with started(tmp_path, code=tmp_path) as demo:
        status = await demo.ended()

    assert (status, demo.text) == (expected, "")


async def test_a_killed_bot_does_not_end_the_page(tmp_path: Path) -> None:
    async with started(tmp_path) as demo:
        await demo.until(UP)
        url = address(demo)
        os.kill(demo.child(), signal.SIGKILL)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{url}live", origin=url.rstrip("/")) as socket,
        ):
            await socket.send_json({"type": "behind.open"})
            async with asyncio.timeout(30):
                states = set()
                async for frame in socket:
                    message = frame.json()
                    if message["type"] in ("behind.state", "behind.bot"):
                        states.add(message["bot"]["state"])
                        if message["bot"]["state"] == "ended":
                            await socket.send_json({"type": "behind.start"})
                    if {"ended", "connected"} <= states and message.get("bot", {}).get("state") == "connected":
                        break
        bot = demo.child()
        demo.process.send_signal(signal.SIGINT)
        status = await demo.ended()

    assert status == 0
    assert not is_running(bot)


async def test_a_port_that_is_taken_is_said_in_a_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(tmp_path, "--port", str(port)) as demo:
            status = await demo.ended()

    assert status == 1
    assert demo.text == f"cannot start: port {port} is taken\n"
    assert not (tmp_path / "demo-output").exists(), "no bot was started first"


async def test_a_port_that_cannot_be_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with started(tmp_path, "--port", "99999") as demo:
        status = await demo.ended()

    assert status == 2
    assert "a port is from 0 to 65535" in demo.text
    assert "Traceback" not in demo.text


async def test_a_browser_is_opened_where_somebody_sees_it(tmp_path: Path) -> None:
    command, opened = a_browser(tmp_path)
    async with started(tmp_path, terminal=True, BROWSER=command, DISPLAY=":99") as demo:
        await demo.until("Your browser opens the page.")
        async with asyncio.timeout(30):
            while not opened.exists() or not opened.read_text("utf-8"):
                await asyncio.sleep(0.05)
        status = await demo.interrupted()

    assert status == 0
    assert opened.read_text("utf-8") == f"{address(demo)}\n"


@pytest.mark.parametrize(
    ("terminal", "environment"),
    [
        (False, {"DISPLAY": ":99"}),
        (True, {}),
        (True, {"DISPLAY": ":99", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}),
    ],
    ids=["a pipe", "no display", "from far away"],
)
async def test_no_browser_is_opened_where_nobody_would_see_it(
    tmp_path: Path, *, terminal: bool, environment: dict[str, str]
) -> None:
    command, opened = a_browser(tmp_path)
    async with started(tmp_path, terminal=terminal, code=ROOT, BROWSER=command, **environment) as demo:
        await demo.until(UP)
        demo.process.send_signal(signal.SIGTERM)
        await demo.ended()

    assert not opened.exists()
    assert "Your browser opens" not in demo.text


@pytest.mark.parametrize("name", ["lynx", "w3m", "links"])
async def test_a_browser_that_would_take_the_terminal_is_left_alone(tmp_path: Path, name: str) -> None:
    command, opened = a_browser(tmp_path)
    (tmp_path / "browser").rename(tmp_path / name)
    command = command.replace("browser %s", f"{name} %s")
    async with started(tmp_path, terminal=True, BROWSER=command, DISPLAY=":99") as demo:
        await demo.until(UP)
        status = await demo.interrupted()

    assert status == 0
    assert not opened.exists()


def test_other_systems_have_their_windows_without_a_display() -> None:
    assert can_open({}, "darwin", is_terminal=True)
    assert can_open({}, "win32", is_terminal=True)
    assert not can_open({}, "darwin", is_terminal=False)
    assert can_open({"WAYLAND_DISPLAY": "wayland-0"}, "linux", is_terminal=True)
