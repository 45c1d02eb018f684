"""`python -m sandbox` as a person starts it: in a pipe or in a terminal, in a folder of its own."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 100.0
COLUMNS = 100
CTRL_C = "\x03"
PATIENCE_S = 5.0  # before a person presses a key once more
_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# A terminal of its own: Ctrl-C and Ctrl-D become there what they are for a person.
IN_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class SandboxProcess:
    """`raw` is all that came, `text` the same without colours."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.raw = ""
        self._read = 0

    @property
    def text(self) -> str:
        return _STYLES.sub("", self.raw).replace("\r", "")

    async def until(self, words: str) -> str:
        """What came since the last call, up to and with `words`."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while words not in self.text[self._read :]:
                    assert await self._more(), f"it ended before {words!r}:\n{self.text}"
        except TimeoutError:
            raise AssertionError(f"{words!r} did not come:\n{self.text}") from None
        end = self.text.index(words, self._read) + len(words)
        came, self._read = self.text[self._read : end], end
        return came

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())

    async def ended(self) -> int:
        """The exit status."""
        async with asyncio.timeout(LIMIT_S):
            while await self._more():
                continue
            return await self.process.wait()

    async def interrupted(self) -> int:
        """Press Ctrl-C at a prompt, as a person does until it works; the exit status.

        Python does not notice one that comes between its writing the prompt and its waiting for a line.
        """
        ending = asyncio.create_task(self.ended())
        while not ending.done():
            self.type(CTRL_C)
            await asyncio.wait({ending}, timeout=PATIENCE_S)
        return ending.result()

    def child(self) -> int:
        """The process id of the bot that it started."""
        (only,) = (pid for pid, parent in _processes() if parent == self.process.pid)
        return only

    async def _more(self) -> bool:
        assert self.process.stdout is not None
        came = await self.process.stdout.read(65_536)
        self.raw += came.decode("utf-8", errors="replace")
        return bool(came)


@asynccontextmanager
async def started(
    folder: Path, *words: str, terminal: bool = False, code: Path = ROOT, **environment: str
) -> AsyncIterator[SandboxProcess]:
    """`code` is the folder that holds the packages `sandbox` and `bot`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-m", "sandbox", *words]
    process = await asyncio.create_subprocess_exec(
        *([sys.executable, "-c", IN_TERMINAL, *command] if terminal else command),
        cwd=folder,
        env={**kept, "PYTHONPATH": str(code), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", **environment},
        stdin=asyncio.subprocess.PIPE if terminal else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield SandboxProcess(process)
    finally:
        if process.returncode is None:
            process.terminate()
            async with asyncio.timeout(LIMIT_S):
                await process.communicate()


def with_bot(folder: Path, main: str) -> Path:
    """The sandbox beside another bot, whose `__main__` is given."""
    shutil.copytree(ROOT / "sandbox", folder / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "bot").mkdir()
    (folder / "bot" / "__init__.py").touch()
    (folder / "bot" / "__main__.py").write_text(main, "utf-8")
    return folder


def is_running(pid: int) -> bool:
    return pid in dict(_processes())


def _processes() -> Iterator[tuple[int, int]]:
    """(process id, its parent's) of everything that runs, from where Linux shows it, else from `ps`."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True)  # noqa: S607 -- wherever ps is
        yield from ((int(pid), int(parent)) for pid, parent in map(str.split, listed.stdout.splitlines()))
        return
    for folder in Path("/proc").iterdir():
        with suppress(OSError):  # it ended while we looked
            if folder.name.isdigit():
                stat = (folder / "stat").read_text("utf-8", errors="replace")
                yield int(folder.name), int(stat.rpartition(")")[2].split()[1])
