"""The rows of quotas and money: a balance for each scope and day, extra pictures, and the entries behind both."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.clock import to_ms
from bot.store.engine import sqlite3

BALANCE = """
SELECT reserved, charged, extra_reserved, extra_charged, reserved_microusd, charged_microusd FROM balances
WHERE scope = ? AND guild_id = ? AND day = ? AND user_id = ?
"""
# Check and take in one statement, in the first row of a day as in every later one.
TAKE = """
INSERT INTO balances (scope, guild_id, day, user_id, reserved, extra_reserved, reserved_microusd)
SELECT :scope, :guild_id, :day, :user_id, :reserved, :extra_reserved, :reserved_microusd
WHERE (:allowed IS NULL OR :reserved <= :allowed)
    AND (:budget_microusd IS NULL OR :reserved_microusd <= :budget_microusd)
ON CONFLICT (scope, guild_id, day, user_id) DO UPDATE
SET reserved = reserved + excluded.reserved, extra_reserved = extra_reserved + excluded.extra_reserved,
    reserved_microusd = reserved_microusd + excluded.reserved_microusd
WHERE (excluded.reserved = 0 OR :allowed IS NULL OR reserved + charged + excluded.reserved <= :allowed)
    AND (excluded.reserved_microusd = 0 OR :budget_microusd IS NULL
        OR reserved_microusd + charged_microusd + excluded.reserved_microusd <= :budget_microusd)
RETURNING reserved
"""
MOVE = """
UPDATE balances SET reserved = reserved + :reserved, charged = charged + :charged,
    extra_reserved = extra_reserved + :extra_reserved, extra_charged = extra_charged + :extra_charged,
    reserved_microusd = reserved_microusd + :reserved_microusd,
    charged_microusd = charged_microusd + :charged_microusd
WHERE scope = :scope AND guild_id = :guild_id AND day = :day AND user_id = :user_id
"""
# The one change that is not a new entry: a reservation that has to grow stays one, and is settled as one.
RAISE = "UPDATE entries SET reserved_microusd = reserved_microusd + ? WHERE cause_id = ? AND kind = 'reserve'"
EXTRAS = "SELECT pictures FROM extras WHERE guild_id = ? AND user_id = ?"
TAKE_EXTRAS = """
UPDATE extras SET pictures = pictures - :pictures
WHERE guild_id = :guild_id AND user_id = :user_id AND pictures >= :pictures
RETURNING pictures
"""
ADD_EXTRAS = """
INSERT INTO extras (guild_id, user_id, pictures) VALUES (:guild_id, :user_id, :pictures)
ON CONFLICT (guild_id, user_id) DO UPDATE SET pictures = pictures + excluded.pictures
RETURNING pictures
"""
ENTER = """
INSERT INTO entries (cause_id, kind, guild_id, user_id, day, reserved, charged, extra_reserved, extra_charged,
    reserved_microusd, charged_microusd, extra_left, at_ms)
VALUES (:cause_id, :kind, :guild_id, :user_id, :day, :reserved, :charged, :extra_reserved, :extra_charged,
    :reserved_microusd, :charged_microusd, :extra_left, :at_ms)
"""
ENTRY = """
SELECT guild_id, user_id, day, reserved, charged, extra_reserved, extra_charged, reserved_microusd, charged_microusd,
    extra_left FROM entries
WHERE cause_id = ? AND kind = ?
"""


class EntryKind(StrEnum):
    RESERVE = "reserve"
    SETTLE = "settle"
    GRANT = "grant"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a balance belongs to: a member in a server (guild 0: in direct messages), a server, or the whole bot."""

    kind: str
    guild_id: int
    user_id: int
    day: int

    @classmethod
    def member(cls, guild_id: int | None, user_id: int, day: int) -> "Scope":
        return cls("member", guild_id or 0, user_id, day)

    @classmethod
    def server(cls, guild_id: int, day: int) -> "Scope":
        return cls("server", guild_id, 0, day)

    @classmethod
    def bot(cls, day: int) -> "Scope":
        return cls("bot", 0, 0, day)


