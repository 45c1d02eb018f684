"""Which process runs which job: leases, and what a process leaves behind that is gone."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.clock import to_ms
from bot.model import Job
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import many

LEASE = timedelta(seconds=60)
NOBODY = ""  # owns what a living process has left to the next one

# Of jobs that have ended, and of those whose pictures wait: both have words that their members should read.
UNTOLD_OWNERS = """
SELECT owner FROM jobs WHERE told = 0 AND ended_ms IS NOT NULL AND owner <> :me
UNION SELECT owner FROM jobs WHERE told = 0 AND ended_ms IS NULL AND waiting = 1 AND owner <> :me
"""
UNTOLD = """
SELECT * FROM jobs WHERE told = 0 AND ended_ms IS NOT NULL AND owner = :me
UNION ALL SELECT * FROM jobs WHERE told = 0 AND ended_ms IS NULL AND waiting = 1 AND owner = :me
"""
TAKE_UNTOLD = (
    "UPDATE jobs SET owner = :me WHERE told = 0 AND ended_ms IS NOT NULL AND owner = :gone",
    "UPDATE jobs SET owner = :me WHERE told = 0 AND ended_ms IS NULL AND waiting = 1 AND owner = :gone",
)
RENEW = "UPDATE jobs SET lease_ms = ? WHERE owner = ? AND ended_ms IS NULL AND waiting = 0"
MINE = "SELECT * FROM jobs WHERE owner = ? AND ended_ms IS NULL AND waiting = 0 ORDER BY accepted_ms, id"
OWNERS = "SELECT owner, max(lease_ms) FROM jobs WHERE ended_ms IS NULL AND waiting = 0 AND owner <> ? GROUP BY owner"
TAKE = """
UPDATE jobs SET owner = :me, lease_ms = :lease_ms
WHERE ended_ms IS NULL AND waiting = 0 AND owner = :gone RETURNING *
"""

# What is being painted or has ended meanwhile is not left.
LEAVE = "UPDATE jobs SET owner = ?, lease_ms = 0 WHERE id = ? AND owner = ? AND state = 'queued'"


class Leases:
    """Unfinished jobs and their owners, by boot id; `owner` is this process's."""

    def __init__(self, database: Database, *, owner: str) -> None:
        self._database = database
        self._owner = owner

    async def renew(self, *, at: datetime) -> None:
        values = (to_ms(at + LEASE), self._owner)
        await self._database.transaction(lambda connection: connection.execute(RENEW, values).rowcount)

    async def leave(self, job_ids: Iterable[int]) -> None:
        """Give up our jobs that wait, so that another process can take them up before this one has ended."""
        values = [(NOBODY, job_id, self._owner) for job_id in job_ids]
        await self._database.transaction(lambda connection: connection.executemany(LEAVE, values).rowcount)

    async def mine(self) -> list[Job]:
        """Every unfinished job of this process."""
        return await self._database.read(lambda connection: many(connection.execute(MINE, (self._owner,))))

    async def untold(self, is_gone: Callable[[str], bool | None]) -> list[Job]:
        """Our jobs whose members have not been told the end, and those of processes that are gone, which become ours.

        Of two processes that ask only one gets a job. `is_gone` runs on the database's thread.
        """
        me = {"me": self._owner}

        def orphaned(connection: sqlite3.Connection) -> list[str]:
            owners = [owner for (owner,) in connection.execute(UNTOLD_OWNERS, me)]
            return [owner for owner in owners if is_gone(owner) is not False]

        def take(connection: sqlite3.Connection) -> None:
            for owner in orphaned(connection):
                for sql in TAKE_UNTOLD:
                    connection.execute(sql, {**me, "gone": owner})

        if await self._database.read(orphaned):  # mostly there is nothing to write
            await self._database.transaction(take)
        return await self._database.read(lambda connection: many(connection.execute(UNTOLD, me)))

    async def take_abandoned(self, is_gone: Callable[[str], bool | None], *, at: datetime) -> list[Job]:
        """Unfinished jobs whose owner is gone (or whose lease has ended) become ours; in the order of acceptance.

        `is_gone` tells of a boot id whether its process is surely dead; it runs on the database's thread.
        """

        def work(connection: sqlite3.Connection) -> list[Job]:
            owners = connection.execute(OWNERS, (self._owner,)).fetchall()
            verdicts = [(owner, is_gone(owner), lease_ms < to_ms(at)) for owner, lease_ms in owners]
            gone = [owner for owner, verdict, has_expired in verdicts if verdict or (verdict is None and has_expired)]
            values = {"me": self._owner, "lease_ms": to_ms(at + LEASE)}
            taken = [job for owner in gone for job in many(connection.execute(TAKE, {**values, "gone": owner}))]
            return sorted(taken, key=lambda job: (job.accepted_at, job.id))

        return await self._database.transaction(work)
