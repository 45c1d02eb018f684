"""Taking erased content out of the write-ahead log: the log is copied into the file, and cut to nothing."""

from bot.store.engine import sqlite3

PATIENCE_MS = 100  # others wait for the thread meanwhile; the next round tries again


def scrub(connection: sqlite3.Connection) -> bool:
    """Whether the log is empty now; it is not while another connection reads or writes. Without a log: always."""
    (before_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before_ms}")
    return not is_busy
