"""Opening the database file: is it ours and whole, which journal is safe, which tables are missing."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from bot.errors import StoreDamaged, StoreError
from bot.store.engine import sqlite3
from bot.store.schema import Migration
from bot.store.trouble import LEFT, in_words

APPLICATION_ID = 0x4561736C
"""`Easl`, in the file's header: tells our files from those of others."""

CHECK_LIMIT_S = 3.0
"""For the check of the whole file at the start; a process that is being followed can go on writing meanwhile."""

STEPS_BETWEEN_LOOKS = 10_000


def connect(
    path: Path, migrations: Sequence[Migration], busy_timeout_s: float, *, may_be_new: bool = True
) -> sqlite3.Connection:
    """Open the file, make it when it is missing, and bring its tables up to date.

    Nothing is written before the file is known to be ours. `may_be_new`: whether there may have been none before.

    Raises:
        StoreError: with what is wrong and what the owner can do.
    """
    with in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_to_forget(path, may_be_new=may_be_new)
        path.touch(mode=0o600)
        # Opened on one thread and used on another, never by two at once.
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    try:
        with in_words(path):
            _refuse_strangers(connection, path, known_version=len(migrations), may_be_new=may_be_new)
            _refuse_damage(connection, path)
            _narrow(path)
            _set_journal_mode(connection, patience_s=busy_timeout_s)
            _configure(connection)
            _migrate(connection, migrations)
            connection.execute("PRAGMA foreign_keys = ON")  # only now: a step may rebuild a table that others point to
    except BaseException:
        connection.close()
        raise
    return connection


def journal_mode(sqlite_version: tuple[int, int, int]) -> str:
    """`wal` where SQLite has the fix of the WAL-reset bug, else `delete`.

    Before 3.51.3 a write and a checkpoint of two connections at the same instant can lose committed data; the fix
    was carried back to 3.50.7 and 3.44.6 (sqlite.org/wal.html, «The WAL-reset bug»).
    """
    minor = sqlite_version[:2]
    fixed_in = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}.get(minor, (3, 51, 3))
    return "wal" if sqlite_version >= fixed_in else "delete"


def beside(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside its own; what stands in them is part of the database."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))


def _refuse_to_forget(path: Path, *, may_be_new: bool) -> None:
    """An empty database in the place of a lost one would forget quotas and unfinished jobs without a word."""
    log, *others = beside(path)
    has_log = log.exists() and log.stat().st_size > 0  # looked at first: who makes both gives the file its head before
    what = "empty" if path.exists() else "missing"
    if what == "empty" and path.stat().st_size:
        return
    left = list(path.parent.glob(f"{path.name}.replaced-*"))
    left += [log] if has_log else []
    left += [file for file in (log, *others) if file.exists()] if what == "missing" else []
    if left:
        raise StoreDamaged(
            f"{path} is {what}, but {left[0].name} is there: a restore was cut off, or the file was moved away. "
            "Run «easel restore FILE», or move that file out of the folder to begin with an empty database."
        )
    if not may_be_new:
        raise _lost(path, what)


def _lost(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is {what}, but pictures of earlier requests lie beside it, so there was a database. "
        "Run «easel restore FILE», or move the folder with the pictures away to begin with an empty database."
    )


def _refuse_damage(connection: sqlite3.Connection, path: Path) -> None:
    """Damage that opening does not stumble over would show in the middle of somebody's request."""
    damage = damage_of(connection, limit_s=CHECK_LIMIT_S)
    if damage:
        raise StoreDamaged(f"{path} {LEFT}", detail="; ".join(damage))


def damage_of(connection: sqlite3.Connection, *, limit_s: float) -> tuple[str, ...] | None:
    """What SQLite's quick check finds, in its own words; None when it found nothing before the time ran out."""
    give_up_at = time.monotonic() + limit_s
    connection.set_progress_handler(lambda: time.monotonic() > give_up_at, STEPS_BETWEEN_LOOKS)
    try:
        rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return tuple(text for (text,) in rows if text != "ok")


def _refuse_strangers(connection: sqlite3.Connection, path: Path, *, known_version: int, may_be_new: bool) -> None:
    connection.execute("BEGIN")  # one moment: another process may be making the tables right now
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    version = _user_version(connection)
    is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    connection.execute("ROLLBACK")
    if is_empty and not may_be_new:
        raise _lost(path, "empty")
    if application_id != APPLICATION_ID and not (is_empty and application_id == 0 and version == 0):
        raise StoreError(f"{path} is not a database of Easel; another program made it. Choose another DATA_DIR.")
    if version > known_version:
        raise StoreError(
            f"{path} was written by a newer Easel (database version {version}; this one knows {known_version}). "
            "Start the newer Easel, or put back a backup from before the update."
        )


def _narrow(path: Path) -> None:
    """Prompts and tokens of jobs are for the bot alone, also in a copy that was put back with wider rights."""
    with contextlib.suppress(PermissionError):  # a file of another user that we may still write
        path.chmod(0o600)


def _set_journal_mode(connection: sqlite3.Connection, *, patience_s: float) -> None:
    """Changing the mode needs the file alone, and SQLite does not wait for that by itself."""
    wanted = journal_mode(sqlite3.sqlite_version_info)
    give_up_at = time.monotonic() + patience_s
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
        try:
            connection.execute(f"PRAGMA journal_mode = {wanted}")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)


def _configure(connection: sqlite3.Connection) -> None:
    # FULL syncs every commit. With a rollback journal only EXTRA also syncs the folder after the journal is gone;
    # without that a power cut could bring the journal back and undo the last commit (sqlite.org/pragma.html).
    has_wal = journal_mode(sqlite3.sqlite_version_info) == "wal"
    connection.execute(f"PRAGMA synchronous = {'FULL' if has_wal else 'EXTRA'}")
    connection.execute("PRAGMA secure_delete = ON")  # erased prompts are gone from the file too


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """All missing steps or none, once, also when two processes open a new file together."""
    if _user_version(connection) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in migrations[_user_version(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _user_version(connection: sqlite3.Connection) -> int:
    """How many steps of the schema a file has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
