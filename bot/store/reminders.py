"""What the owners were told, and when: so that it is not said again too soon, by whichever process."""

from datetime import datetime, timedelta

from bot.clock import to_ms
from bot.store.database import Database

TOLD_AHEAD = timedelta(minutes=1)  # two processes do not look at the clock in the same moment

TELL = """
INSERT INTO reminders (subject, told_ms) VALUES (:subject, :at_ms)
ON CONFLICT (subject) DO UPDATE SET told_ms = excluded.told_ms WHERE told_ms <= :before_ms OR told_ms > :ahead_ms
"""


class Reminders:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, subject: str, *, every: timedelta, at: datetime) -> bool:
        """Whether it is time to tell of this, which is noted as told; of all who ask, only one may.

        What was told in the future was told by a clock that went wrong: once more is better than not for years.
        """
        values = {
            "subject": subject,
            "at_ms": to_ms(at),
            "before_ms": to_ms(at - every),
            "ahead_ms": to_ms(at + TOLD_AHEAD),
        }
        return await self._database.transaction(lambda connection: connection.execute(TELL, values).rowcount) == 1
