"""Public notes that refuse a reply and go away again: entered before they are posted, whoever takes them away."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import from_ms, to_ms
from bot.store.database import Database

ENTER = """
INSERT INTO refusal_notes (asked_id, channel_id, posted_ms) VALUES (?, ?, ?) ON CONFLICT (asked_id) DO NOTHING
"""
POSTED = "UPDATE refusal_notes SET message_id = ? WHERE asked_id = ?"
DUE = """
SELECT asked_id, channel_id, message_id, posted_ms FROM refusal_notes
WHERE posted_ms < :before_ms OR posted_ms > :after_ms ORDER BY posted_ms LIMIT 500
"""
FORGET = "DELETE FROM refusal_notes WHERE asked_id = ?"


@dataclass(frozen=True, slots=True)
class Note:
    """`asked_id` is the reply that it refuses; `message_id` is None where it is not known whether it was posted."""

    asked_id: int
    channel_id: int
    message_id: int | None
    posted_at: datetime


class Notes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, asked_id: int, channel_id: int, *, at: datetime) -> None:
        await self._write(ENTER, (asked_id, channel_id, to_ms(at)))

    async def posted(self, asked_id: int, message_id: int) -> None:
        await self._write(POSTED, (message_id, asked_id))

    async def due(self, *, posted_before: datetime, or_after: datetime) -> list[Note]:
        """Notes that have been read for long enough, the oldest first; `or_after`: the clock was set back since."""
        values = {"before_ms": to_ms(posted_before), "after_ms": to_ms(or_after)}
        rows = await self._database.read(lambda connection: connection.execute(DUE, values).fetchall())
        return [Note(asked, channel, message, from_ms(at_ms)) for asked, channel, message, at_ms in rows]

    async def forget(self, asked_id: int) -> None:
        """It does not stand there any more, or cannot be taken away."""
        await self._write(FORGET, (asked_id,))

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)
