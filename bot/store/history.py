"""Looking back: a member's last requests, pictures that wait, the channel's last picture, and forgetting."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import to_ms
from bot.model import Job
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import many

RECENT = "SELECT * FROM jobs WHERE user_id = ? AND coalesce(guild_id, 0) = ? ORDER BY id DESC LIMIT ?"
WAITING = "SELECT * FROM jobs WHERE user_id = ? AND waiting = 1 ORDER BY id LIMIT 10"
WAITED_OUT = "SELECT * FROM jobs WHERE waiting = 1 AND painted_ms < ? ORDER BY painted_ms LIMIT 500"
NUMBERS = "SELECT number FROM pictures WHERE job_id = ?"
SHOWN = "SELECT numbers FROM posts WHERE job_id = ? AND message_id IS NOT NULL"
LAST_PUBLIC = """
SELECT posts.message_id FROM jobs JOIN posts ON posts.job_id = jobs.id
WHERE jobs.channel_id = :channel_id AND jobs.private = 0 AND jobs.state = 'delivered'
    AND posts.part = '0' AND posts.channel_id = :channel_id AND posts.message_id IS NOT NULL
ORDER BY jobs.id DESC LIMIT :most
"""
FORGET = """
UPDATE jobs SET prompt = '', source_url = NULL, words_kept = 0
WHERE words_kept = 1 AND ended_ms < ? RETURNING id
"""
# The picture that an unfinished job still has to vary may be kept by one that has ended long ago.
OLD_PICTURES = """
SELECT id FROM jobs WHERE pictures_kept = 1 AND ended_ms < ?
    AND id NOT IN (SELECT source_job FROM jobs WHERE ended_ms IS NULL AND source_job IS NOT NULL)
LIMIT 500
"""
# In the order of their ids, which is Discord's clock: ours may have jumped. The plus keeps SQLite from reading all jobs
# that ever were in that order, instead of those few through their index.
KEPT = """
SELECT id FROM jobs WHERE pictures_kept = 1 AND ended_ms IS NOT NULL
    AND id NOT IN (SELECT source_job FROM jobs WHERE ended_ms IS NULL AND source_job IS NOT NULL)
ORDER BY +id
"""
# Pictures may wait for their member for ever; their words need not.
FORGET_WAITING = """
UPDATE jobs SET prompt = '', source_url = NULL, words_kept = 0
WHERE ended_ms IS NULL AND waiting = 1 AND words_kept = 1 AND painted_ms < ? RETURNING id
"""
FORGET_FAILURES = "UPDATE jobs SET failure = NULL WHERE failure IS NOT NULL AND ended_ms < ?"
KNOWN = "SELECT 1 FROM jobs WHERE id = ? AND pictures_kept = 1"
PICTURES_GONE = "UPDATE jobs SET pictures_kept = 0 WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose pictures wait, and how many of them have not been shown."""

    job: Job
    pictures: int


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def recent(self, user_id: int, guild_id: int | None, *, most: int = 5) -> list[Job]:
        """A member's last requests in a server (or in direct messages), newest first."""
        return await self._jobs(RECENT, (user_id, guild_id or 0, most))

    async def waiting(self, user_id: int) -> list[Waiting]:
        """Painted pictures that found no way to their member, by request, the oldest first."""

        def work(connection: sqlite3.Connection) -> list[Waiting]:
            found = many(connection.execute(WAITING, (user_id,)))
            return [Waiting(job, _pictures_left(connection, job.id)) for job in found]

        return await self._database.read(work)

    async def waited_out(self, *, painted_before: datetime) -> list[Job]:
        """Pictures for which nobody came for so long."""
        return await self._jobs(WAITED_OUT, (to_ms(painted_before),))

    async def _jobs(self, sql: str, values: tuple[object, ...]) -> list[Job]:
        return await self._database.read(lambda connection: many(connection.execute(sql, values)))

    async def last_public(self, channel_id: int, *, most: int = 3) -> list[int]:
        """The messages with the channel's last public pictures, newest first; one may have been deleted since."""
        values = {"channel_id": channel_id, "most": most}
        rows = await self._database.read(lambda connection: connection.execute(LAST_PUBLIC, values).fetchall())
        return [message_id for (message_id,) in rows]

    async def forget_words(self, *, ended_before: datetime) -> int:
        """Erase the words of jobs that ended, or began to wait, long ago, and what was said of failures; how many."""
        values = (to_ms(ended_before),)

        def work(connection: sqlite3.Connection) -> int:
            connection.execute(FORGET_FAILURES, values)
            return sum(len(connection.execute(sql, values).fetchall()) for sql in (FORGET, FORGET_WAITING))

        return await self._database.transaction(work)

    async def old_pictures(self, *, ended_before: datetime) -> list[int]:
        """Jobs whose pictures have been kept long enough."""
        values = (to_ms(ended_before),)
        rows = await self._database.read(lambda connection: connection.execute(OLD_PICTURES, values).fetchall())
        return [job_id for (job_id,) in rows]

    async def unknown(self, job_ids: set[int]) -> list[int]:
        """Which of these jobs have no business on the disk: not ours, or forgotten already."""

        def work(connection: sqlite3.Connection) -> list[int]:
            return [job_id for job_id in job_ids if connection.execute(KNOWN, (job_id,)).fetchone() is None]

        return await self._database.read(work)

    async def kept(self) -> list[int]:
        """Jobs that have ended and whose pictures are kept for no other job's sake, the oldest request first."""
        rows = await self._database.read(lambda connection: connection.execute(KEPT).fetchall())
        return [job_id for (job_id,) in rows]

    async def pictures_gone(self, job_ids: list[int]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(PICTURES_GONE, [(job_id,) for job_id in job_ids])

        await self._database.transaction(work)


def _pictures_left(connection: sqlite3.Connection, job_id: int) -> int:
    painted = {str(number) for (number,) in connection.execute(NUMBERS, (job_id,))}
    shown = {number for (numbers,) in connection.execute(SHOWN, (job_id,)) for number in numbers.split(",")}
    return len(painted - shown)
