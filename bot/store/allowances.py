"""Who may make how many pictures a day: a member's own setting, his roles', his server's."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model import Requester
from bot.store.engine import sqlite3

OF = "SELECT images FROM allowances WHERE guild_id = ? AND kind = ? AND subject_id = ?"
OF_ROLES = "SELECT subject_id, images FROM allowances WHERE guild_id = ? AND kind = 'role'"
SET = """
INSERT INTO allowances (guild_id, kind, subject_id, images) VALUES (?, ?, ?, ?)
ON CONFLICT (guild_id, kind, subject_id) DO UPDATE SET images = excluded.images
"""
REMOVE = "DELETE FROM allowances WHERE guild_id = ? AND kind = ? AND subject_id = ?"


class AllowanceSource(StrEnum):
    """Where an allowance comes from, the strongest first. The first three are settings of a server's admins."""

    MEMBER = "member"
    ROLE = "role"
    DEFAULT = "default"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class DailyAllowance:
    """`images` a day; `role_id` is the role that gives them, where a role does."""

    images: int
    source: AllowanceSource
    role_id: int | None = None


def daily_allowance(
    connection: sqlite3.Connection, *, requester: Requester, guild_id: int | None, quota_per_day: int
) -> DailyAllowance:
    """A member's own setting, else the best of his roles, else the server's default, else `quota_per_day`.

    In direct messages (`guild_id` None) there are no settings.
    """
    if guild_id is None:
        return DailyAllowance(quota_per_day, AllowanceSource.OWNER)
    own = setting(connection, guild_id, AllowanceSource.MEMBER, requester.user_id)
    if own is not None:
        return DailyAllowance(own, AllowanceSource.MEMBER)
    best = _best_role(connection, guild_id, requester)
    if best is not None:
        return best
    default = setting(connection, guild_id, AllowanceSource.DEFAULT)
    if default is not None:
        return DailyAllowance(default, AllowanceSource.DEFAULT)
    return DailyAllowance(quota_per_day, AllowanceSource.OWNER)


def _best_role(connection: sqlite3.Connection, guild_id: int, requester: Requester) -> DailyAllowance | None:
    rows = connection.execute(OF_ROLES, (guild_id,)).fetchall()
    held = [DailyAllowance(images, AllowanceSource.ROLE, role) for role, images in rows if role in requester.role_ids]
    return max(held, key=lambda allowance: allowance.images, default=None)


def setting(connection: sqlite3.Connection, guild_id: int, source: AllowanceSource, subject_id: int = 0) -> int | None:
    """What was set for a member or a role (`subject_id`), or for the server (0); None when nothing was."""
    row = connection.execute(OF, (guild_id, source, subject_id)).fetchone()
    return None if row is None else int(row[0])


def change(
    connection: sqlite3.Connection, guild_id: int, source: AllowanceSource, subject_id: int, images: int | None
) -> None:
    """Set it, or remove the setting with None."""
    if images is None:
        connection.execute(REMOVE, (guild_id, source, subject_id))
    else:
        connection.execute(SET, (guild_id, source, subject_id, images))
