"""Servers that the bot is not in any more: since when, and what of them has still to be erased.

The books stay whole: entries, balances and the bare rows of requests are the bot's own, and of its members.
"""

import secrets
from collections.abc import Collection
from datetime import datetime

from bot.clock import to_ms
from bot.store.database import Database
from bot.store.engine import sqlite3

# Servers of which there are data, found by hopping through the indexes instead of reading them whole.
KNOWN = """
WITH RECURSIVE
    of_jobs (id) AS (
        SELECT min(guild_id) FROM jobs WHERE guild_id > 0
        UNION ALL SELECT (SELECT min(guild_id) FROM jobs WHERE guild_id > of_jobs.id) FROM of_jobs WHERE id IS NOT NULL
    ),
    of_settings (id) AS (
        SELECT min(guild_id) FROM allowances
        UNION ALL SELECT (SELECT min(guild_id) FROM allowances WHERE guild_id > of_settings.id) FROM of_settings
        WHERE id IS NOT NULL
    ),
    of_changes (id) AS (
        SELECT min(guild_id) FROM audit
        UNION ALL SELECT (SELECT min(guild_id) FROM audit WHERE guild_id > of_changes.id) FROM of_changes
        WHERE id IS NOT NULL
    )
SELECT id FROM of_jobs WHERE id IS NOT NULL
UNION SELECT id FROM of_settings WHERE id IS NOT NULL
UNION SELECT id FROM of_changes WHERE id IS NOT NULL
"""
LEFT = "INSERT INTO departures (guild_id, left_ms) VALUES (?, ?) ON CONFLICT (guild_id) DO NOTHING"
CAME_BACK = "DELETE FROM departures WHERE guild_id = ?"
MARKED = "SELECT guild_id FROM departures"
DUE = "SELECT guild_id FROM departures WHERE erased_ms IS NULL AND left_ms <= ?"

SETTINGS = (
    "DELETE FROM allowances WHERE guild_id = ?",
    "DELETE FROM extras WHERE guild_id = ?",
    "DELETE FROM audit WHERE guild_id = ?",
)
# A row that was wiped has no channel any more.
BATCH = """
SELECT id FROM jobs WHERE guild_id = ? AND id > ? AND ended_ms IS NOT NULL AND channel_id <> 0 ORDER BY id LIMIT 100
"""
WIPE = """
UPDATE jobs SET key = :key, role_ids = '', channel_id = 0, application_id = 0, prompt = '', source_url = NULL,
    source_job = NULL, source_sha256 = NULL, missing = '', token = NULL, token_ms = NULL, card_message_id = NULL,
    failure = NULL, left_out = '', told = 1, words_kept = 0, pictures_kept = 0
WHERE id = :id AND ended_ms IS NOT NULL
"""
WIPE_REST = ("DELETE FROM posts WHERE job_id = :id", "DELETE FROM pictures WHERE job_id = :id")
ERASED = """
UPDATE departures SET erased_ms = :at_ms WHERE guild_id = :guild_id
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE guild_id = :guild_id AND channel_id <> 0)
"""


class Departures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def left(self, guild_id: int, *, at: datetime) -> None:
        """Note since when; a server that is noted already keeps its time."""
        await self._run(LEFT, (guild_id, to_ms(at)))

    async def came_back(self, guild_id: int) -> None:
        await self._run(CAME_BACK, (guild_id,))

    async def compare(self, present: Collection[int], *, at: datetime) -> list[int]:
        """Note which servers the bot has data of and is not in, and take those off that it is in; the new ones."""

        def work(connection: sqlite3.Connection) -> list[int]:
            marked = {guild_id for (guild_id,) in connection.execute(MARKED)}
            known = {guild_id for (guild_id,) in connection.execute(KNOWN)}
            for guild_id in marked & set(present):
                connection.execute(CAME_BACK, (guild_id,))
            new = sorted(known - marked - set(present))
            for guild_id in new:
                connection.execute(LEFT, (guild_id, to_ms(at)))
            return new

        return await self._database.transaction(work)

    async def due(self, *, left_before: datetime) -> list[int]:
        """Servers that were left long enough ago, and are not erased yet."""
        values = (to_ms(left_before),)
        rows = await self._database.read(lambda connection: connection.execute(DUE, values).fetchall())
        return [guild_id for (guild_id,) in rows]

    async def wipe_settings(self, guild_id: int) -> None:
        """What its admins set and did, and the extra pictures they gave."""

        def work(connection: sqlite3.Connection) -> None:
            for sql in SETTINGS:
                connection.execute(sql, (guild_id,))

        await self._database.transaction(work)

    async def next_batch(self, guild_id: int, *, after_id: int) -> list[int]:
        """Requests after that one, in their order, that have ended and still have words, links or places."""
        values = (guild_id, after_id)
        rows = await self._database.read(lambda connection: connection.execute(BATCH, values).fetchall())
        return [job_id for (job_id,) in rows]

    async def wipe(self, job_ids: list[int]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for job_id in job_ids:
                connection.execute(WIPE, {"id": job_id, "key": secrets.token_hex(16)})
                for sql in WIPE_REST:
                    connection.execute(sql, {"id": job_id})

        await self._database.transaction(work)

    async def erased(self, guild_id: int, *, at: datetime) -> None:
        """Nothing is left; otherwise this does nothing."""
        await self._run(ERASED, {"guild_id": guild_id, "at_ms": to_ms(at)})

    async def _run(self, sql: str, values: tuple[object, ...] | dict[str, object]) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)
