"""All that is stored about a member, in every server and in direct messages, as plain values for his export.

What belongs to somebody else, or gives a right to whoever holds it, is not among it: no tokens, no keys of buttons, no
admin's name, and of a picture that was varied only that there was one. Ids are text, since they pass 2⁵³.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.clock import from_ms, start_of_day
from bot.store.database import Database
from bot.store.engine import sqlite3

Record = dict[str, Any]
EntryKey = tuple[int, str]
"""Of an entry: its cause and its kind."""

FIRST: EntryKey = (0, "")

JOBS = """
SELECT id, guild_id, channel_id, way, operation, role_ids, prompt, words_kept, model, size, quality, count, private,
    (source_url IS NOT NULL OR source_job IS NOT NULL OR operation = 'vary') AS varied, state, waiting, failure,
    left_out, missing, member_may_write, painted_model, endpoint, most_microusd, cost_microusd, accepted_ms,
    started_ms, painted_ms, ended_ms
FROM jobs WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?
"""
CALLS = """
SELECT model, endpoint, quality, count, state, sent_ms, took_ms / 1000.0 AS took_s, cost_microusd
FROM calls WHERE job_id = ? ORDER BY number
"""
PICTURES = """
SELECT number, file, sha256, size_bytes, media_type, width_px, height_px FROM pictures WHERE job_id = ? ORDER BY number
"""
POSTS = "SELECT channel_id, message_id, numbers FROM posts WHERE job_id = ? AND message_id IS NOT NULL ORDER BY part"
ENTRIES = """
SELECT iif(kind IN ('reserve', 'settle'), cause_id, NULL) AS request_id, kind, guild_id, day, reserved, charged,
    extra_reserved, extra_charged, extra_left, reserved_microusd, charged_microusd, at_ms
FROM entries WHERE user_id = ? AND (cause_id, kind) > (?, ?) ORDER BY cause_id, kind LIMIT ?
"""
LAST_ENTRY = """
SELECT cause_id, kind FROM entries WHERE user_id = ? AND (cause_id, kind) > (?, ?)
ORDER BY cause_id, kind LIMIT 1 OFFSET ?
"""
BALANCES = """
SELECT guild_id, day, reserved, charged, extra_reserved, extra_charged, reserved_microusd, charged_microusd
FROM balances WHERE scope = 'member' AND user_id = ? ORDER BY day, guild_id
"""
EXTRAS = "SELECT guild_id, pictures FROM extras WHERE user_id = ? ORDER BY guild_id"
ALLOWANCES = "SELECT guild_id, images FROM allowances WHERE kind = 'member' AND subject_id = ? ORDER BY guild_id"
AUDIT = """
SELECT guild_id, action, before, after, at_ms, iif(admin_id = :user_id, 'by you', 'about you') AS whose
FROM audit WHERE admin_id = :user_id OR (subject_id = :user_id AND action <> 'set_role') ORDER BY at_ms
"""
ERASURE = "SELECT asked_ms, delete_posts FROM erasures WHERE user_id = ?"


class Belongings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def requests(self, user_id: int, *, after_id: int, most: int) -> tuple[list[Record], int]:
        """The member's requests after that one, oldest first, and the id of the last of them (0: there are no more)."""

        def work(connection: sqlite3.Connection) -> tuple[list[Record], int]:
            rows = _rows(connection, JOBS, (user_id, after_id, most))
            return [_request(connection, row) for row in rows], int(rows[-1]["id"]) if rows else 0

        return await self._database.read(work)

    async def entries(self, user_id: int, *, after: EntryKey, most: int) -> tuple[list[Record], EntryKey]:
        """What stands in the ledger after that entry, in the order of the requests, and the key of the last of them."""

        def work(connection: sqlite3.Connection) -> tuple[list[Record], EntryKey]:
            rows = _rows(connection, ENTRIES, (user_id, *after, most))
            if not rows:
                return [], after
            cause_id, kind = connection.execute(LAST_ENTRY, (user_id, *after, len(rows) - 1)).fetchone()
            return [_shown(row) for row in rows], (cause_id, kind)

        return await self._database.read(work)

    async def books(self, user_id: int) -> dict[str, list[Record]]:
        """How the member stands, and what admins set for the member or the member set as an admin."""

        def work(connection: sqlite3.Connection) -> dict[str, list[Record]]:
            one: Sequence[object] = (user_id,)
            return {
                "days": [_shown(row) for row in _rows(connection, BALANCES, one)],
                "extra_pictures": [_shown(row) for row in _rows(connection, EXTRAS, one)],
                "own_allowances": [_shown(row) for row in _rows(connection, ALLOWANCES, one)],
                "admins_changes": [_shown(row) for row in _rows(connection, AUDIT, {"user_id": user_id})],
                "erasures_under_way": [_shown(row) for row in _rows(connection, ERASURE, one)],
            }

        return await self._database.read(work)


def _request(connection: sqlite3.Connection, row: Record) -> Record:
    job_id, server = int(row["id"]), row["guild_id"]
    words_kept = bool(row.pop("words_kept"))
    request = _shown(row) | {
        "roles": [role for role in row["role_ids"].split(",") if role],
        "prompt": row["prompt"] if words_kept else None,
        "left_out": _split(row["left_out"]),
        "bot_was_missing": _split(row["missing"]),
        "calls": [_shown(each) for each in _rows(connection, CALLS, (job_id,))],
        "pictures": [_shown(each) for each in _rows(connection, PICTURES, (job_id,))],
        "posts": [_post(each, server) for each in _rows(connection, POSTS, (job_id,))],
    }
    return {name: value for name, value in request.items() if name not in ("role_ids", "missing")}


def _post(row: Record, server: int | None) -> Record:
    link = f"https://discord.com/channels/{server or '@me'}/{row['channel_id']}/{row['message_id']}"
    return {"link": link, "pictures": [int(number) for number in _split(row["numbers"])]}


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _rows(connection: sqlite3.Connection, sql: str, values: Sequence[object] | Mapping[str, object]) -> list[Record]:
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_FLAGS = ("private", "varied", "waiting", "member_may_write", "delete_posts")


def _shown(row: Record) -> Record:
    """A row under names and in forms that people and other programs read: text ids, times, yes and no."""
    shown: Record = {}
    for name, value in row.items():
        if name == "guild_id":
            shown["server_id"] = str(value) if value else None  # none: in direct messages
        elif name == "day":
            shown["day"] = start_of_day(value).date().isoformat()
        elif name.endswith("_ms"):
            shown[f"{name.removesuffix('_ms')}_at"] = None if value is None else from_ms(value).isoformat()
        elif name == "id" or name.endswith("_id"):
            shown[name] = None if value is None else str(value)
        elif name in _FLAGS:
            shown[name] = bool(value)
        else:
            shown[name] = value
    if "at_at" in shown:
        shown["at"] = shown.pop("at_at")
    return shown
