"""Which process runs a job: a boot id, and a file lock that dies with the process.

Beside the locks of all processes lies one that they share, so that a restore can tell that it is alone.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import FolderInUse

SWEPT_AFTER_S = 3_600
SHARED = "in-use"


class Owner:
    """This process as an owner of jobs. Another process on the same disk can tell at once whether it lives."""

    def __init__(self, folder: Path, boot_id: str) -> None:
        self.boot_id = boot_id
        self._folder = folder

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator["Owner"]:
        """Hold the lock of a new boot id for the length of the block; `folder` is made when missing.

        Raises:
            FolderInUse: a backup is being put back there right now.
            OSError: the folder cannot be written.
        """
        with _locked(folder, fcntl.LOCK_SH):
            owner = cls(folder, secrets.token_hex(8))
            path = owner._path(owner.boot_id)
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                owner._sweep()
                yield owner
            finally:
                os.close(descriptor)  # the file stays with a free lock: successors see at once that we are gone

    def show_life(self) -> None:
        """Write into the lock's file: that and its age tell a process that works from one that only exists.

        Later only its age is changed, for which a full disk has room. A file that somebody has removed is not made
        anew: nobody would hold its lock, and it would say that we are gone.
        """
        path = self._path(self.boot_id)
        with suppress(FileNotFoundError):
            if path.stat().st_size:
                os.utime(path)
            else:
                with path.open("r+b") as stream:
                    stream.write(b"1")

    def _sweep(self) -> None:
        """Remove the files of processes that ended more than an hour ago."""
        for path in self._folder.glob("*.lock"):
            with suppress(FileNotFoundError):  # another start sweeps, too
                is_old = time.time() - path.stat().st_mtime > SWEPT_AFTER_S
                if path.stem != self.boot_id and is_old and self.is_gone(path.stem):
                    path.unlink()

    def has_successor(self) -> bool:
        """Whether another process works on the same folder: one that has only started hears nothing yet."""
        others = [path for path in self._folder.glob("*.lock") if path.stem != self.boot_id]
        return any(_is_held(path) and path.stat().st_size for path in others)

    def gone(self) -> set[str]:
        """The boot ids of processes that are surely dead, as far as they left a file."""
        return {path.stem for path in self._folder.glob("*.lock") if path.stem != self.boot_id and not _is_held(path)}

    def is_gone(self, boot_id: str) -> bool | None:
        """Whether that process is surely dead: its lock is free. None: it left no file, so nobody can tell."""
        path = self._path(boot_id)
        return not _is_held(path) if path.exists() else None

    def _path(self, boot_id: str) -> Path:
        return self._folder / f"{boot_id}.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No bot lives on the data folder of these locks, and none can start for the length of the block.

    Raises:
        FolderInUse: one does.
        OSError: the folder cannot be written.
    """
    with _locked(folder, fcntl.LOCK_EX):
        if living(folder):  # one of an older version, which does not share the lock
            raise FolderInUse
        yield


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / SHARED, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse from None
        yield
    finally:
        os.close(descriptor)


def living(folder: Path) -> list[float]:
    """Of each process that holds a lock in `folder`: the seconds since it last showed life, the freshest first.

    The look takes a free lock for an instant and shared, so two who look at once do not take each other for a process.
    """
    ages_s = []
    for path in folder.glob("*.lock"):
        with suppress(FileNotFoundError):  # swept in this moment
            if _is_held(path):
                ages_s.append(time.time() - path.stat().st_mtime)
    return sorted(ages_s)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
