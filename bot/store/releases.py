"""Ends of requests for which nobody waits any more: let go in line, or given up with pictures that nobody fetched."""

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
# Whichever process had it: nobody runs it any more. What was delivered before the rest had to wait is charged.
GIVE_UP = """
UPDATE jobs SET state = :state, failure = :failure, ended_ms = :at_ms, waiting = 0, token = NULL, told = 1,
    prompt = '', source_url = NULL, words_kept = 0, pictures_kept = 0
WHERE id = :id AND waiting = 1 RETURNING *
"""
DELIVERED = "SELECT numbers FROM posts WHERE job_id = ? AND message_id IS NOT NULL"


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
        return await self._database.transaction(
            lambda connection: self._end(connection, LET_GO, values, job, delivered=0, at=at)
        )

    async def give_up(self, job: Job, state: JobState, *, failure: str, at: datetime) -> Job:
        """End a job whose pictures wait for its member, in this state unless some of them had reached him before.

        Its words are forgotten.

        Raises:
            Overtaken: he is just fetching them.
        """

        def work(connection: sqlite3.Connection) -> Job:
            rows = connection.execute(DELIVERED, (job.id,))
            delivered = len({number for (numbers,) in rows for number in numbers.split(",") if number})
            values = {
                "id": job.id,
                "state": JobState.DELIVERED if delivered else state,
                "failure": failure,
                "at_ms": to_ms(at),
            }
            return self._end(connection, GIVE_UP, values, job, delivered=delivered, at=at)

        return await self._database.transaction(work)

    def _end(
        self,
        connection: sqlite3.Connection,
        sql: str,
        values: dict[str, object],
        job: Job,
        *,
        delivered: int,
        at: datetime,
    ) -> Job:
        costs.add_up(connection, job.id)
        ended = one(connection.execute(sql, values))
        if ended is None:
            raise Overtaken
        cost_microusd = costs.charged(connection, job.id)
        self._ledger.settle(connection, job_id=job.id, delivered=delivered, at=at, cost_microusd=cost_microusd)
        return ended
