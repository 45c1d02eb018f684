"""Public notes that refuse a reply: where each stands and since when, so that any process can take it away."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import to_ms
from bot.store.database import Database

ADD = """
INSERT INTO public_notes (reply_id, channel_id, at_ms) VALUES (?, ?, ?)
ON CONFLICT (reply_id) DO NOTHING
"""
POSTED = "UPDATE public_notes SET message_id = ? WHERE reply_id = ?"
STANDING = "SELECT reply_id, channel_id, message_id FROM public_notes WHERE at_ms < ? ORDER BY reply_id LIMIT 20"
REMOVE = "DELETE FROM public_notes WHERE reply_id = ?"


@dataclass(frozen=True, slots=True)
class Note:
    """`reply_id` is the message that was refused; `message_id` is None while nobody knows whether it was posted."""

    reply_id: int
    channel_id: int
    message_id: int | None = None


class Notes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, note: Note, *, at: datetime) -> None:
        """Enter a note before it is posted."""
        await self._write(ADD, (note.reply_id, note.channel_id, to_ms(at)))

    async def posted(self, reply_id: int, message_id: int) -> None:
        await self._write(POSTED, (message_id, reply_id))

    async def standing(self, *, since_before: datetime) -> list[Note]:
        rows = await self._database.read(
            lambda connection: connection.execute(STANDING, (to_ms(since_before),)).fetchall()
        )
        return [Note(*row) for row in rows]

    async def remove(self, reply_id: int) -> None:
        await self._write(REMOVE, (reply_id,))

    async def _write(self, sql: str, values: tuple[object, ...]) -> None:
        await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount)
