"""An owner at a shell: both stand-ins, a folder to work in, and the real `easel` as a process of its own."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.image_api.server import FakeImageApi
from sandbox.traffic import TrafficLog
from tests import canaries
from tests.children import Piped, nursery
from tests.mentions import check_mentions
from tests.scene import traffic_file

COMMAND_LIMIT_S = 60.0
READY_LIMIT_S = 30.0
Process = asyncio.subprocess.Process | Piped
KEPT = ("PATH", "HOME", "LANG", "LC_ALL")


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    def lines(self, subject: str) -> list[str]:
        """What `easel doctor` says about one subject, its mark first."""
        found = [line for line in self.out.splitlines() if line[5:].startswith(subject)]
        return [f"{line[:5].strip()} {line[5 + len(subject) :].strip()}" for line in found]

    def line(self, subject: str) -> str:
        (only,) = self.lines(subject)
        return only


@dataclass
class Shell:
    """`through` are words before every command, such as those that make it another user's."""

    discord: FakeDiscord
    images: FakeImageApi
    folder: Path
    through: tuple[str, ...] = ()
    said: list[Ended] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def environment(self, **changes: str | None) -> dict[str, str]:
        """Settings for the stand-ins; a change of None leaves one out."""
        ours = {
            "DISCORD_TOKEN": self.discord.bot_token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "OPENAI_API_KEY": self.images.api_key,
            "OPENAI_BASE_URL": self.images.base_url,
            "MODERATION_API_KEY": canaries.MODERATION_KEY,
            "DOWNLOAD_HOSTS": f"127.0.0.1:{self.discord.port}",
            "DRAIN_S": "0",
        }
        self.keys |= {name: changes[name] or "" for name in canaries.SECRETS if name in changes}
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {name: value for name, value in (ours | changes).items() if value is not None}

    async def easel(self, *words: str, stdin: bytes = b"", **changes: str | None) -> Ended:
        """Run a command to its end."""
        async with self._process(words, changes, stdin) as process, asyncio.timeout(COMMAND_LIMIT_S):
            out, err = await process.communicate()
        assert process.returncode is not None, "it has ended"
        self.said.append(Ended(process.returncode, out.decode(), err.decode()))
        return self.said[-1]

    @asynccontextmanager
    async def bot(self, **changes: str | None) -> AsyncIterator["Running"]:
        """The bot, connected and with its commands registered; killed at the end if it still runs."""
        async with self.starting(**changes) as running:
            await self.discord.ready(READY_LIMIT_S)
            yield running

    @asynccontextmanager
    async def starting(self, *words: str, **changes: str | None) -> AsyncIterator["Running"]:
        """The bot on its way up, or another command at work; killed at the end if it still runs."""
        async with self._process(words, changes) as process:
            running = Running(process)
            try:
                yield running
            finally:
                self.said.append(await running.end(signal.SIGKILL))

    @asynccontextmanager
    async def _process(
        self, words: tuple[str, ...], changes: Mapping[str, str | None], stdin: bytes = b""
    ) -> AsyncIterator[Process]:
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            process = await self._started(words, given, changes)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _started(self, words: tuple[str, ...], stdin: IO[bytes], changes: Mapping[str, str | None]) -> Process:
        """Born in the nursery, unless it is another user's or Python itself is to start in another way."""
        environment = self.environment(**changes)
        if not self.through and not any(name.startswith("PYTHON") for name in changes):
            return await nursery().piped("bot", words, environment=environment, folder=self.folder, stdin=stdin)
        return await asyncio.create_subprocess_exec(
            *(*self.through, sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=environment,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


class Running:
    """A bot or another command that runs. What it logs is read all the time, so that a full pipe never stops it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._output = asyncio.create_task(process.communicate())

    @property
    def pid(self) -> int:
        return self._process.pid

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that it does; it must not end before."""
        async with asyncio.timeout(COMMAND_LIMIT_S):
            while not is_so():
                assert not self._output.done(), self._output.result()
                await asyncio.sleep(0.01)

    def send(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    async def end(self, sign: signal.Signals) -> Ended:
        """Send a signal and wait until it is gone."""
        if self._process.returncode is None:
            self._process.send_signal(sign)
        return await self.ended()

    async def ended(self) -> Ended:
        """Wait until it is gone."""
        async with asyncio.timeout(COMMAND_LIMIT_S):
            out, err = await self._output
        assert self._process.returncode is not None, "it has ended"
        return Ended(self._process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def opened_shell(folder: Path, *, dialect: str = "openai", picture_bytes: int = 20_000) -> AsyncIterator[Shell]:
    # What is not OpenAI's dialect is not held against OpenAI's document.
    record = TrafficLog(traffic_file() if dialect == "openai" else None)
    images = FakeImageApi(record=record, picture_bytes=picture_bytes, dialect=dialect, api_key=canaries.KEY)
    async with AsyncExitStack() as doors:
        discord = await doors.enter_async_context(FakeDiscord(world=default_world(), bot_token=canaries.TOKEN))
        await images.start()
        doors.push_async_callback(images.stop)
        shell = Shell(discord, images, folder)
        yield shell
    check(shell)


def check(shell: Shell) -> None:
    """No secret in anything that a process said, showed or kept, and no member's words in what it logged."""
    check_mentions(shell.discord)
    search = canaries.Search.of(shell.discord, shell.keys)
    for number, ended in enumerate(shell.said):
        search.output(f"what process {number} printed", ended.out)
        search.logs(f"what process {number} logged", ended.err)
    search.screens(shell.discord)
    search.wires(shell.discord, shell.images)
    search.disk(shell.data_dir)
