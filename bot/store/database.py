"""The database: one connection on a thread of its own, and transactions that run as one step."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from bot.errors import StoreDamaged, StoreError
from bot.store.engine import sqlite3
from bot.store.opening import connect
from bot.store.schema import MIGRATIONS, Migration
from bot.store.scrubbing import scrub, size_bytes, write_anew
from bot.store.steps import UNAVAILABLE, Step, apart, commit_together, look

T = TypeVar("T")

log = logging.getLogger(__name__)

GROUP_MAX = 500
"""Most transactions that share one commit: bounds how long another process waits for the file."""


LOOK_AGAIN_S = 1.0


class Database:
    """The open database, made by `Database.open`. Transactions that wait at the same moment share one commit."""

    def __init__(self, thread: aiosqlite.Connection) -> None:
        self._thread = thread
        self._is_open = True
        self._waiting: deque[Step[Any]] = deque()
        self._is_damaged = False

    @property
    def is_damaged(self) -> bool:
        """Whether the file turned out not to be whole: from then on nothing is written to it any more."""
        return self._is_damaged

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        migrations: Sequence[Migration] = MIGRATIONS,
        busy_timeout_s: float = 10.0,
        may_be_new: bool = True,
    ) -> AsyncIterator[Self]:
        """Open the file at `path` for the length of the block; what waits at its end is still done.

        It is made when it is missing, unless there must have been one: then `may_be_new` is False.

        Raises:
            StoreError: the file is damaged, locked, from a newer version or another program; it is left as it was.
        """
        opening = partial(connect, path, migrations, busy_timeout_s, may_be_new=may_be_new)
        connection = await asyncio.to_thread(opening)
        thread = await aiosqlite.Connection(lambda: connection, iter_chunk_size=64)
        database = cls(thread)
        try:
            yield database
        finally:
            database._is_open = False  # nothing may queue behind the closing
            await _close(thread, connection)

    async def transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` whole on the database's thread, in a transaction that no other task can enter.

        It is durable when this returns. When `work` raises, what it wrote is undone and the error comes here. Once
        called it runs to its end, even if the caller is cancelled meanwhile. `work` must not commit by itself or hand
        out cursors.

        Raises:
            StoreError: the file could not be written (locked, full, read-only, damaged); nothing was changed.
        """
        if self._is_damaged:
            raise StoreDamaged(detail="nothing is written to a damaged database")
        step = Step(work)
        self._waiting.append(step)
        await self._on_thread(self._commit_waiting)
        return self._outcome(step)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which sees one moment of the database and cannot write.

        Raises:
            StoreError: the file could not be read, or `work` tried to write.
        """
        step = Step(work)
        await self._on_thread(lambda connection: look(connection, step))
        return self._outcome(step)

    def _outcome(self, step: Step[T]) -> T:
        if step.met_damage and not self._is_damaged:
            self._is_damaged = True
            log.critical("database damaged: nothing is written to it any more; stop the bot and run «easel restore»")
        return step.outcome()

    async def until_dead(self) -> None:
        """Wait until the database's thread has ended although nobody closed it: nothing would be answered any more."""
        while _is_alive(self._thread):  # noqa: ASYNC110 -- a thread tells nobody that it ends
            await asyncio.sleep(LOOK_AGAIN_S)

    async def scrub(self) -> bool:
        """Take what was erased out of the write-ahead log too; False while another process keeps it in use.

        Erased pages stay in that log until something is written over them, which on a quiet bot takes days.
        """
        step = Step(scrub)
        await self._on_thread(lambda connection: apart(connection, step))
        return step.outcome()

    async def write_anew(self) -> bool:
        """Write the file anew, so that nothing of what was erased is left in it; False while another process uses it.

        Nothing else is read or written meanwhile: about 15 ms for each megabyte.

        Raises:
            StoreError: there is no room for a second one.
        """
        step = Step(write_anew)
        await self._on_thread(lambda connection: apart(connection, step))
        return step.outcome()

    async def size_bytes(self) -> int:
        return await self.read(size_bytes)

    def _commit_waiting(self, connection: sqlite3.Connection) -> None:
        """On the thread: everything that waits, in one transaction.

        Each caller queues this once after its step, so no step is left over; a call that finds nothing costs nothing.
        """
        steps = [self._waiting.popleft() for _ in range(min(GROUP_MAX, len(self._waiting)))]
        if steps:
            commit_together(connection, steps)

    async def _on_thread(self, task: Callable[[sqlite3.Connection], None]) -> None:
        if not self._is_open:
            raise StoreError(UNAVAILABLE, detail="the database is closed")
        # aiosqlite's public calls queue one statement each, and between two of them other tasks slip in; only the
        # method beneath them queues a whole function.
        await self._thread._execute(task, self._thread._conn)  # type: ignore[no-untyped-call]  # noqa: SLF001


def _is_alive(thread: aiosqlite.Connection) -> bool:
    return thread._thread.is_alive()  # noqa: SLF001 -- aiosqlite does not say


async def _close(thread: aiosqlite.Connection, connection: sqlite3.Connection) -> None:
    """Also where the thread is dead: there nobody would ever answer."""
    if _is_alive(thread):
        await thread.close()
        return
    thread._connection = None  # noqa: SLF001 -- so that it does not warn of what is closed here
    connection.close()
