"""The ledger: reservations and charges per second, and whether a long history makes them slower.

`python -m benchmarks.ledger` builds histories of 1,000, 100,000 and 10,000,000 entries (some minutes and about 2 GB
of disk); with `--quick` the largest has 1,000,000.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import day_number
from bot.model import Requester
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger
from bot.store.opening import connect, journal_mode
from bot.store.schema import MIGRATIONS

TODAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
SERVERS, MEMBERS_EACH, DAYS = 200, 500, 1_000
HISTORIES, QUICK_HISTORIES = (1_000, 100_000, 10_000_000), (1_000, 100_000, 1_000_000)
ROUNDS, PAIRS_A_ROUND, WARM_UP_ROUNDS = 400, 4, 25
BLOCKS, ALONE_A_BLOCK, BURSTS_A_BLOCK = 6, 100, 10
WAITING_TOGETHER = 100

# Jobs of the last DAYS days in the order of their ids, of random members, as Discord's snowflakes grow with time.
PAST_JOBS = """
CREATE TEMP TABLE past AS
WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < :jobs)
SELECT number + 1 AS job_id, abs(random()) % :servers + 1 AS guild_id, abs(random()) % :members + 1 AS user_id,
    :today - :days + number * :days / :jobs AS day, abs(random()) % 4 + 1 AS pictures
FROM numbers
"""
PAST_ENTRIES = """
INSERT INTO entries (cause_id, kind, guild_id, user_id, day, reserved, charged, at_ms)
SELECT job_id, kind, guild_id, user_id, day, pictures * sign, CASE sign WHEN 1 THEN 0 ELSE pictures END, day * 86400000
FROM past CROSS JOIN (SELECT 'reserve' AS kind, 1 AS sign UNION ALL SELECT 'settle', -1)
"""
PAST_BALANCES = (
    """
    INSERT INTO balances (scope, guild_id, day, user_id, charged)
    SELECT 'bot', 0, day, 0, sum(pictures) FROM past GROUP BY day
    """,
    """
    INSERT INTO balances (scope, guild_id, day, user_id, charged)
    SELECT 'member', guild_id, day, user_id, sum(pictures) FROM past GROUP BY guild_id, day, user_id
    """,
    """
    INSERT INTO balances (scope, guild_id, day, user_id, charged)
    SELECT 'server', guild_id, day, 0, sum(pictures) FROM past GROUP BY guild_id, day
    """,
)


def build(path: Path, entries: int) -> None:
    """A database with a past of that many entries, written in bulk."""
    with closing(connect(path, MIGRATIONS, 10)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        size = {"jobs": entries // 2, "servers": SERVERS, "members": MEMBERS_EACH, "days": DAYS}
        connection.execute(PAST_JOBS, {**size, "today": day_number(TODAY)})
        connection.execute(PAST_ENTRIES)
        for statement in PAST_BALANCES:
            connection.execute(statement)
        connection.execute("COMMIT")


class Desk:
    """Reserves and charges for random members, with ids that no other job has."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledger = Ledger(quota_per_day=1_000_000, server_per_day=None, bot_per_day=None)
        self._random = random.Random(7)
        self._last_job = 1_000_000_000

    async def reserve_and_charge(self) -> None:
        self._last_job += 1
        job_id, requester = self._last_job, Requester(self._random.randint(1, MEMBERS_EACH))
        guild_id = self._random.randint(1, SERVERS)

        def reserve(connection: sqlite3.Connection) -> None:
            self._ledger.reserve(
                connection, job_id=job_id, requester=requester, guild_id=guild_id, pictures=4, at=TODAY
            )

        def charge(connection: sqlite3.Connection) -> None:
            self._ledger.settle(connection, job_id=job_id, delivered=3, at=TODAY + timedelta(minutes=1))

        await self._database.transaction(reserve)
        await self._database.transaction(charge)

    async def together(self) -> None:
        await asyncio.gather(*(self.reserve_and_charge() for _ in range(WAITING_TOGETHER)))


async def seconds(work: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def milliseconds(times_s: list[float]) -> str:
    return f"{statistics.median(times_s) * 1e3:.2f} ms"


async def throughput(desk: Desk) -> list[str]:
    """Alone and together in blocks by turns, so that noise hits both alike."""
    alone, together = [], []
    for _ in range(BLOCKS):
        alone += [await seconds(desk.reserve_and_charge) for _ in range(ALONE_A_BLOCK)]
        together += [await seconds(desk.together) / WAITING_TOGETHER for _ in range(BURSTS_A_BLOCK)]
    return [
        f"reserve + charge, {how}: {1 / statistics.median(times):,.0f} a second (median {milliseconds(times)} each)"
        for how, times in (("one at a time", alone), (f"{WAITING_TOGETHER} waiting together", together))
    ]


async def flatness(desks: dict[int, Desk]) -> list[str]:
    """The cost of one pair for each history, in rounds that visit every database in a new order."""
    taken: dict[int, list[float]] = {entries: [] for entries in desks}
    order = list(desks)
    shuffle = random.Random(11).shuffle
    for number in range(WARM_UP_ROUNDS + ROUNDS):
        shuffle(order)
        for entries in order:
            times = [await seconds(desks[entries].reserve_and_charge) for _ in range(PAIRS_A_ROUND)]
            taken[entries] += times if number >= WARM_UP_ROUNDS else []
    return [
        f"reserve + charge, {entries:,} entries in the past: {milliseconds(times)}, ratio {ratio:.2f}"
        for entries, times in taken.items()
        for ratio in [statistics.median(times) / statistics.median(taken[min(taken)])]
    ]


async def run(*, quick: bool = False) -> None:
    print("\n".join(await figures(quick=quick)))


async def figures(*, quick: bool) -> list[str]:
    """What was measured, one a line."""
    histories = QUICK_HISTORIES if quick else HISTORIES
    async with AsyncExitStack() as doors:
        folder = Path(doors.enter_context(tempfile.TemporaryDirectory()))
        desks = {}
        for entries in histories:
            path = folder / f"{entries}.db"
            await asyncio.to_thread(build, path, entries)
            desks[entries] = Desk(await doors.enter_async_context(Database.open(path)))
        pairs = await throughput(desks[histories[0]])
        size_mb = (folder / f"{histories[-1]}.db").stat().st_size / 1e6
        engine = f"SQLite {sqlite3.sqlite_version}, {journal_mode(sqlite3.sqlite_version_info)} journal"
        return [f"{engine}; the largest database has {size_mb:,.0f} MB", *pairs, *await flatness(desks)]


if __name__ == "__main__":
    asyncio.run(run(quick="--quick" in sys.argv[1:]))
