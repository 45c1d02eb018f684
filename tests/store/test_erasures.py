"""Erasing in a large and old file: the bytes, the sums, the time it takes, and an end in the middle."""

import asyncio
import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import day_number
from bot.errors import InvalidRequest
from bot.model import Arrival, JobState, Place, Post, Requester, Way
from bot.request import ImageRequest
from bot.store.artifacts import Artifacts
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.erasures import Answer, Erasures
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger
from tests.clock import FakeClock
from tests.store.sums import BALANCES, EXTRAS, SUMS_OF_ENTRIES, SUMS_OF_EXTRAS

ADA, BEN = 1_111_111_111_111_111, 2_222_222_222_222_222
AT_ONCE = 50
CANARY = "kardamom-tlaloc"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(quota_per_day=100_000, server_per_day=None, bot_per_day=None)


async def lived_in(database: Database, ledger: Ledger, clock: FakeClock, *, requests: int) -> None:
    """Two members' requests side by side, their words of every length, ended, changed and forgotten in all ways."""
    jobs = Jobs(database, ledger, owner="boot")
    chance = random.Random(7)  # noqa: S311
    for first in range(0, requests, AT_ONCE):  # many at once share a commit
        numbers = range(first + 1, first + 1 + AT_ONCE)
        await asyncio.gather(*(_request(jobs, number, chance, clock) for number in numbers))
        clock.advance(chance.choice((60, 4_000, 40_000)))


async def _request(jobs: Jobs, number: int, chance: random.Random, clock: FakeClock) -> None:
    who = chance.choice((ADA, BEN))
    words = f"{CANARY if who == ADA else 'harmless'} {number} " * chance.choice((1, 3, 40, 150))
    arrival = Arrival(
        id=10_000 + number,
        way=Way.SLASH,
        requester=Requester(who, frozenset({301, 302})),
        place=Place(channel_id=5, guild_id=chance.choice((101, 102, None))),
        token=f"token-{CANARY}-{number}" if who == ADA else "t",
    )
    job = await jobs.accept(ImageRequest.imagine(words[:4_000]), arrival, at=clock.now())
    assert job is not None
    if chance.random() < 0.1:
        await jobs.cancel(job.id, failure="cancelled", at=clock.now())
        return
    state = chance.choice((JobState.FAILED, JobState.REFUSED, JobState.DELIVERED))
    delivered = int(state is JobState.DELIVERED)
    await jobs.end(job, state, at=clock.now(), failure=f"because of {words[:80]}", delivered=delivered)
    if chance.random() < 0.9:
        await jobs.told(await jobs.get(job.id))


async def begin(erasures: Erasures, clock: FakeClock, *, user_id: int = ADA) -> None:
    key = await erasures.ask(user_id, channel_id=5, at=clock.now())
    given = await erasures.answer(key, Answer.ERASE, user_id=user_id, channel_id=5, delete_posts=False, at=clock.now())
    assert given is Answer.ERASE


async def finish(erasures: Erasures, clock: FakeClock) -> None:
    clock.advance(16 * 60)  # those that could not be told have waited long enough
    for erasure in await erasures.pending():
        await erasures.wipe_words(erasure)
        while batch := await erasures.next_batch(erasure, at=clock.now()):
            await erasures.wipe(erasure, batch, at=clock.now())
        await erasures.done(erasure)


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def sums(path: Path) -> tuple[object, ...]:
    """What the books say without anybody's name: by server and day, and of the whole bot."""
    connection = sqlite3.connect(path)
    try:
        return tuple(
            connection.execute(sql).fetchall()
            for sql in (
                "SELECT guild_id, day, sum(reserved), sum(charged), count(*) FROM balances GROUP BY 1, 2 ORDER BY 1, 2",
                "SELECT guild_id, day, sum(reserved), sum(charged), count(*) FROM entries GROUP BY 1, 2 ORDER BY 1, 2",
                "SELECT state, guild_id, count(*), sum(count) FROM jobs GROUP BY 1, 2 ORDER BY 1, 2",
            )
        )
    finally:
        connection.close()


