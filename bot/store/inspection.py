"""A look at the database file that changes nothing: is it whole, which version, what is unfinished, what was spent."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import from_ms
from bot.errors import StoreError
from bot.store.balances import Balance, Scope, balance
from bot.store.engine import sqlite3
from bot.store.opening import APPLICATION_ID, damage_of, journal_mode
from bot.store.schema import MIGRATIONS

BUSY_TIMEOUT_S = 5.0

UNFINISHED = """
SELECT CASE waiting WHEN 1 THEN 'waiting' ELSE state END, count(*), min(accepted_ms)
FROM jobs WHERE ended_ms IS NULL GROUP BY 1 ORDER BY 1
"""


class NeedsRecovery(StoreError):
    """A process died while it wrote; SQLite puts that right when the file is opened for writing."""

    sentence = "A write was cut off; the next start puts that right."


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the file stands. `damage` is in SQLite's own words, and None where the time for the check ran out.

    `unfinished` counts jobs by state, `waiting` being those whose member has not come for them; `oldest_at` is when
    the oldest of the others was accepted. Both are empty while the file has not all its tables yet.
    """

    version: int
    known_version: int
    journal: str
    damage: tuple[str, ...] | None
    unfinished: Mapping[str, int]
    oldest_at: datetime | None


def inspect(path: Path, *, check_limit_s: float) -> Condition:
    """Read the file for at most `check_limit_s`; while that lasts, other processes may have to wait to write.

    Raises:
        StoreError: it cannot be read; the sentence says what to do.
    """
    with _opened(path) as file:
        return _condition(file, path, check_limit_s)


def standing(path: Path, scope: Scope) -> Balance:
    """How a scope's pictures and money stand; all zero in a file without tables.

    Raises:
        StoreError: it cannot be read.
    """
    with _opened(path) as file:
        return balance(file, scope) if _pragma(file, "user_version") else Balance()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        # mode=ro makes no database and leaves recovery to those who may write; at most a WAL's side files appear.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=BUSY_TIMEOUT_S, uri=True)) as file:
            yield file
    except sqlite3.Error as error:
        raise _in_words(path, error) from error


def wanted_journal() -> str:
    """The journal that is safe with the SQLite that runs here; every start sets it."""
    return journal_mode(sqlite3.sqlite_version_info)


def sqlite_version() -> str:
    return sqlite3.sqlite_version


def _condition(file: sqlite3.Connection, path: Path, check_limit_s: float) -> Condition:
    if _pragma(file, "application_id") != APPLICATION_ID:
        raise StoreError(f"{path.name} is not a database of Easel: another program made it. Choose another DATA_DIR.")
    version = int(str(_pragma(file, "user_version")))
    rows = file.execute(UNFINISHED).fetchall() if version == len(MIGRATIONS) else []
    oldest_ms = [accepted_ms for state, _, accepted_ms in rows if state != "waiting"]
    return Condition(
        version=version,
        known_version=len(MIGRATIONS),
        journal=str(_pragma(file, "journal_mode")),
        damage=damage_of(file, limit_s=check_limit_s),
        unfinished={state: count for state, count, _ in rows},
        oldest_at=from_ms(min(oldest_ms)) if oldest_ms else None,
    )


def _pragma(file: sqlite3.Connection, name: str) -> object:
    return file.execute(f"PRAGMA {name}").fetchone()[0]


def _in_words(path: Path, error: sqlite3.Error) -> StoreError:
    detail = f"{type(error).__name__}: {error}"
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_READONLY:  # to a reader: a hot journal or log is there (sqlite.org/rescode.html)
            return NeedsRecovery(detail=detail)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            what = "is damaged, or no database at all. Stop the bot, move it away and put a backup in its place."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what = "is locked by another program. Look again in a moment."
        case _:
            what = "cannot be read. It must belong to the user that runs the bot."
    return StoreError(f"{path.name} {what}", detail=detail)
