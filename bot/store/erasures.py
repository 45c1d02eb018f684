"""Erasing a member: what is asked, what is renamed at once, and what goes piece by piece.

The rows of the books stay, so that sums stay right; a random number below zero stands in them instead of the member's
id. Every piece is a transaction that can be done again: whoever is killed in the middle is followed by one who goes on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.clock import day_number, from_ms, to_ms
from bot.errors import InvalidRequest
from bot.model import Job
from bot.store import guards
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import many

Values = tuple[object, ...] | dict[str, object]

ASK = "INSERT INTO confirmations (key, user_id, channel_id, asked_ms) VALUES (?, ?, ?, ?)"
ANSWER = """
UPDATE confirmations SET answer = :answer
WHERE key = :key AND user_id = :user_id AND channel_id = :channel_id AND answer IS NULL
"""
ANSWERED = "SELECT answer FROM confirmations WHERE key = :key AND user_id = :user_id AND channel_id = :channel_id"
FORGET_QUESTIONS = "DELETE FROM confirmations WHERE asked_ms < ?"

BEGIN = """
INSERT INTO erasures (user_id, delete_posts, asked_ms) VALUES (:user_id, :delete_posts, :at_ms)
ON CONFLICT (user_id) DO UPDATE SET delete_posts = max(delete_posts, excluded.delete_posts)
"""
RENAME = (
    "UPDATE entries SET user_id = :pseudonym WHERE user_id = :user_id",
    "UPDATE balances SET user_id = :pseudonym WHERE user_id = :user_id AND scope = 'member'",
    "UPDATE extras SET user_id = :pseudonym WHERE user_id = :user_id",
    "UPDATE audit SET subject_id = :pseudonym WHERE subject_id = :user_id AND action <> 'set_role'",
    "UPDATE audit SET admin_id = :pseudonym WHERE admin_id = :user_id",
)
PENDING = "SELECT user_id, delete_posts, asked_ms FROM erasures ORDER BY asked_ms"
UNFINISHED = "SELECT * FROM going WHERE user_id = :user_id AND ended_ms IS NULL"
LEFT = "SELECT count(*) FROM going WHERE user_id = :user_id"
DONE = "DELETE FROM erasures WHERE user_id = :user_id AND NOT EXISTS (SELECT 1 FROM going WHERE user_id = :user_id)"

# Whoever still has to be told the end of a request needs its id and token for a moment, but none of its words.
WORDS = """
UPDATE jobs SET prompt = '', source_url = NULL, words_kept = 0
WHERE id IN (SELECT id FROM going WHERE user_id = :user_id AND ended_ms IS NOT NULL AND words_kept = 1)
"""
BATCH = """
SELECT id FROM going WHERE user_id = :user_id AND ended_ms IS NOT NULL AND (told = 1 OR ended_ms < :late_ms)
ORDER BY id LIMIT 100
"""
WIPE = """
UPDATE jobs SET key = :key, role_ids = '', channel_id = 0, application_id = 0, prompt = '', source_url = NULL,
    source_job = NULL, source_sha256 = NULL, missing = '', token = NULL, token_ms = NULL, card_message_id = NULL,
    failure = NULL, left_out = '', told = 1, words_kept = 0, pictures_kept = 0,
    user_id = coalesce((SELECT user_id FROM entries WHERE cause_id = jobs.id AND kind = 'reserve'), :pseudonym)
