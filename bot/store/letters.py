"""Words by direct message: entered before they are sent, so that nobody says them twice.

Two letters to one person may read the same, and Discord does not tell which job one belongs to: so a second is not
begun before it is known what became of the first.
"""

from dataclasses import dataclass

from bot.store.database import Database
from bot.store.engine import sqlite3

PART = "w"  # in the rows of posts, and in the nonce

OF_MEMBER = """
SELECT posts.job_id, posts.channel_id, posts.message_id, jobs.told FROM jobs JOIN posts ON posts.job_id = jobs.id
WHERE jobs.user_id = ? AND posts.part = 'w'
"""
BEGIN = "INSERT INTO posts (job_id, part, channel_id, message_id, numbers) VALUES (?, 'w', ?, NULL, '')"
SENT = "UPDATE posts SET message_id = ? WHERE job_id = ? AND part = 'w'"
FORGET = "DELETE FROM posts WHERE job_id = ? AND part = 'w'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`is_new`: it was surely not sent before. `others` are the messages of other letters to the same person."""

    channel_id: int
    message_id: int | None
    is_new: bool
    others: frozenset[int]


class Letters:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, job_id: int, user_id: int, channel_id: int) -> Letter | None:
        """Enter that it is about to be sent, or what is known of it; None while another one's fate is unknown."""

        def work(connection: sqlite3.Connection) -> Letter | None:
            rows = connection.execute(OF_MEMBER, (user_id,)).fetchall()
            others = [row for row in rows if row[0] != job_id]
            known = frozenset(message_id for _, _, message_id, _ in others if message_id is not None)
            for _, entered_for, message_id, _ in [row for row in rows if row[0] == job_id]:
                return Letter(channel_id=entered_for, message_id=message_id, is_new=False, others=known)
            if any(message_id is None and not told for _, _, message_id, told in others):
                return None
            connection.execute(BEGIN, (job_id, channel_id))
            return Letter(channel_id=channel_id, message_id=None, is_new=True, others=known)

        return await self._database.transaction(work)

    async def sent(self, job_id: int, message_id: int) -> None:
        await self._database.transaction(lambda connection: connection.execute(SENT, (message_id, job_id)).rowcount)

    async def forget(self, job_id: int) -> None:
        """It was surely not sent."""
        await self._database.transaction(lambda connection: connection.execute(FORGET, (job_id,)).rowcount)
