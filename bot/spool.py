"""Where pictures wait on the disk: one folder a job, files that are whole or not there.

Everything here blocks; on the event loop it is called through `asyncio.to_thread`.
"""

import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from bot.errors import DiskFull, DiskTrouble

log = logging.getLogger(__name__)

FOLDER_MODE = 0o700
HEAD_BYTES = 1024
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
TAKES_NOTHING = frozenset({errno.EFBIG, errno.EROFS, errno.EIO})  # though it may have room

_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A whole file on the spool, safe against a power cut. `head` is its first 1,024 bytes, for telling its type."""

    file: Path
    sha256: str
    size_bytes: int
    head: bytes


Files = dict[tuple[int, int], int]
"""Sizes in bytes by what a file is to the disk, so that two names of one file are one."""


class SpoolWriter:
    """One file on its way to the spool: under a temporary name until `finish`.

    Nothing touches the disk before the first `write`. Its methods may be called from different threads: `discard`
    waits for a `write` that is still running, so a cancelled writer cannot leave a file behind.
    As a context manager it discards what was not finished.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stream: BinaryIO | None = None
        self._unfinished = file
        self._digest = hashlib.sha256()
        self._closed = False
        self._head = b""
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def write(self, piece: bytes | bytearray | memoryview) -> None:
        """Add a piece.

        Raises:
            ValueError: after `finish` or `discard`.
            OSError: the disk does not take it.
        """
        with self._lock:
            self._open().write(piece)
            self._digest.update(piece)
            if len(self._head) < HEAD_BYTES:
                self._head += bytes(piece[: HEAD_BYTES - len(self._head)])
            self.size_bytes += len(piece)

    def finish(self, name: str | None = None) -> SpooledFile:
        """Bring the file to the disk, replacing an earlier one: under its own name, or under another in its folder.

        Raises:
            ValueError: the other name is not one of ours.
        """
        if name is not None and not _SAFE_NAME.fullmatch(name):
            raise ValueError(f"not a name for the spool: {name!r}")
        with self._lock:
            file = self._file if name is None else self._file.with_name(name)
            stream = self._open()
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
            self._unfinished.replace(file)
            self._closed = True
            sync_folder(file.parent)
        return SpooledFile(file, self._digest.hexdigest(), self.size_bytes, self._head)

    def discard(self) -> None:
        """Forget an unfinished file; a finished one stays."""
        with self._lock:
            if self._stream is not None and not self._closed:
                self._stream.close()
                self._unfinished.unlink(missing_ok=True)
            self._closed = True

    def _open(self) -> BinaryIO:
        if self._closed:
            raise ValueError(f"{self._file.name} is finished or discarded")
        if self._stream is None:
            make_folder(self._file.parent)
            number, name = tempfile.mkstemp(prefix=f".{self._file.name}.", dir=self._file.parent)
            self._unfinished = Path(name)
            self._stream = os.fdopen(number, "wb")
        return self._stream