@dataclass(frozen=True, slots=True)
class Balance:
    """Pictures promised to unfinished jobs and pictures charged, or a difference of them; and the owner's money alike.

    For a member, `reserved` and `charged` are of the day's allowance and the `extra_…` of his extra pictures; for a
    server or the bot they are all pictures.
    """

    reserved: int = 0
    charged: int = 0
    extra_reserved: int = 0
    extra_charged: int = 0
    reserved_microusd: int = 0
    charged_microusd: int = 0

    @property
    def used(self) -> int:
        return self.reserved + self.charged

    @property
    def all_reserved(self) -> int:
        return self.reserved + self.extra_reserved

    @property
    def all_charged(self) -> int:
        return self.charged + self.extra_charged


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change: `difference` in the balances of a member's day, `extra_left` in the extra pictures he has left."""

    cause_id: int
    kind: EntryKind
    member: Scope
    difference: Balance
    extra_left: int = 0


def balance(connection: sqlite3.Connection, scope: Scope) -> Balance:
    """How a scope stands; all zero when nothing happened there that day."""
    row = connection.execute(BALANCE, (scope.kind, scope.guild_id, scope.day, scope.user_id)).fetchone()
    return Balance() if row is None else Balance(*row)


def take(
    connection: sqlite3.Connection,
    scope: Scope,
    difference: Balance,
    *,
    allowed: int | None,
    budget_microusd: int | None = None,
) -> bool:
    """Reserve all or nothing; False when the day's use would pass `allowed` pictures or the budget (None: no limit)."""
    values = {**_key(scope), **_numbers(difference), "allowed": allowed, "budget_microusd": budget_microusd}
    return connection.execute(TAKE, values).fetchone() is not None


def move(connection: sqlite3.Connection, scope: Scope, difference: Balance) -> None:
    """Change a balance that is there."""
    changed = connection.execute(MOVE, {**_key(scope), **_numbers(difference)}).rowcount
    assert changed == 1, "only what was reserved can be moved"


def extras(connection: sqlite3.Connection, member: Scope) -> int:
    row = connection.execute(EXTRAS, (member.guild_id, member.user_id)).fetchone()
    return 0 if row is None else int(row[0])


def take_extras(connection: sqlite3.Connection, member: Scope, pictures: int) -> bool:
    """Reserve extra pictures; False when fewer are left."""
    values = {"guild_id": member.guild_id, "user_id": member.user_id, "pictures": pictures}
    return connection.execute(TAKE_EXTRAS, values).fetchone() is not None


def add_extras(connection: sqlite3.Connection, member: Scope, pictures: int) -> int:
    """How many the member has then."""
    values = {"guild_id": member.guild_id, "user_id": member.user_id, "pictures": pictures}
    return int(connection.execute(ADD_EXTRAS, values).fetchone()[0])


def enter(connection: sqlite3.Connection, entry: Entry, *, at: datetime) -> None:
    """Add to the history. The same cause and kind a second time is an error of the caller."""
    values = {"cause_id": entry.cause_id, "kind": entry.kind, "extra_left": entry.extra_left, "at_ms": to_ms(at)}
    connection.execute(ENTER, {**_key(entry.member), **_numbers(entry.difference), **values})


def raise_reservation(connection: sqlite3.Connection, cause_id: int, microusd: int) -> None:
    """More money for a job than its entry says; the balances have taken it."""
    connection.execute(RAISE, (microusd, cause_id))


def find(connection: sqlite3.Connection, cause_id: int, kind: EntryKind) -> Entry | None:
    row = connection.execute(ENTRY, (cause_id, kind)).fetchone()
    if row is None:
        return None
    guild_id, user_id, day, *numbers, extra_left = row
    member = Scope.member(guild_id, user_id, day)
    return Entry(cause_id=cause_id, kind=kind, member=member, difference=Balance(*numbers), extra_left=extra_left)


def _key(scope: Scope) -> dict[str, object]:
    return {"scope": scope.kind, "guild_id": scope.guild_id, "day": scope.day, "user_id": scope.user_id}


def _numbers(difference: Balance) -> dict[str, object]:
    return {
        "reserved": difference.reserved,
        "charged": difference.charged,
        "extra_reserved": difference.extra_reserved,
        "extra_charged": difference.extra_charged,
        "reserved_microusd": difference.reserved_microusd,
        "charged_microusd": difference.charged_microusd,
    }
