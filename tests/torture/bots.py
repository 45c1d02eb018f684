"""Bots as processes of their own: born in the nursery, or plainly `python -m bot`."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.shell import KEPT

ROOT = Path(__file__).resolve().parents[2]
NURSERY_READY_S = 60.0
BIRTH_S = 20.0


@dataclass(eq=False, slots=True)
class Bot:
    """A process that runs, or ran. `status` is its exit status, negative for a signal; None while it lives."""

    pid: int
    settings: Mapping[str, str]
    is_dead: asyncio.Event = field(default_factory=asyncio.Event)
    status: int | None = None

    def send(self, sign: signal.Signals) -> None:
        if not self.is_dead.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    def died(self, status: int) -> None:
        self.status = status
        self.is_dead.set()


class Plain:
    """Each bot is a fresh `python -m bot`, with the machine's own clock."""

    def __init__(self, folder: Path, log_file: Path) -> None:
        self._folder = folder
        self._log_file = log_file
        self._waits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._waits)

    async def start(self, settings: Mapping[str, str]) -> Bot:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with self._log_file.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot"),
                env={**kept, "PYTHONPATH": str(ROOT), **settings},
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        bot = Bot(process.pid, settings)
        self._waits.add(asyncio.create_task(_wait(process, bot)))
        return bot


async def _wait(process: asyncio.subprocess.Process, bot: Bot) -> None:
    bot.died(await process.wait())


class Nursery:
    """Each bot is a fork of a process that has imported everything, with the world's clock. See nursery.py."""

    def __init__(self, folder: Path, log_file: Path, clock_file: Path) -> None:
        self._places = {"folder": str(folder), "log": str(log_file), "clock": str(clock_file)}
        self._children: dict[int, Bot] = {}
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process
        self._listening: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "tests.torture.nursery"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._listening = asyncio.create_task(self._listen())
        async with asyncio.timeout(NURSERY_READY_S):
            await self._ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None, "started with pipes"
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def start(self, settings: Mapping[str, str]) -> Bot:
        assert self._process.stdin is not None, "started with pipes"
        order = {"settings": {"PATH": os.environ.get("PATH", ""), **settings}, "places": self._places}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(BIRTH_S):
            pid = await self._born.get()
        bot = self._children[pid]
        bot.settings = settings
        return bot

    async def _listen(self) -> None:
        assert self._process.stdout is not None, "started with pipes"
        async for line in self._process.stdout:
            match line.split():
                case [b"ready"]:
                    self._ready.set()
                case [b"born", pid]:
                    self._children[int(pid)] = Bot(int(pid), {})
                    self._born.put_nowait(int(pid))
                case [b"dead", pid, status]:
                    self._children[int(pid)].died(int(status))
                case _:
                    raise AssertionError(f"the nursery says {line!r}")