class Spool:
    """The folder of all jobs' pictures. Nobody but the bot's own user can read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        return self._folder

    def path(self, job_id: int, name: str) -> Path:
        """Where a file of a job lives, whether it exists or not.

        Raises:
            ValueError: the name is not one of ours: lower-case letters, digits, `.`, `_`, `-`.
        """
        if job_id < 0 or not _SAFE_NAME.fullmatch(name):
            raise ValueError(f"not a name for the spool: {name!r} of job {job_id}")
        return self._folder / str(job_id) / name

    def new(self, job_id: int, name: str) -> SpoolWriter:
        return SpoolWriter(self.path(job_id, name))

    def link(self, kept_by_job: int, job_id: int, name: str) -> None:
        """Give a job the file that another job has under the same name; nothing happens when it has one.

        The two are one file, which stays until both jobs are removed.

        Raises:
            FileNotFoundError: the other job's file is not kept any more.
        """
        kept, mine = self.path(kept_by_job, name), self.path(job_id, name)
        if mine.exists():
            return
        kept.stat()  # before a folder is made for nothing
        make_folder(mine.parent)
        with contextlib.suppress(FileExistsError):
            mine.hardlink_to(kept)
        sync_folder(mine.parent)

    def verify(self, file: Path, sha256: str) -> bool:
        """Whether a file is there with the content it had when its digest was taken."""
        try:
            with file.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def found(self, job_id: int, name: str) -> SpooledFile | None:
        """A file of a job as it lies there, None where it does not: under its own name it is whole."""
        file = self.path(job_id, name)
        try:
            with file.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
                stream.seek(0)
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                return SpooledFile(file, sha256, stream.tell(), head)
        except FileNotFoundError:
            return None

    def remove(self, job_id: int) -> None:
        """Remove all files of a job; none is fine too."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._folder / str(int(job_id)))

    def remove_each(self, job_ids: Iterable[int]) -> list[int]:
        """Remove all files of these jobs; of which of them nothing is left.

        One that the system does not let go, as after a copy by another user, keeps no other.
        """
        gone = []
        for job_id in job_ids:
            try:
                self.remove(job_id)
            except OSError as error:
                log.warning("files not removed job=%d error=%s", job_id, error.strerror)
            else:
                gone.append(job_id)
        return gone

    def remove_some(self, job_id: int, *patterns: str) -> None:
        """Remove the files of a job whose names fit one of these, as in a shell; one that cannot be removed stays."""
        folder = self._folder / str(int(job_id))
        for file in [file for pattern in patterns for file in folder.glob(pattern)]:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                log.warning("file not removed job=%d name=%s error=%s", job_id, file.name, error.strerror)

    def jobs_on_disk(self) -> set[int]:
        """The jobs that have a folder here."""
        if not self._folder.is_dir():
            return set()
        return {int(entry.name) for entry in self._folder.iterdir() if entry.name.isdecimal()}

    def names_in(self, job_id: int) -> dict[str, tuple[int, int]]:
        """The files of a job, unfinished ones too, each with what tells it from a later one of the same name."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return {file.name: facts for file in (self._folder / str(int(job_id))).iterdir() if (facts := _known(file))}
        return {}

    def remove_these(self, job_id: int, files: Mapping[str, tuple[int, int]]) -> int:
        """Remove files of a job as they were seen: what has come since under the same name stays; how many went."""
        gone = 0
        for name, facts in files.items():
            file = self._folder / str(int(job_id)) / name
            if _known(file) == facts:
                file.unlink(missing_ok=True)
                gone += 1
        return gone

    def holdings(self, job_ids: Iterable[int]) -> dict[int, Files]:
        """What each job has on the disk, unfinished files too."""
        return {job_id: dict(_files(self._folder / str(int(job_id)))) for job_id in job_ids}

    def usage_bytes(self) -> int:
        """The size of all files, also of unfinished ones; a file that several jobs have counts once."""
        return sum(dict(file for job_id in self.jobs_on_disk() for file in _files(self._folder / str(job_id))).values())

    def free_bytes(self) -> int:
        """The room that is left on the disk for the bot's user."""
        there = os.statvfs(self._folder if self._folder.is_dir() else self._folder.parent)
        return there.f_bavail * there.f_frsize


def _files(folder: Path) -> Iterator[tuple[tuple[int, int], int]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for file in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # finished, discarded or removed meanwhile
                facts = file.lstat()
                yield (facts.st_dev, facts.st_ino), facts.st_size


def _known(file: Path) -> tuple[int, int] | None:
    try:
        facts = file.lstat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns  # a number is given again at once


@contextlib.contextmanager
def disk_trouble_in_words() -> Iterator[None]:
    """
    Raises:
        DiskFull, DiskTrouble: in the place of what the system says of a disk that is full, read-only or broken.
    """
    try:
        yield
    except OSError as error:
        detail = f"{type(error).__name__}: {error.strerror}"
        if error.errno in NO_ROOM:
            raise DiskFull(detail=detail) from error
        if error.errno in TAKES_NOTHING:
            raise DiskTrouble(detail=detail) from error
        raise


def make_folder(folder: Path) -> None:
    """Create a job's folder and the spool itself so that a power cut cannot lose them."""
    for each in (folder.parent, folder):
        if not each.is_dir():
            each.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