WHERE id = :id AND user_id > 0 AND ended_ms IS NOT NULL
"""
UNPOST = """
INSERT OR IGNORE INTO unposting (channel_id, message_id, asked_ms, next_ms)
SELECT channel_id, message_id, :at_ms, :at_ms FROM posts WHERE job_id = :id AND message_id IS NOT NULL
"""
WIPE_REST = (
    "DELETE FROM posts WHERE job_id = :id",
    "DELETE FROM pictures WHERE job_id = :id",
    "UPDATE jobs SET source_job = NULL WHERE source_job = :id",
)

# A request's number is Discord's: that of a reply leads to its message. It stays for a day, so that the same event,
# should it arrive once more, is not taken for a new request.
TO_RENUMBER = "SELECT id FROM jobs WHERE user_id < 0 AND id > 0 AND ended_ms < ? LIMIT 100"
RENUMBER = (
    "UPDATE jobs SET id = :new WHERE id = :old",
    "UPDATE calls SET job_id = :new WHERE job_id = :old",
    "UPDATE entries SET cause_id = :new WHERE cause_id = :old",
)

UNPOSTS = """
SELECT channel_id, message_id, asked_ms FROM unposting WHERE next_ms <= ? ORDER BY next_ms, message_id LIMIT ?
"""
LATER = "UPDATE unposting SET next_ms = ? WHERE channel_id = ? AND message_id = ?"
UNPOSTED = "DELETE FROM unposting WHERE channel_id = ? AND message_id = ?"

QUESTION_STANDS = timedelta(minutes=15)  # as long as its buttons can be answered privately
TOLD_WITHIN = timedelta(minutes=15)  # later nobody can be told any more: the token has ended
EVENTS_REPEAT = timedelta(days=1)


class Answer(StrEnum):
    ERASE = "erase"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Erasure:
    """A member of whom something is still there."""

    user_id: int
    delete_posts: bool
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Unpost:
    """A message that its member wants deleted."""

    channel_id: int
    message_id: int
    asked_at: datetime


class Erasures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, user_id: int, *, channel_id: int, at: datetime) -> str:
        """Note that a member was asked whether he means it; the key for the buttons."""
        key = secrets.token_hex(16)
        await self._run(ASK, (key, user_id, channel_id, to_ms(at)))
        return key

    async def answer(
        self, key: str, answer: Answer, *, user_id: int, channel_id: int, delete_posts: bool, at: datetime
    ) -> Answer:
        """Take the member's answer; the first one counts, and later ones get it back. «Erase» begins at once.

        Raises:
            InvalidRequest: nobody was asked so, there and by this name, or it was too long ago.
        """
        values = {"key": key, "answer": answer, "user_id": user_id, "channel_id": channel_id}

        def work(connection: sqlite3.Connection) -> Answer:
            connection.execute(FORGET_QUESTIONS, (to_ms(at - QUESTION_STANDS),))
            if connection.execute(ANSWER, values).rowcount:
                if answer is Answer.ERASE:
                    _begin(connection, user_id, delete_posts=delete_posts, at=at)
                return answer
            given = connection.execute(ANSWERED, {name: values[name] for name in ("key", "user_id", "channel_id")})
            row = given.fetchone()
            if row is None:
                raise InvalidRequest("I do not wait for that answer any more: type /privacy erase again.")
            return Answer(row[0])

        return await self._database.transaction(work)

    async def pending(self) -> list[Erasure]:
        rows = await self._database.read(lambda connection: connection.execute(PENDING).fetchall())
        return [Erasure(user_id, bool(posts), from_ms(asked_ms)) for user_id, posts, asked_ms in rows]

    async def unfinished(self, erasure: Erasure) -> list[Job]:
        values = {"user_id": erasure.user_id}
        return await self._database.read(lambda connection: many(connection.execute(UNFINISHED, values)))

    async def wipe_words(self, erasure: Erasure) -> None:
        """The words of all its requests that have ended, also of those whose end is still being told."""
        await self._run(WORDS, {"user_id": erasure.user_id})

    async def next_batch(self, erasure: Erasure, *, at: datetime) -> list[int]:
        """Requests that have ended and whose end was told: they can go."""
        values = {"user_id": erasure.user_id, "late_ms": to_ms(at - TOLD_WITHIN)}
        rows = await self._database.read(lambda connection: connection.execute(BATCH, values).fetchall())
        return [job_id for (job_id,) in rows]

    async def wipe(self, erasure: Erasure, job_ids: list[int], *, at: datetime) -> None:
        """Of these requests only numbers stay, under the name that stands in the ledger."""

        def work(connection: sqlite3.Connection) -> None:
            for job_id in job_ids:
                if erasure.delete_posts:
                    connection.execute(UNPOST, {"id": job_id, "at_ms": to_ms(at)})
                values = {"id": job_id, "key": secrets.token_hex(16), "pseudonym": _pseudonym()}
                connection.execute(WIPE, values)
                for sql in WIPE_REST:
                    connection.execute(sql, {"id": job_id})

        await self._database.transaction(work)

    async def left(self, erasure: Erasure) -> int:
        """How many requests are still there: they are being painted or delivered."""
        values = {"user_id": erasure.user_id}
        return int(await self._database.read(lambda connection: connection.execute(LEFT, values).fetchone()[0]))

    async def done(self, erasure: Erasure) -> None:
        """Nothing is left; otherwise this does nothing."""
        await self._run(DONE, {"user_id": erasure.user_id})

    async def renumber(self, *, at: datetime) -> int:
        """Take the last trace away: the numbers that Discord gave to requests erased a day ago; how many those were."""

        def work(connection: sqlite3.Connection) -> int:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            old = [job_id for (job_id,) in connection.execute(TO_RENUMBER, (to_ms(at - EVENTS_REPEAT),))]
            for job_id in old:
                values = {"old": job_id, "new": _pseudonym()}
                for sql in RENUMBER:
                    connection.execute(sql, values)
            return len(old)

        return await self._database.transaction(work)

    async def forget(self, *, at: datetime) -> None:
        """Questions that nobody answers any more, and what held the use of a day that is over."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(FORGET_QUESTIONS, (to_ms(at - QUESTION_STANDS),))
            guards.forget(connection, before_day=day_number(at))

        await self._database.transaction(work)

    async def to_unpost(self, *, most: int, at: datetime) -> list[Unpost]:
        """Those whose turn it is, the oldest first."""
        values = (to_ms(at), most)
        rows = await self._database.read(lambda connection: connection.execute(UNPOSTS, values).fetchall())
        return [Unpost(channel_id, message_id, from_ms(asked_ms)) for channel_id, message_id, asked_ms in rows]

    async def unpost_later(self, unpost: Unpost, *, at: datetime) -> None:
        """It did not work now."""
        await self._run(LATER, (to_ms(at), unpost.channel_id, unpost.message_id))

    async def unposted(self, unpost: Unpost) -> None:
        await self._run(UNPOSTED, (unpost.channel_id, unpost.message_id))

    async def _run(self, sql: str, values: Values) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)


def _begin(connection: sqlite3.Connection, user_id: int, *, delete_posts: bool, at: datetime) -> None:
    """Rename the member in all the books at once, so that sums stay as they are; requests go later."""
    values = {"user_id": user_id, "delete_posts": delete_posts, "at_ms": to_ms(at)}
    connection.execute(BEGIN, values)
    pseudonym = _pseudonym()
    for sql in RENAME:
        connection.execute(sql, {"user_id": user_id, "pseudonym": pseudonym})
    guards.link(connection, user_id=user_id, pseudonym=pseudonym, day=day_number(at))


def _pseudonym() -> int:
    """A random number that no id of Discord's can be."""
    return -1 - secrets.randbelow(2**62)
