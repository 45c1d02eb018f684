"""/healthz and /readyz of a bot that runs: what they say when it is well, and when something is not."""

import asyncio
import json
import re
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.faults import Hold
from tests.shell import Shell
from tests.test_docs import OPERATIONS, blocks

CANNOT_START = 78
FAST_S = 4.0  # two looks with their deadlines, on a slow machine


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def ask(port: int, path: str, *, method: str = "GET") -> tuple[int, Any]:
    """The status and the JSON, within seconds or not at all."""
    async with (
        asyncio.timeout(FAST_S),
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{port}{path}") as response,
    ):
        text = await response.text()
        return response.status, json.loads(text) if text.startswith("{") else text


async def until_ready(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await ask(port, "/readyz"))[0] == 200:
                    return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


async def test_a_bot_that_is_well_says_so_in_figures(shell: Shell, port: int) -> None:
    async with shell.bot(HEALTH_PORT=str(port)) as bot:
        await until_ready(port)
        shell.images.hold()
        await shell.discord.guest("Ada").slash("imagine", prompt="the unmistakable heron")
        await shell.images.until_held(1)
        status, health = await ask(port, "/healthz")
        ready = await ask(port, "/readyz")
        head, nothing = await ask(port, "/healthz", method="HEAD")
        post, _ = await ask(port, "/healthz", method="POST")
        other, _ = await ask(port, "/")
        ended = await bot.end(signal.SIGTERM)

    assert (status, health["status"], health["problems"], health["phase"]) == (200, "ok", [], "serving")
    assert health["gateway"] == {
        "shards": 1,
        "connected": 1,
        "away_s": 0.0,
        "identifies_last_hour": 1,
        "malformed_events": 0,
    }
    assert health["jobs"]["unfinished"] == 1
    assert 0 <= health["jobs"]["oldest_unfinished_s"] < 60
    assert health["loop_lag_ms"] >= 0
    assert ready == (200, {"ready": True, "because": []})
    assert (head, nothing, post, other) == (200, "", 405, 404)
    assert not re.search(r"heron|\d{15}|sandbox\.bot|sk-", json.dumps(health)), "no ids, no prompts, no secrets"
    assert ended.status == 0, ended.err
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the port is free again"


async def test_it_is_served_on_loopback_alone_and_only_when_set(shell: Shell, port: int) -> None:
    async with shell.bot(HEALTH_PORT=str(port)), shell.bot(HEALTH_PORT=None):
        await until_ready(port)
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        mine = [line[1] for line in listening if line[3] == "0A" and int(line[1].split(":")[1], 16) == port]

    assert mine == [f"0100007F:{port:04X}"]