def books_agree(path: Path) -> bool:
    """Every balance is the sum of its entries."""
    connection = sqlite3.connect(path)
    try:
        balances = sorted(connection.execute(BALANCES).fetchall())
        entries = sorted(connection.execute(SUMS_OF_ENTRIES).fetchall())
        extras = sorted(row for row in connection.execute(EXTRAS).fetchall() if row[-1])
        of_extras = sorted(row for row in connection.execute(SUMS_OF_EXTRAS).fetchall() if row[-1])
        return balances == entries and extras == of_extras
    finally:
        connection.close()


async def test_no_byte_is_left_in_an_old_file_with_words_of_every_length(
    path: Path, ledger: Ledger, clock: FakeClock
) -> None:
    async with Database.open(path) as database:
        await lived_in(database, ledger, clock, requests=700)
        erasures = Erasures(database)
        before = sums(path)
        assert CANARY.encode() in bytes_of(path)

        await begin(erasures, clock)
        await finish(erasures, clock)
        assert await database.scrub()

        assert CANARY.encode() not in bytes_of(path)
        assert sums(path) == before
        assert books_agree(path)
        clock.advance(2 * 86_400)
        while await erasures.renumber(at=clock.now()):
            pass
        await erasures.forget(at=clock.now())
        assert await database.scrub()
        assert ADA.to_bytes(8, "big").lstrip(b"\0") not in bytes_of(path), "SQLite leaves leading zeros away"
        assert sums(path) == before
        assert books_agree(path)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT count(*) FROM jobs WHERE user_id < 0 AND id > 0").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM jobs WHERE user_id = ?", (BEN,)).fetchone()[0] > 300
    connection.close()


async def test_copies_that_sqlite_left_in_the_gaps_of_its_pages_are_gone_when_the_file_was_written_anew(
    path: Path, ledger: Ledger, clock: FakeClock
) -> None:
    """Overwriting what is deleted does not reach them: without the first assertion this would show nothing."""
    async with Database.open(path) as database:
        chance = random.Random(0)  # noqa: S311
        jobs = Jobs(database, ledger, owner="boot")
        for first in range(0, 700, AT_ONCE):  # not in their order, as requests of two connections come
            numbers = chance.sample(range(first + 1, first + 1 + AT_ONCE), AT_ONCE)
            for number in numbers:
                await _request(jobs, number, chance, clock)
            clock.advance(4_000)
        erasures = Erasures(database)
        await begin(erasures, clock)
        await finish(erasures, clock)
        assert await database.scrub()
        assert CANARY.encode() in bytes_of(path)
        before = sums(path)

        assert await database.write_anew()

        assert CANARY.encode() not in bytes_of(path)
        assert sums(path) == before
        assert sorted(path.parent.iterdir()) == sorted({path, *path.parent.glob(f"{path.name}-*")})


async def test_a_file_that_another_process_writes_is_not_written_anew(path: Path) -> None:
    async with Database.open(path) as database, Database.open(path):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        assert not await database.write_anew()

        other.execute("ROLLBACK")
        other.close()
        assert await database.write_anew()


@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_whoever_comes_after_an_end_in_the_middle_goes_on(
    path: Path, ledger: Ledger, clock: FakeClock, batches: int
) -> None:
    async with Database.open(path) as database:
        await lived_in(database, ledger, clock, requests=450)
        erasures = Erasures(database)
        await begin(erasures, clock)
        [erasure] = await erasures.pending()
        for _ in range(batches):
            await erasures.wipe(erasure, await erasures.next_batch(erasure, at=clock.now()), at=clock.now())
        await erasures.done(erasure)  # too soon: it must not be believed
    assert CANARY.encode() in bytes_of(path)

    async with Database.open(path) as database:
        erasures = Erasures(database)
        await finish(erasures, clock)
        await database.scrub()
        assert await erasures.pending() == []

    assert CANARY.encode() not in bytes_of(path)
    assert books_agree(path)


