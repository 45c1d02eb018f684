"""The record of admins' changes: who, whom, what, before, after, when. Rows are only added."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.clock import from_ms, to_ms
from bot.store.engine import sqlite3

RECORD = """
INSERT INTO audit (interaction_id, guild_id, admin_id, action, subject_id, before, after, at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
CHANGES = "SELECT interaction_id, guild_id, admin_id, action, subject_id, before, after, at_ms FROM audit"
RECORDED = f"{CHANGES} WHERE interaction_id = ?"
LAST = f"{CHANGES} WHERE guild_id = ? AND subject_id = ? ORDER BY interaction_id DESC LIMIT ?"


class ChangeKind(StrEnum):
    SET_MEMBER = "set_member"
    SET_ROLE = "set_role"
    SET_DEFAULT = "set_default"
    GRANT = "grant"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An admin's command: the interaction it came with, which makes it happen once."""

    interaction_id: int
    guild_id: int
    admin_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an order changed. `subject_id` is the member or the role, 0 for the server's default.

    `before` and `after`: pictures a day (None: no setting) for the three settings, extra pictures left for a grant,
    pictures charged today for a reset.
    """

    order: Order
    action: ChangeKind
    subject_id: int
    before: int | None
    after: int | None


def record(connection: sqlite3.Connection, change: Change) -> None:
    order = change.order
    connection.execute(
        RECORD,
        (
            order.interaction_id,
            order.guild_id,
            order.admin_id,
            change.action,
            change.subject_id,
            change.before,
            change.after,
            to_ms(order.at),
        ),
    )


def recorded(connection: sqlite3.Connection, interaction_id: int) -> Change | None:
    """What this interaction changed when it came first."""
    row = connection.execute(RECORDED, (interaction_id,)).fetchone()
    return None if row is None else _change(*row)


def last_changes(connection: sqlite3.Connection, guild_id: int, subject_id: int, *, most: int) -> list[Change]:
    """The newest first."""
    return [_change(*row) for row in connection.execute(LAST, (guild_id, subject_id, most))]


def _change(
    interaction_id: int,
    guild_id: int,
    admin_id: int,
    action: str,
    subject_id: int,
    before: int | None,
    after: int | None,
    at_ms: int,
) -> Change:
    order = Order(interaction_id=interaction_id, guild_id=guild_id, admin_id=admin_id, at=from_ms(at_ms))
    return Change(order=order, action=ChangeKind(action), subject_id=subject_id, before=before, after=after)
