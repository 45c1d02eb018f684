"""The real bot as a process of its own: `python -m bot`, its settings in the environment, its log in a file."""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

Result = TypeVar("Result")

ROOT = Path(__file__).resolve().parents[2]
STOP_S = 10.0
LAST_LINES = 15
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")


class BotDied(Exception):
    """The bot ended by itself."""


class BotProcess:
    """`settings` are all that it gets: neither the owner's environment nor a `.env` reaches it.

    `folder` is its working directory. Use it as `async with`. It can be killed and started again; its log goes on.
    """

    def __init__(self, settings: Mapping[str, str], *, folder: Path, log_file: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._log_file = log_file
        self._process: asyncio.subprocess.Process
        self.started_ms = 0

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._log_file.write_bytes, b"")
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; minus the number of the signal that ended it."""
        return self._process.returncode

    async def start(self) -> None:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        log = await asyncio.to_thread(self._log_file.open, "ab")
        self.started_ms = time.time_ns() // 1_000_000
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sandbox.demo.leash", str(os.getpid())),
                *(sys.executable, "-m", "bot"),
                env={**kept, "PYTHONPATH": str(ROOT), **self._settings},
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone: we end it, after what we were doing
            )

    async def kill(self) -> None:
        """SIGKILL: it can say goodbye to nobody. Returns when it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def while_alive(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something that needs the bot. Raises BotDied as soon as it is gone."""
        doing = asyncio.create_task(work)
        death = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait({doing, death}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise BotDied(f"The bot has ended by itself, with exit status {death.result()}.")
        finally:
            for task in (doing, death):
                task.cancel()
            await asyncio.gather(doing, death, return_exceptions=True)

    def last_words(self) -> list[str]:
        return last_lines(self._log_file)


def last_lines(log_file: Path) -> list[str]:
    return log_file.read_text("utf-8", errors="replace").splitlines()[-LAST_LINES:]
