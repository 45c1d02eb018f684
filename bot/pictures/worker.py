"""One child process as the bot sees it: a line in, a line out, and a sure end."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.pictures.task import LINE_MAX_BYTES

CODE_FOLDER = Path(__file__).parents[2]
REAP_S = 5.0  # after SIGKILL; only a process that hangs in the kernel takes longer


class WorkerDied(Exception):
    """The child ended before it answered. What it was given may be given to another one."""


class Worker:
    """A running child. It works on one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None, "started with pipes"
        assert process.stdout is not None, "started with pipes"
        self._process, self._tasks, self._answers = process, process.stdin, process.stdout

    @classmethod
    async def start(cls) -> Self:
        """Start a child that has none of the bot's environment: a broken decoder must find no secrets.

        Its own session keeps a Ctrl-C in the terminal from it, and makes its forks end with it.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-s", "-P", "-W", "ignore", "-m", "bot.pictures.child"),
            env={"PYTHONPATH": str(CODE_FOLDER)},
            cwd="/",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_MAX_BYTES,
        )
        return cls(process)

    async def answer(self, line: bytes, *, limit_s: float) -> bytes:
        """What the child says to a task.

        Raises:
            WorkerDied: it ended first.
            TimeoutError: it takes longer than `limit_s`.
        """
        try:
            async with asyncio.timeout(limit_s):
                self._tasks.write(line)
                await self._tasks.drain()
                answer = await self._answers.readline()
        except (ConnectionError, ValueError) as error:  # the pipe is closed; a line without an end
            raise WorkerDied(str(error)) from error
        if not answer.endswith(b"\n"):
            raise WorkerDied("ended without an answer")
        return answer

    async def end(self) -> None:
        """Kill the child and its fork, if it has one; there is nothing to lose."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._tasks.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(REAP_S):
                await self._process.wait()
