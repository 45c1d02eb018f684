"""A backup of the database beside a bot that works on it, and back into its place."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

from bot.clock import to_ms
from bot.errors import Interrupted
from bot.spool import sync_folder
from bot.store import costs
from bot.store.copying import Contents, copy, put_in_place, readable, refuse_existing, unfinished, verified
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger
from bot.store.opening import beside, connect
from bot.store.schema import MIGRATIONS
from bot.store.trouble import in_words

UNFINISHED = "SELECT id FROM jobs WHERE ended_ms IS NULL"
END = """
UPDATE jobs SET state = 'failed', failure = :failure, ended_ms = :at_ms, waiting = 0 WHERE id = :id
"""
NOBODY_TO_TELL = "UPDATE jobs SET told = 1, token = NULL WHERE told = 0 OR token IS NOT NULL"


def back_up(database: Path, target: Path) -> Contents:
    """Copy the database to a new file that only its owner can read, without the tokens of interactions.

    Raises:
        InvalidRequest: `target` is there already.
        StoreError: it cannot be read, copied or written; no file is left then.
    """
    refuse_existing(target)
    with readable(database) as source, unfinished(target) as part:
        copy(source, part)
        contents = verified(part)
        put_in_place(part, target)
    return contents


def restore(backup: Path, database: Path, *, at: datetime) -> tuple[Contents, Path | None]:
    """Put a backup in the place of the database; what is in it, and where the present file was moved, if there is one.

    Nobody else may have the database open. Jobs that were unfinished in the backup have come to an end since: they are
    ended without a charge, and nobody is told, so that nothing is painted or posted a second time.

    Raises:
        StoreError: the backup cannot be used, or the disk takes it not; the present file stays where it is.
    """
    with in_words(database):
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with unfinished(database) as part:
        with readable(backup) as source:
            copy(source, part)
            contents = verified(part)
        with in_words(database):
            _settle(part, at)
            verified(part)
            aside = _set_aside(database, at)
            put_in_place(part, database)
    return contents, aside


def _settle(part: Path, at: datetime) -> None:
    """Bring the copy up to date, and its unfinished jobs to their end."""
    ledger = Ledger(quota_per_day=0, server_per_day=None, bot_per_day=None)  # what it releases knows no limits
    with closing(connect(part, MIGRATIONS, 1.0)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for (job_id,) in connection.execute(UNFINISHED).fetchall():
            _end(connection, ledger, job_id, at)
        connection.execute(NOBODY_TO_TELL)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, until the bot opens it


def _end(connection: sqlite3.Connection, ledger: Ledger, job_id: int, at: datetime) -> None:
    costs.add_up(connection, job_id)
    connection.execute(END, {"id": job_id, "failure": str(Interrupted()), "at_ms": to_ms(at)})
    cost_microusd = costs.charged(connection, job_id)
    ledger.settle(connection, job_id=job_id, delivered=0, at=at, cost_microusd=cost_microusd)


def _set_aside(database: Path, at: datetime) -> Path | None:
    """Move the file and those beside it, which SQLite would else take for parts of the new one.

    The file itself goes first: when this is cut off, no start finds a database without what belongs to it, and none
    makes an empty one.
    """
    aside = _name_aside(database, at)
    moved = [
        (file, aside.with_name(aside.name + file.name.removeprefix(database.name)))
        for file in (database, *beside(database))
        if file.exists()
    ]
    for file, to in moved:
        refuse_existing(to)
        file.rename(to)
    sync_folder(database.parent)
    return aside if aside.exists() else None


def _name_aside(database: Path, at: datetime) -> Path:
    """A new name; or where a restore was cut off in the middle, the one that it chose."""
    sides = tuple(file.name.removeprefix(database.name) for file in beside(database))
    before = sorted(
        file for file in database.parent.glob(f"{database.name}.replaced-*") if not file.name.endswith(sides)
    )
    if before and not database.exists() and any(file.exists() for file in beside(database)):
        return before[-1]
    first = database.with_name(f"{database.name}.replaced-{at:%Y%m%dT%H%M%SZ}")
    names = (first, *(first.with_name(f"{first.name}.{number}") for number in range(2, 100)))
    return next(name for name in names if not name.exists())