async def test_a_port_that_is_taken_stops_the_start_in_words(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ended = await shell.easel(HEALTH_PORT=str(taken))

    assert ended.status == CANNOT_START
    assert f"HEALTH_PORT: port {taken} cannot be used" in ended.err
    assert "Traceback" not in ended.err


async def test_while_it_starts_and_while_it_drains_it_is_not_ready(shell: Shell, port: int) -> None:
    login = Hold()
    shell.discord.faults.add(method="GET", path="/gateway/bot", then=login)
    async with shell.starting(HEALTH_PORT=str(port), DRAIN_S="60") as bot:
        await login.arrived.wait()
        starting = await ask(port, "/readyz")
        healthy, _ = await ask(port, "/healthz")
        login.release()
        await until_ready(port)
        shell.images.hold()
        await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
        await shell.images.until_held(1)
        ending = asyncio.create_task(bot.end(signal.SIGTERM))
        async with asyncio.timeout(30):
            while (draining := await ask(port, "/readyz"))[0] == 200:
                await asyncio.sleep(0.05)
        shell.images.release()
        ended = await ending

    assert starting == (503, {"ready": False, "because": ["starting"]})
    assert healthy == 200
    assert draining == (503, {"ready": False, "because": ["draining"]})
    assert ended.status == 0


async def test_a_locked_database_is_told_at_once(shell: Shell, port: int) -> None:
    async with shell.bot(HEALTH_PORT=str(port)):
        await until_ready(port)
        with closing(sqlite3.connect(shell.data_dir / DATABASE, isolation_level=None)) as locker:
            locker.execute("BEGIN IMMEDIATE")  # the lease is renewed within seconds: its thread waits from then on
            async with asyncio.timeout(30):
                while (told := await ask(port, "/healthz"))[0] == 200:
                    await asyncio.sleep(0.05)
            ready = await ask(port, "/readyz")
            locker.execute("ROLLBACK")
        await until_ready(port)

    assert told[1]["problems"] == ["the database gave no answer in 1 s"]
    assert told[1]["jobs"] is None
    assert ready[0] == 503


async def test_a_bot_whose_loop_is_stuck_still_answers_and_is_not_well(shell: Shell, port: int) -> None:
    async with shell.bot(HEALTH_PORT=str(port), PYTHONPATH=str(stuck_later(shell.folder))) as bot:
        await until_ready(port)
        (shell.folder / "now").touch()
        async with asyncio.timeout(40):
            while (told := await ask(port, "/healthz"))[0] == 200:
                await asyncio.sleep(0.1)
        ended = await bot.end(signal.SIGKILL)

    assert "the event loop has been stuck for" in told[1]["problems"][0]
    assert told[1]["loop_lag_ms"] > 9_000
    [line] = [line for line in ended.err.splitlines() if "loop stalled" in line]
    assert "sitecustomize.py" in line, "it says where the loop is held"
    assert "hold_the_loop" in line


def stuck_later(folder: Path) -> Path:
    """A module that every Python reads at its start: it holds the loop for as long as it likes, once told to."""
    text = """
import gc, os, threading, time

def hold_the_loop():
    time.sleep(60)

def wait():
    while not os.path.exists("now"):
        time.sleep(0.1)
    for each in gc.get_objects():
        if str(type(each)) == "<class 'uvloop.Loop'>":
            each.call_soon_threadsafe(hold_the_loop)

threading.Thread(target=wait, daemon=True).start()
"""
    place = folder / "stuck"
    place.mkdir()
    (place / "sitecustomize.py").write_text(text, "utf-8")
    return place


async def test_a_gateway_that_stays_away_makes_it_unready_and_not_ill(shell: Shell, port: int) -> None:
    async with shell.bot(HEALTH_PORT=str(port)):
        await until_ready(port)
        shell.discord.gateway.refuse_connections(1_000)
        shell.discord.gateway.cut()
        async with asyncio.timeout(60):
            while (ready := await ask(port, "/readyz"))[0] == 200:
                await asyncio.sleep(0.2)
        health = await ask(port, "/healthz")

    assert "the gateway has been away for" in ready[1]["because"][0]
    assert health[0] == 200
    assert health[1]["gateway"]["connected"] == 0
    assert health[1]["gateway"]["away_s"] >= 30


async def test_what_the_operations_page_shows_is_what_curl_shows(shell: Shell, port: int) -> None:
    (shown,) = [block for block in blocks(OPERATIONS) if block.startswith("$ curl")]
    commands = re.findall(r"^\$ (curl .*)$", shown, re.MULTILINE)
    answers = [json.loads(part) for part in re.split(r"^\$ curl .*\n", shown, flags=re.MULTILINE) if part.strip()]

    async with shell.bot(HEALTH_PORT=str(port)):
        await until_ready(port)
        real = [await asyncio.to_thread(curl, command.replace("8080", str(port))) for command in commands]

    assert [shape(answer) for answer in answers] == [shape(answer) for answer in real]


def curl(command: str) -> Any:  # noqa: ANN401 -- JSON
    return json.loads(subprocess.run(command.split(), capture_output=True, check=True, timeout=30).stdout)  # noqa: S603


def shape(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Names, words and kinds, without the figures."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else value


async def test_who_asks_slowly_or_with_many_connections_is_seen_out(shell: Shell, port: int) -> None:
    """Each connection takes one of the files that the bot may open."""
    async with shell.bot(HEALTH_PORT=str(port)) as bot:
        await until_ready(port)
        files_before = len(list(Path(f"/proc/{bot.pid}/fd").iterdir()))
        many = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in many:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: slow")  # and never the rest
        async with asyncio.timeout(30):
            while len(list(Path(f"/proc/{bot.pid}/fd").iterdir())) > files_before + 40:
                await asyncio.sleep(0.1)
        answered, _ = await ask(port, "/healthz")
        async with asyncio.timeout(30):
            for reader, _ in many:
                assert await reader.read() == b""
        for _, writer in many:
            writer.close()
        await until_ready(port)

    assert answered == 200


async def test_what_is_no_http_gets_no_answer_that_tells_anything_and_nothing_is_logged(
    shell: Shell, port: int
) -> None:
    async with shell.bot(HEALTH_PORT=str(port)) as bot:
        await until_ready(port)
        for sent in (
            b"\x16\x03\x01\x02\x00heron\r\n\r\n",
            b"GET /heron\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"a: heron\r\n" * 9_999,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent + b"\r\n")
            async with asyncio.timeout(20):
                answer = await reader.read()
            assert b"Traceback" not in answer
            writer.close()
        await until_ready(port)
        ended = await bot.end(signal.SIGTERM)

    assert "heron" not in ended.err
    assert "Traceback" not in ended.err