async def test_two_processes_at_it_at_once_do_it_once(path: Path, ledger: Ledger, clock: FakeClock) -> None:
    async with Database.open(path) as one, Database.open(path) as other:
        await lived_in(one, ledger, clock, requests=250)
        mine, theirs = Erasures(one), Erasures(other)
        await begin(mine, clock)
        clock.advance(16 * 60)
        [erasure] = await mine.pending()
        while True:
            batch, same = [await each.next_batch(erasure, at=clock.now()) for each in (mine, theirs)]
            if not batch and not same:
                break
            await mine.wipe(erasure, batch, at=clock.now())
            await theirs.wipe(erasure, same, at=clock.now())
        await theirs.done(erasure)
        await mine.done(erasure)
        assert await mine.pending() == []

    assert books_agree(path)
    connection = sqlite3.connect(path)
    of_jobs = connection.execute("SELECT DISTINCT user_id FROM jobs WHERE user_id < 0").fetchall()
    of_entries = connection.execute("SELECT DISTINCT user_id FROM entries WHERE user_id < 0").fetchall()
    connection.close()
    assert len(of_jobs) == 1
    assert of_jobs == of_entries


async def test_a_member_with_many_requests_does_not_hold_the_database_for_long(path: Path, clock: FakeClock) -> None:
    """Twenty thousand ledger rows are renamed in one commit; others wait for that, so it has to be short."""
    async with Database.open(path) as database:
        day = day_number(clock.now())
        rows = [(number, "reserve", 101, ADA if number % 2 else BEN, day - number // 20, 0) for number in range(40_000)]

        def fill(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO entries (cause_id, kind, guild_id, user_id, day, at_ms) VALUES (?, ?, ?, ?, ?, ?)", rows
            )

        await database.transaction(fill)
        begun_s = time.perf_counter()
        await begin(Erasures(database), clock)
        took_s = time.perf_counter() - begun_s

    assert took_s < 10, "measured: 0.2 s; this only catches a scan for each row"


async def test_an_answer_is_only_taken_from_who_was_asked(database: Database, clock: FakeClock) -> None:
    erasures = Erasures(database)
    key = await erasures.ask(ADA, channel_id=5, at=clock.now())

    for user_id, channel_id, later_s in ((BEN, 5, 0), (ADA, 6, 0), (ADA, 5, 16 * 60)):
        with pytest.raises(InvalidRequest):
            await erasures.answer(
                key,
                Answer.ERASE,
                user_id=user_id,
                channel_id=channel_id,
                delete_posts=False,
                at=clock.now() + timedelta(seconds=later_s),
            )
    assert await erasures.pending() == []


async def test_what_comes_late_of_an_erased_request_is_not_written_down_any_more(
    path: Path, ledger: Ledger, clock: FakeClock
) -> None:
    """Its last words were under way when nobody waited for them any longer; so were its card and its source."""
    async with Database.open(path) as database:
        jobs, erasures, artifacts = Jobs(database, ledger, owner="boot"), Erasures(database), Artifacts(database)
        place = Place(channel_id=5, guild_id=101)
        arrival = Arrival(id=77, way=Way.SLASH, requester=Requester(ADA, frozenset()), place=place)
        job = await jobs.accept(ImageRequest.imagine("a fox"), arrival, at=clock.now())
        assert job is not None
        await jobs.end(job, JobState.FAILED, at=clock.now(), failure="because")
        await begin(erasures, clock)
        await finish(erasures, clock)

        await artifacts.post(77, Post("w", 555, 666))
        await jobs.set_card(77, 777)
        await jobs.set_source(77, "ab" * 32)

        assert await artifacts.posts(77) == []
        late = "SELECT card_message_id, source_sha256 FROM jobs"
        assert await database.read(lambda connection: connection.execute(late).fetchall()) == [(None, None)]
        clock.advance(2 * 86_400)
        assert await erasures.renumber(at=clock.now()) == 1
