"""What a member used today before he was erased: it counts until midnight, and nobody can tell whose it was later.

The ledger holds a pseudonym instead of the member's id. A keyed digest of the id leads from the member to it for the
rest of the UTC day; then key and digest are deleted, and the pseudonym leads nowhere.
"""

import hmac
import secrets

from bot.store.balances import Scope
from bot.store.engine import sqlite3

NEW_KEY = "INSERT INTO guard_keys (day, key) VALUES (?, ?) ON CONFLICT (day) DO NOTHING"
KEY = "SELECT key FROM guard_keys WHERE day = ?"
LINK = """
INSERT INTO guards (day, digest, guild_id, pseudonym)
SELECT day, :digest, guild_id, user_id FROM balances WHERE scope = 'member' AND user_id = :pseudonym AND day = :day
"""
SPENT = """
SELECT coalesce(sum(balances.reserved + balances.charged), 0) FROM guards JOIN balances
    ON balances.scope = 'member' AND balances.guild_id = guards.guild_id AND balances.day = guards.day
    AND balances.user_id = guards.pseudonym
WHERE guards.day = ? AND guards.digest = ? AND guards.guild_id = ?
"""
FORGIVE = "DELETE FROM guards WHERE day = ? AND digest = ? AND guild_id = ?"
FORGET = ("DELETE FROM guards WHERE day < ?", "DELETE FROM guard_keys WHERE day < ?")


def link(connection: sqlite3.Connection, *, user_id: int, pseudonym: int, day: int) -> None:
    """Let today's use under the pseudonym, also of what is still being painted, count against the member."""
    connection.execute(NEW_KEY, (day, secrets.token_bytes(32)))
    values = {"digest": _digest(connection, user_id, day), "pseudonym": pseudonym, "day": day}
    connection.execute(LINK, values)


def spent(connection: sqlite3.Connection, member: Scope) -> int:
    """Pictures of the day's allowance that the member used, or has reserved, under names that were erased."""
    digest = _digest(connection, member.user_id, member.day)
    if digest is None:
        return 0
    return int(connection.execute(SPENT, (member.day, digest, member.guild_id)).fetchone()[0])


def forgive(connection: sqlite3.Connection, member: Scope) -> None:
    """An admin gives the day back: what was used under erased names counts no more."""
    connection.execute(FORGIVE, (member.day, _digest(connection, member.user_id, member.day), member.guild_id))


def forget(connection: sqlite3.Connection, *, before_day: int) -> None:
    for sql in FORGET:
        connection.execute(sql, (before_day,))


def _digest(connection: sqlite3.Connection, user_id: int, day: int) -> bytes | None:
    """None: nobody was erased on that day."""
    row = connection.execute(KEY, (day,)).fetchone()
    return None if row is None else hmac.digest(row[0], str(user_id).encode(), "sha256")
