"""What a job brought forth: its calls to the image service, its pictures on the spool, its messages."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import to_ms
from bot.model import Endpoint, Picture, Post
from bot.store.database import Database
from bot.store.engine import sqlite3

SENT = """
INSERT INTO calls (job_id, number, endpoint, model, quality, count, state, sent_ms, most_microusd)
VALUES (:job_id, :number, :endpoint, :model, :quality, :count, 'sent', :at_ms, :most_microusd)
"""
CALL_ANSWERED = """
UPDATE calls SET state = 'answered', cost_microusd = ?, took_ms = ? WHERE job_id = ? AND number = ?
"""
CALL_FAILED = "UPDATE calls SET state = 'failed', cost_microusd = ? WHERE job_id = ? AND number = ?"
RUNS = """
SELECT model, quality, endpoint, took_ms FROM calls WHERE took_ms IS NOT NULL ORDER BY sent_ms DESC LIMIT ?
"""
NEXT_CALL = "SELECT count(*) FROM calls WHERE job_id = ?"
CALLS = "SELECT model, endpoint FROM calls WHERE job_id = ? ORDER BY number"
FORGET_PICTURE = "DELETE FROM pictures WHERE job_id = ? AND number = ?"
PICTURE = """
INSERT INTO pictures (job_id, number, file, sha256, size_bytes, media_type, width_px, height_px)
VALUES (:job_id, :number, :file, :sha256, :size_bytes, :media_type, :width_px, :height_px)
"""
PICTURES = """
SELECT number, file, sha256, size_bytes, media_type, width_px, height_px FROM pictures
WHERE job_id = ? ORDER BY number
"""
# Not of a request that was erased while its last words were on their way: it has no channel any more.
POST = """
INSERT INTO posts (job_id, part, channel_id, message_id, numbers)
SELECT :job_id, :part, :channel_id, :message_id, :numbers FROM jobs WHERE id = :job_id AND channel_id <> 0
ON CONFLICT (job_id, part) DO UPDATE SET
    channel_id = excluded.channel_id, message_id = excluded.message_id, numbers = excluded.numbers
"""
FORGET_POST = "DELETE FROM posts WHERE job_id = ? AND part = ? AND message_id IS NULL"  # not what turned up meanwhile
POSTS = "SELECT part, channel_id, message_id, numbers FROM posts WHERE job_id = ? ORDER BY length(part), part"


@dataclass(frozen=True, slots=True)
class SentCall:
    model: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Run:
    """A call that was answered, and after how many seconds."""

    model: str
    quality: str | None
    endpoint: str
    took_s: float


class Artifacts:
    """Rows are written as things happen, so that a restart finds what is there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def call_sent(
        self,
        job_id: int,
        *,
        endpoint: Endpoint,
        model: str,
        quality: str | None,
        count: int,
        most_microusd: int | None,
        at: datetime,
    ) -> int:
        """Enter a call before it is made, with the most that it can cost; its number within the job."""

        def work(connection: sqlite3.Connection) -> int:
            number: int = connection.execute(NEXT_CALL, (job_id,)).fetchone()[0]
            values = {"endpoint": endpoint, "model": model, "quality": quality, "count": count, "at_ms": to_ms(at)}
            connection.execute(SENT, {"job_id": job_id, "number": number, "most_microusd": most_microusd, **values})
            return number

        return await self._database.transaction(work)

    async def call_answered(self, job_id: int, number: int, *, cost_microusd: int | None, took_s: float) -> None:
        """All that it brings is there; what it did cost is None where nobody knows."""
        await self._write(CALL_ANSWERED, (cost_microusd, round(took_s * 1000), job_id, number))

    async def runs(self, *, most: int) -> list[Run]:
        """The newest calls that were answered, in the order in which they were sent."""
        rows = await self._database.read(lambda connection: connection.execute(RUNS, (most,)).fetchall())
        return [Run(model, quality, endpoint, took_ms / 1000) for model, quality, endpoint, took_ms in reversed(rows)]

    async def call_failed(self, job_id: int, number: int, *, cost_microusd: int | None) -> None:
        """`cost_microusd`: 0 for a call that surely did nothing, None where it may have been painted and paid for."""
        await self._write(CALL_FAILED, (cost_microusd, job_id, number))

    async def calls(self, job_id: int) -> list[SentCall]:
        """The calls that were made, or were about to be made, oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(CALLS, (job_id,)).fetchall())
        return [SentCall(model, Endpoint(endpoint)) for model, endpoint in rows]

    async def forget_picture(self, job_id: int, number: int) -> None:
        """Its file is not as it was entered: it does not count."""
        await self._write(FORGET_PICTURE, (job_id, number))

    async def picture(self, job_id: int, picture: Picture) -> None:
        values = {
            "job_id": job_id,
            "number": picture.index,
            "file": str(picture.file),
            "sha256": picture.sha256,
            "size_bytes": picture.size_bytes,
            "media_type": picture.media_type,
            "width_px": picture.size_px[0] if picture.size_px else None,
            "height_px": picture.size_px[1] if picture.size_px else None,
        }
        await self._database.transaction(lambda connection: connection.execute(PICTURE, values).rowcount)

    async def pictures(self, job_id: int) -> list[Picture]:
        rows = await self._database.read(lambda connection: connection.execute(PICTURES, (job_id,)).fetchall())
        return [
            Picture(number, Path(file), sha256, size_bytes, media_type, (width, height) if width else None)
            for number, file, sha256, size_bytes, media_type, width, height in rows
        ]

    async def post(self, job_id: int, post: Post) -> None:
        """Enter a message, before it is sent (no id yet) and again after."""
        values = {
            "job_id": job_id,
            "part": post.part,
            "channel_id": post.channel_id,
            "message_id": post.message_id,
            "numbers": ",".join(map(str, post.numbers)),
        }
        await self._database.transaction(lambda connection: connection.execute(POST, values).rowcount)

    async def forget_post(self, job_id: int, part: str) -> None:
        """It was surely not posted."""
        await self._write(FORGET_POST, (job_id, part))

    async def posts(self, job_id: int) -> list[Post]:
        rows = await self._database.read(lambda connection: connection.execute(POSTS, (job_id,)).fetchall())
        return [
            Post(part, channel_id, message_id, tuple(int(number) for number in numbers.split(",") if number))
            for part, channel_id, message_id, numbers in rows
        ]

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)
