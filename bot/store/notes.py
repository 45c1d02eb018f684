"""Public notes that refuse a reply and go away again: entered before they are posted, whoever takes them away."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import to_ms
from bot.store.database import Database

ENTER = """
INSERT INTO refusal_notes (asked_id, channel_id, posted_ms) VALUES (?, ?, ?) ON CONFLICT (asked_id) DO NOTHING
"""
POSTED = "UPDATE refusal_notes SET message_id = ? WHERE asked_id = ?"
DUE = "SELECT asked_id, channel_id, message_id FROM refusal_notes WHERE posted_ms < ? ORDER BY posted_ms LIMIT 500"
FORGET = "DELETE FROM refusal_notes WHERE asked_id = ?"


@dataclass(frozen=True, slots=True)
class Note:
    """`asked_id` is the reply that it refuses; `message_id` is None where it is not known whether it was posted."""

    asked_id: int
    channel_id: int
    message_id: int | None


class Notes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, asked_id: int, channel_id: int, *, at: datetime) -> None:
        await self._write(ENTER, (asked_id, channel_id, to_ms(at)))

    async def posted(self, asked_id: int, message_id: int) -> None:
        await self._write(POSTED, (message_id, asked_id))

    async def due(self, *, posted_before: datetime) -> list[Note]:
        """Notes that have been read for long enough, the oldest first."""
        values = (to_ms(posted_before),)
        rows = await self._database.read(lambda connection: connection.execute(DUE, values).fetchall())
        return [Note(*row) for row in rows]

    async def forget(self, asked_id: int) -> None:
        """It does not stand there any more, or cannot be taken away."""
        await self._write(FORGET, (asked_id,))

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)
