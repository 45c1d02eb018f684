"""How much there is still to do: for whoever watches the bot."""

from dataclasses import dataclass

from bot.clock import Clock, to_ms
from bot.store.database import Database
from bot.store.engine import sqlite3

# What waits in /quota waits for its member.
UNFINISHED = "SELECT count(*), min(accepted_ms) FROM jobs WHERE ended_ms IS NULL AND waiting = 0"


@dataclass(frozen=True, slots=True)
class Backlog:
    """`oldest_unfinished_s`: the age of the oldest unfinished request, None where there is none."""

    unfinished: int
    oldest_unfinished_s: float | None


async def backlog(database: Database, clock: Clock) -> Backlog:
    """
    Raises:
        StoreError: the database cannot be read.
    """

    def work(connection: sqlite3.Connection) -> tuple[int, int | None]:
        count, oldest_ms = connection.execute(UNFINISHED).fetchone()
        return int(count), oldest_ms

    count, oldest_ms = await database.read(work)
    age_s = None if oldest_ms is None else max(0.0, round((to_ms(clock.now()) - oldest_ms) / 1000, 1))
    return Backlog(count, age_s)
