"""Trouble with the file, the folder or the disk, in words for the owner: does it pass, and what can he do?"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StoreBusy, StoreDamaged, StoreError
from bot.store.engine import sqlite3

DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_FAILING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_CLOSED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EMFILE, errno.ENFILE})

LEFT = "is damaged or not a database. It was left as it is: put a backup in its place with «easel restore FILE»."


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What goes wrong with `path` or its folder in the block becomes a sentence.

    Raises:
        StoreBusy: it may work later by itself: locked, or the disk is full or failing.
        StoreDamaged: the file is not whole.
        StoreError: it will not work before the owner has changed something.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: Exception) -> StoreError:
    detail = f"{type(error).__name__}: {error}"
    code = code_of(error)
    if code in DAMAGED:
        return StoreDamaged(f"{path} {LEFT}", detail=detail)
    if code in _LOCKED:
        return StoreBusy(f"{path} is locked by another program. End that program and start again.", detail=detail)
    if code in _FAILING or getattr(error, "errno", None) in _FULL or (code in _CLOSED and _is_full(path)):
        return StoreBusy(
            f"{path} cannot be written: the disk is full or failing. Make room and start again.", detail=detail
        )
    if isinstance(error, OSError) or code in _CLOSED:
        what = "cannot be written. The folder must belong to the user that runs the bot; see DATA_DIR."
    else:
        what = "could not be brought up to date. It was left as it was; the log has the details."
    return StoreError(f"{path} {what}", detail=detail)


def code_of(error: Exception) -> int:
    """SQLite's primary result code, 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_full(path: Path) -> bool:
    """SQLite only says «unable to open» when there is no room for the files beside its own."""
    try:
        there = os.statvfs(path.parent)
    except OSError:
        return False
    return there.f_bavail == 0 and not there.f_flag & os.ST_RDONLY
