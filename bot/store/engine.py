"""Which SQLite is used: the recent one that pysqlite3 brings along, else the one of Python.

A recent one has the fix of the WAL-reset bug, so that commits take a third of the time (see `opening.journal_mode`).
Both are the same DB-API; the rest of the store takes `sqlite3` from here, so that there is one set of error classes.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["sqlite3"]
