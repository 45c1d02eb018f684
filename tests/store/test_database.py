"""Transactions: whole or not at all, never mixed, many in one commit, and trouble in words."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.errors import InvalidRequest, StoreError
from bot.store.database import Database
from bot.store.engine import sqlite3

NOTES = (("CREATE TABLE notes (text TEXT NOT NULL UNIQUE, about TEXT REFERENCES notes (text)) STRICT",),)

Work = Callable[[sqlite3.Connection], int]


def write(text: str, about: str | None = None) -> Work:
    return lambda connection: connection.execute("INSERT INTO notes VALUES (?, ?)", (text, about)).rowcount


def texts(connection: sqlite3.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY rowid")]


async def waiting_together(database: Database, *works: Work) -> list[int | BaseException]:
    """Outcomes of transactions that all wait behind something slow, so that they share one commit."""
    gate = threading.Event()
    slow = asyncio.create_task(database.read(lambda _: gate.wait(10)))
    callers = [asyncio.create_task(database.transaction(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await slow
    return await asyncio.gather(*callers, return_exceptions=True)


@pytest.fixture
async def notes(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path, migrations=NOTES, busy_timeout_s=0.2) as database:
        yield database


async def test_what_a_transaction_wrote_is_there_after_opening_the_file_again(path: Path) -> None:
    async with Database.open(path, migrations=NOTES) as database:
        await database.transaction(write("kept"))

    async with Database.open(path, migrations=NOTES) as database:
        assert await database.read(texts) == ["kept"]


async def test_work_that_raises_leaves_nothing_behind(notes: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        write("half")(connection)
        raise InvalidRequest

    with pytest.raises(InvalidRequest):
        await notes.transaction(work)

    assert await notes.read(texts) == []


async def test_work_that_fails_does_not_take_its_neighbours_with_it(notes: Database) -> None:
    outcomes = await waiting_together(notes, write("one"), write("one"), write("two", about="nobody"), write("three"))

    assert [type(outcome) for outcome in outcomes] == [int, sqlite3.IntegrityError, sqlite3.IntegrityError, int]
    assert await notes.read(texts) == ["one", "three"]


async def test_three_hundred_that_wait_together_share_few_commits(notes: Database) -> None:
    statements: list[str] = []
    await notes.read(lambda connection: connection.set_trace_callback(statements.append))

    await asyncio.gather(*(notes.transaction(write(str(number))) for number in range(300)))

    assert len(await notes.read(texts)) == 300
    assert statements.count("COMMIT") <= 10


async def test_more_than_fit_into_one_commit_are_all_done(notes: Database) -> None:
    await waiting_together(notes, *(write(str(number)) for number in range(1_201)))

    assert len(await notes.read(texts)) == 1_201


async def test_a_task_that_rolls_back_takes_nothing_that_another_wrote_meanwhile(notes: Database) -> None:
    async def fail(number: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            write(f"bad {number}")(connection)
            raise InvalidRequest

        with pytest.raises(InvalidRequest):
            await notes.transaction(work)

    async def succeed(number: int) -> None:
        await notes.transaction(write(f"good {number}"))

    await asyncio.gather(*(task(number) for number in range(50) for task in (fail, succeed)))

    assert sorted(await notes.read(texts)) == sorted(f"good {number}" for number in range(50))


async def test_a_cancelled_caller_leaves_no_transaction_open(notes: Database, path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> int:
        write("whole")(connection)
        started.set()
        go_on.wait(10)
        return write("work")(connection)

    caller = asyncio.create_task(notes.transaction(slow))
    await asyncio.to_thread(started.wait, 10)
    waiting = asyncio.create_task(notes.transaction(write("behind it")))
    await asyncio.sleep(0)
    caller.cancel()
    waiting.cancel()
    go_on.set()
    await asyncio.gather(caller, waiting, return_exceptions=True)

    assert caller.cancelled()
    assert waiting.cancelled()
    assert await notes.read(texts) == ["whole", "work", "behind it"]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(path: Path) -> None:
    async with Database.open(path, migrations=NOTES) as database:
        waiting = [asyncio.create_task(database.transaction(write(str(number)))) for number in range(20)]
        await asyncio.sleep(0)

    await asyncio.gather(*waiting)
    with pytest.raises(StoreError, match="cannot write down your request"):
        await database.transaction(write("late"))
    async with Database.open(path, migrations=NOTES) as database:
        assert len(await database.read(texts)) == 20


async def test_a_file_that_another_program_holds_is_told_in_words_and_used_again_when_free(
    notes: Database, path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="This cost you nothing") as refusal:
            await notes.transaction(write("refused"))
        other.execute("ROLLBACK")
    await notes.transaction(write("accepted"))

    assert "database is locked" in refusal.value.detail
    assert await notes.read(texts) == ["accepted"]


async def test_a_full_disk_refuses_in_words_and_keeps_what_was_there(notes: Database) -> None:
    await notes.transaction(write("before"))
    await notes.read(lambda connection: connection.execute("PRAGMA max_page_count = 5").fetchone())

    outcomes = await waiting_together(notes, write("small"), write("x" * 100_000), write("small too"))

    refused = outcomes[1]
    assert isinstance(refused, StoreError)
    assert "full" in refused.detail
    written = [text for text, outcome in zip(["small", "", "small too"], outcomes, strict=True) if outcome == 1]
    await notes.read(lambda connection: connection.execute("PRAGMA max_page_count = 10000").fetchone())
    await notes.transaction(write("after"))
    assert await notes.read(texts) == ["before", *written, "after"]


async def test_a_commit_that_cannot_be_made_fails_everybody_who_shared_it(path: Path) -> None:
    deferred = (
        (
            "CREATE TABLE topics (name TEXT PRIMARY KEY) STRICT",
            "CREATE TABLE notes (text TEXT, about TEXT REFERENCES topics (name) DEFERRABLE INITIALLY DEFERRED) STRICT",
        ),
    )
    async with Database.open(path, migrations=deferred) as database:
        outcomes = await waiting_together(database, write("good"), write("bad", about="nothing"))

        assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError, sqlite3.IntegrityError]
        assert await database.read(texts) == []


async def test_work_that_ends_the_shared_transaction_by_itself_fails_loudly(notes: Database) -> None:
    def work(connection: sqlite3.Connection) -> int:
        return connection.execute("ROLLBACK").rowcount

    outcomes = await waiting_together(notes, write("lost"), work, write("never begun"))

    assert [type(outcome) for outcome in outcomes] == [sqlite3.OperationalError] * 3
    assert await notes.read(texts) == []


async def test_reading_cannot_write(notes: Database) -> None:
    with pytest.raises(StoreError) as refusal:
        await notes.read(write("by the back door"))
    await notes.transaction(write("by the front door"))

    assert "readonly" in refusal.value.detail
    assert await notes.read(texts) == ["by the front door"]


async def test_reading_sees_one_moment_while_another_process_writes(notes: Database, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)) as other:

        def look_twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
            before = texts(connection)
            with contextlib.suppress(sqlite3.OperationalError):  # refused with a rollback journal, unseen with WAL
                write("meanwhile")(other)
            return before, texts(connection)

        before, after = await notes.read(look_twice)

    assert before == after == []


async def test_a_mistake_of_ours_is_not_dressed_up_as_trouble_with_the_disk(notes: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await notes.transaction(lambda connection: connection.execute("SELECT * FROM nowhere").fetchall())
