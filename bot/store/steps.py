"""Whole pieces of work on a plain connection: several in one commit, each undone alone when it fails."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from bot.errors import NOT_CHARGED, StoreBusy, StoreDamaged
from bot.store.engine import sqlite3
from bot.store.trouble import DAMAGED, code_of

T = TypeVar("T")

UNAVAILABLE = f"I cannot write down your request right now. Try again in a few minutes. {NOT_CHARGED}"

_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class Step(Generic[T]):
    """One caller's work and what became of it."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        try:
            self._results.append(self._work(connection))
        except BaseException as error:
            self.fail(error)
            raise

    def fail(self, error: BaseException) -> None:
        self._error = error

    @property
    def met_damage(self) -> bool:
        """Whether the file turned out not to be whole."""
        return isinstance(self._error, sqlite3.Error) and code_of(self._error) in DAMAGED

    def outcome(self) -> T:
        """What the work returned.

        Raises:
            StoreError: the file or the disk is in trouble. Any other error of the work comes as it is.
        """
        if isinstance(self._error, sqlite3.Error):
            raise _in_words(self._error) from self._error
        if self._error is not None:
            raise self._error
        return self._results[0]


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """Inside a transaction: what the block wrote is undone when it raises, and nothing else is."""
    connection.execute("SAVEPOINT step")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended the whole transaction
            connection.execute("ROLLBACK TO step")
            connection.execute("RELEASE step")
        raise
    connection.execute("RELEASE step")


def commit_together(connection: sqlite3.Connection, steps: Sequence[Step[Any]]) -> None:
    """Run the steps in one transaction. When it cannot be committed, all of them fail and nothing was changed."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for step in steps:
            _run_apart(connection, step)
        connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001  # each caller gets it from its own step
        for step in steps:
            step.fail(error)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _run_apart(connection: sqlite3.Connection, step: Step[Any]) -> None:
    try:
        with savepoint(connection):
            step.run(connection)
    except BaseException:  # the step keeps its error, and its neighbours go on …
        if not connection.in_transaction:  # … unless it took the transaction of all with it
            raise


def look(connection: sqlite3.Connection, step: Step[Any]) -> None:
    """Run a step that sees one moment of the database and cannot write."""
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        step.run(connection)
    except BaseException as error:  # noqa: BLE001  # the caller gets it from its step
        step.fail(error)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA query_only = OFF")


def apart(connection: sqlite3.Connection, step: Step[Any]) -> None:
    """Run a step outside of any transaction."""
    try:
        step.run(connection)
    except BaseException as error:  # noqa: BLE001  # the caller gets it from its step
        step.fail(error)


def _in_words(error: sqlite3.Error) -> Exception:
    """Trouble with the file or the disk is expected and gets words; our own mistakes stay what they are."""
    detail = f"{type(error).__name__}: {error}"
    if code_of(error) in DAMAGED:
        return StoreDamaged(detail=detail)
    return StoreBusy(UNAVAILABLE, detail=detail) if code_of(error) in _TROUBLE else error
