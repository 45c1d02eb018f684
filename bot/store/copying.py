"""Copies of the database as single files: made in one piece, checked, and under their name only when they are whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import from_ms
from bot.errors import InvalidRequest, StoreBusy, StoreDamaged, StoreError
from bot.spool import sync_folder
from bot.store.engine import sqlite3
from bot.store.opening import APPLICATION_ID, beside
from bot.store.schema import MIGRATIONS
from bot.store.scrubbing import write_anew
from bot.store.trouble import DAMAGED, code_of, unusable

BUSY_TIMEOUT_S = 10.0
STEP_PAGES = 256  # a megabyte, after which writers have their turn
PAUSE_S = 0.002
RESTARTS_MAX = 5

COUNTS = {
    "jobs": "SELECT count(*) FROM jobs",
    "unfinished": "SELECT count(*) FROM jobs WHERE ended_ms IS NULL",
    "members": "SELECT count(DISTINCT user_id) FROM entries",
}
LAST_MS = "SELECT max(accepted_ms) FROM jobs"
HAS_JOBS = "SELECT count(*) FROM sqlite_master WHERE name = 'jobs'"
FORGET_TOKENS = "UPDATE jobs SET token = NULL WHERE token IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a copy. `last_at` is when its last request was accepted, None without any."""

    size_bytes: int
    version: int
    jobs: int = 0
    unfinished: int = 0
    members: int = 0
    last_at: datetime | None = None


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """An empty file beside `target` that only its owner can read; what is left of it at the end is removed.

    Raises:
        StoreError: the folder takes no file.
    """
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        what = f"{target.parent} takes no file ({error.strerror}). Nothing was written."
        raise StoreError(what, detail=f"{type(error).__name__}: {error}") from error
    os.close(number)
    part = Path(name)
    try:
        yield part
    finally:
        for file in (part, *beside(part)):
            file.unlink(missing_ok=True)


@contextmanager
def readable(path: Path) -> Iterator[sqlite3.Connection]:
    """A database of ours, opened to be read.

    Raises:
        StoreError: it is missing, damaged, locked, of a newer Easel or another program's.
    """
    if not path.is_file():
        raise StoreError(f"There is no database at {path}.")
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, timeout=BUSY_TIMEOUT_S, uri=True, isolation_level=None)) as file:
            _refuse_strangers(file, path)
            yield file
    except sqlite3.Error as error:
        if code_of(error) in DAMAGED:
            sentence = f"{path} is damaged or not a database. It was left as it is."
            raise StoreDamaged(sentence, detail=f"{type(error).__name__}: {error}") from error
        if code_of(error) == sqlite3.SQLITE_READONLY:  # to a reader: what was cut off has to be put right by a writer
            sentence = f"A write to {path} was cut off; the next start of the bot puts that right. Try again then."
            raise StoreBusy(sentence) from error
        raise unusable(path, error) from error


def copy(source: sqlite3.Connection, part: Path) -> None:
    """Everything that is committed now, into an empty file.

    With a WAL one look is enough, and nobody waits for it. Otherwise a reader keeps writers from committing, so they
    get turns; each write of theirs begins the copy anew, and when that has happened too often they have to wait.

    Raises:
        StoreError: the copy cannot be written.
    """
    has_wal = source.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with closing(sqlite3.connect(part, isolation_level=None)) as target:
        try:
            if has_wal or not _copied_in_turns(source, target):
                source.backup(target, sleep=PAUSE_S)
            # One file, whatever the journal of the original; and what is erased leaves no trace in a journal of ours.
            target.execute("PRAGMA journal_mode = DELETE")
            target.execute("PRAGMA journal_mode = MEMORY")
            target.execute("PRAGMA secure_delete = ON")
            if target.execute(HAS_JOBS).fetchone()[0]:
                target.execute(FORGET_TOKENS)
            write_anew(target)  # nor do the gaps of its pages
        except sqlite3.Error as error:
            if code_of(error) in DAMAGED:
                raise
            sentence = f"{part.parent} takes no copy: the disk is full or failing. Nothing was changed."
            raise StoreBusy(sentence, detail=f"{type(error).__name__}: {error}") from error


class _TooOften(Exception):
    """Others write faster than the copy comes to an end."""


def _copied_in_turns(source: sqlite3.Connection, target: sqlite3.Connection) -> bool:
    left, restarts = [float("inf")], [0]

    def look(_: int, remaining: int, __: int) -> None:
        restarts[0] += remaining >= left[0]  # a copy that goes on has less left after each step
        left[0] = remaining
        if restarts[0] > RESTARTS_MAX:
            raise _TooOften

    try:
        source.backup(target, pages=STEP_PAGES, progress=look, sleep=PAUSE_S)
    except _TooOften:
        return False
    return True


def verified(part: Path) -> Contents:
    """A copy that is a whole database of ours, and what is in it.

    Raises:
        StoreDamaged: it is not whole.
    """
    with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        problems = [text for (text,) in file.execute("PRAGMA integrity_check(3)") if text != "ok"]
        if problems:
            raise StoreDamaged("The database is damaged, and so is every copy of it.", detail="; ".join(problems))
        version = _refuse_strangers(file, part)
        if not file.execute(HAS_JOBS).fetchone()[0]:
            return Contents(size_bytes=part.stat().st_size, version=version)
        last_ms = file.execute(LAST_MS).fetchone()[0]
        return Contents(
            size_bytes=part.stat().st_size,
            version=version,
            last_at=None if last_ms is None else from_ms(last_ms),
            **{name: file.execute(sql).fetchone()[0] for name, sql in COUNTS.items()},
        )


def put_in_place(part: Path, target: Path) -> None:
    """Give the copy its name, safe against a power cut and over nothing that is there.

    Raises:
        InvalidRequest: something of that name is there.
    """
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    refuse_existing(target)
    try:
        os.link(part, target)
    except FileExistsError:
        refuse_existing(target)
    except OSError:  # a file system without second names
        part.replace(target)
    with suppress(OSError):  # not every file system can
        sync_folder(target.parent)


def refuse_existing(target: Path) -> None:
    """
    Raises:
        InvalidRequest: something of that name is there.
    """
    if os.path.lexists(target):
        raise InvalidRequest(f"{target} is there already, and nothing is written over it: choose another name.")


def _refuse_strangers(file: sqlite3.Connection, path: Path) -> int:
    """The version of a database that is ours and not too new."""
    version = int(file.execute("PRAGMA user_version").fetchone()[0])
    if file.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path} is not a database of Easel: another program made it.")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer Easel (database version {version}; this one knows {len(MIGRATIONS)})."
        )
    return version
