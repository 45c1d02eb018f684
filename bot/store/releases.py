"""Ends that nobody waited for: requests whose member, or whose server, is erased while they are under way."""

from collections.abc import Callable
from datetime import datetime

from bot.clock import to_ms
from bot.model import Job, JobState
from bot.store import costs
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import many, one
from bot.store.jobs import Overtaken
from bot.store.ledger import Ledger

OF_SERVER = "SELECT * FROM jobs WHERE guild_id = ? AND ended_ms IS NULL"
# Whoever runs it finds out when it wants to start; who ends it here tells its member, and so does its successor.
LET_GO = """
UPDATE jobs SET state = 'cancelled', failure = :failure, ended_ms = :at_ms, owner = :owner
WHERE id = :id AND state = 'queued' RETURNING *
"""
GIVE_UP = """
UPDATE jobs SET state = :state, failure = :failure, ended_ms = :at_ms, waiting = 0, token = NULL, told = 1
WHERE id = :id AND waiting = 1 RETURNING *
"""


class Releases:
    def __init__(self, database: Database, ledger: Ledger, *, owner: str) -> None:
        self._database = database
        self._ledger = ledger
        self._owner = owner

    async def unfinished_in(self, guild_id: int) -> list[Job]:
        return await self._database.read(lambda connection: many(connection.execute(OF_SERVER, (guild_id,))))

    async def let_go(self, job: Job, *, failure: str, at: datetime) -> Job:
        """End a job that nobody has begun to paint, whichever process has it; its member is still to be told.

        Raises:
            Overtaken: it is past that.
        """
        values = {"id": job.id, "failure": failure, "at_ms": to_ms(at), "owner": self._owner}
        return await self._database.transaction(self._end(LET_GO, values, delivered=0, at=at))

    async def give_up(self, job: Job, *, failure: str, delivered: int, at: datetime) -> Job:
        """End a job whose pictures wait for its member; `delivered` of them had reached him before.

        Raises:
            Overtaken: he is just fetching them.
        """
        state = JobState.DELIVERED if delivered else JobState.CANCELLED
        values = {"id": job.id, "state": state, "failure": failure, "at_ms": to_ms(at)}
        return await self._database.transaction(self._end(GIVE_UP, values, delivered=delivered, at=at))

    def _end(
        self, sql: str, values: dict[str, object], *, delivered: int, at: datetime
    ) -> Callable[[sqlite3.Connection], Job]:
        def work(connection: sqlite3.Connection) -> Job:
            job_id = int(str(values["id"]))
            costs.add_up(connection, job_id)
            job = one(connection.execute(sql, values))
            if job is None:
                raise Overtaken
            cost_microusd = costs.charged(connection, job_id)
            self._ledger.settle(connection, job_id=job_id, delivered=delivered, at=at, cost_microusd=cost_microusd)
            return job

        return work
