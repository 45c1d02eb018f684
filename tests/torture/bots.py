"""Bots as processes of their own: born in the nursery, or plainly `python -m bot`."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.children import Child, nursery
from tests.shell import KEPT

ROOT = Path(__file__).resolve().parents[2]


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


async def _wait(process: asyncio.subprocess.Process | Child, bot: Bot) -> None:
    bot.died(await process.wait())


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


class Nursery:
    """Each bot is born where everything is imported already, with the world's clock. See tests/nursery.py."""

    def __init__(self, folder: Path, log_file: Path, clock_file: Path) -> None:
        self._folder = folder
        self._log_file = log_file
        self._clock_file = clock_file
        self._waits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._waits)

    async def start(self, settings: Mapping[str, str]) -> Bot:
        with Path("/dev/null").open("rb") as nothing, self._log_file.open("ab") as log:
            child = await nursery().start(
                "tests.torture.living",
                [str(self._clock_file)],
                environment={"PATH": os.environ.get("PATH", ""), **settings},
                folder=self._folder,
                files=(nothing.fileno(), log.fileno(), log.fileno()),
            )
        bot = Bot(child.pid, settings)
        self._waits.add(asyncio.create_task(_wait(child, bot)))
        return bot
