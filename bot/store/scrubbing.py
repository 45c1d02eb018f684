"""Taking what was erased out of the bytes on the disk: out of the write-ahead log, and out of the gaps of pages.

`PRAGMA secure_delete` overwrites what is deleted. It does not reach what SQLite had moved before: where pages are split
and joined, rows that go to another page leave copies in the gap of the old one (found by the kill tests, and seen in
half of the files of tests/store/test_erasures.py). Only a file that was written anew has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.engine import sqlite3
from bot.store.trouble import code_of

PATIENCE_MS = 100  # others wait for the thread meanwhile; the next round tries again
IN_USE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def scrub(connection: sqlite3.Connection) -> bool:
    """Cut the log to nothing. False while another connection reads or writes; without a log always True."""
    with _short_patience(connection):
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def write_anew(connection: sqlite3.Connection) -> bool:
    """Write the whole file anew (VACUUM), and cut the log to nothing. False while another connection is at work.

    What SQLite puts aside meanwhile lies beside the file, without a name: elsewhere may be less room.
    """
    with _short_patience(connection):
        folder = str(Path(connection.execute("PRAGMA database_list").fetchone()[2]).parent).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if code_of(error) in IN_USE:
                return False
            raise
    return scrub(connection)


def size_bytes(connection: sqlite3.Connection) -> int:
    """How large the file is, without its log."""
    (pages,), (page_bytes,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return int(pages) * int(page_bytes)


@contextmanager
def _short_patience(connection: sqlite3.Connection) -> Iterator[None]:
    (before_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before_ms}")
