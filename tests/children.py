"""Processes that the nursery gives birth to, with the little of `asyncio.subprocess` that is used of them."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
BIRTH_S = 60.0


class Child:
    """A process that runs, or ran. `returncode` is its exit status, negative for a signal; None while it runs."""

    def __init__(self, pid: int, told: asyncio.StreamReader) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._waiting = asyncio.create_task(self._wait(told))

    async def wait(self) -> int:
        return await asyncio.shield(self._waiting)

    def send_signal(self, sign: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    async def _wait(self, told: asyncio.StreamReader) -> int:
        self.returncode = int(await told.readline())
        await told.read()  # to its end, where it is closed
        return self.returncode


class Piped:
    """A child whose output is read all the time, so that a full pipe never stops it."""

    def __init__(self, child: Child, out: asyncio.StreamReader, err: asyncio.StreamReader) -> None:
        self._child = child
        self._output = asyncio.create_task(self._read(out, err))
        self.pid = child.pid
        self.send_signal = child.send_signal
        self.wait = child.wait

    @property
    def returncode(self) -> int | None:
        return self._child.returncode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def communicate(self) -> tuple[bytes, bytes]:
        """All of its standard output and of its standard error, at its end."""
        return await asyncio.shield(self._output)

    async def _read(self, out: asyncio.StreamReader, err: asyncio.StreamReader) -> tuple[bytes, bytes]:
        said = await asyncio.gather(out.read(), err.read())
        await self.wait()
        return said


class Nursery:
    """Give birth in any event loop, until `close`. See nursery.py."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own
                [sys.executable, "-W", "ignore", "-m", "tests.nursery", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def close(self) -> None:
        self._orders.close()
        self._process.wait()

    async def start(
        self,
        module: str,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        files: tuple[int, int, int],
    ) -> Child:
        """`python -m MODULE WORDS…`; `files` become its standard input, output and error, and stay open here."""
        order = {"module": module, "words": words, "environment": dict(environment), "folder": str(folder)}
        told, its_end = os.pipe()
        socket.send_fds(self._orders, [json.dumps(order).encode()], [*files, its_end])
        os.close(its_end)
        reader = await _reading(told)
        async with asyncio.timeout(BIRTH_S):
            return Child(int(await reader.readline()), reader)

    async def piped(
        self, module: str, words: Sequence[str], *, environment: Mapping[str, str], folder: Path, stdin: IO[bytes]
    ) -> Piped:
        """The same, with its output to be had."""
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        try:
            files = (stdin.fileno(), its_out, its_err)
            child = await self.start(module, words, environment=environment, folder=folder, files=files)
        finally:
            os.close(its_out)
            os.close(its_err)
        return Piped(child, await _reading(out), await _reading(err))


@cache
def nursery() -> Nursery:
    """That of this process."""
    opened = Nursery()
    atexit.register(opened.close)
    return opened


async def _reading(file: int) -> asyncio.StreamReader:
    """What comes out of a pipe, which is closed at its end."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(file, "rb", 0))
    return reader
