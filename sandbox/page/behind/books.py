"""The bot's own database, looked into from outside: another program's file, opened for reading only.

All that the sandbox knows of its tables stands here. When they change (bot/store/job_tables.py, bot/store/schema.py),
this has to follow; a test holds every statement against the file of the real bot.
"""

import sqlite3
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.discord.wire import Json

DAY_MS = 24 * 60 * 60 * 1000
PATIENCE_S = 0.5  # the bot's own writes are never in its way for longer

JOB = """
SELECT state, prompt, accepted_ms, started_ms, painted_ms, ended_ms, failure, told, waiting FROM jobs WHERE id = ?
"""
CALLS = "SELECT number, endpoint, model, count, state, sent_ms, took_ms FROM calls WHERE job_id = ? ORDER BY number"
PICTURES = "SELECT count(*), coalesce(sum(size_bytes), 0) FROM pictures WHERE job_id = ?"
POSTS = "SELECT part, message_id FROM posts WHERE job_id = ? ORDER BY part"
ENTRIES = """
SELECT kind, reserved + extra_reserved, charged + extra_charged, reserved_microusd, charged_microusd, at_ms
FROM entries WHERE cause_id = ? AND kind IN ('reserve', 'settle')
"""
JOB_OF_KEY = "SELECT id FROM jobs WHERE key = ?"
ALLOWANCES = "SELECT kind, subject_id, images FROM allowances WHERE guild_id = ?"
BALANCE = """
SELECT reserved, charged, extra_reserved, extra_charged FROM balances
WHERE scope = 'member' AND guild_id = ? AND day = ? AND user_id = ?
"""
EXTRAS = "SELECT pictures FROM extras WHERE guild_id = ? AND user_id = ?"


@dataclass(frozen=True, slots=True)
class CallRow:
    number: int
    endpoint: str
    model: str
    count: int
    state: str
    sent_ms: int
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of the member's balance by a job: differences, in pictures and in millionths of a dollar."""

    kind: str
    reserved: int
    charged: int
    reserved_microusd: int
    charged_microusd: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class JobLook:
    """A job as its rows tell it just now. `posts` are (part, message's id; None while its fate is open)."""

    state: str
    prompt: str
    accepted_ms: int
    started_ms: int | None
    painted_ms: int | None
    ended_ms: int | None
    failure: str | None
    told: bool
    waiting: bool
    calls: tuple[CallRow, ...]
    pictures: int
    pictures_bytes: int
    posts: tuple[tuple[str, int | None], ...]
    entries: tuple[Entry, ...]

    def entry(self, kind: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.kind == kind), None)


@dataclass(frozen=True, slots=True)
class BalanceLook:
    """A member's pictures of today (UTC) in one server, or in direct messages. `extra` are extra pictures left."""

    allowed: int
    reserved: int
    charged: int
    extra: int
    extra_reserved: int
    extra_charged: int

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.reserved - self.charged) + self.extra

    def shown(self) -> Json:
        return {**asdict(self), "left": self.left}


class Books:
    """`per_day` is the bot's setting, which holds where a server has no rule of its own."""

    def __init__(self, path: Path, *, per_day: int) -> None:
        self._path = path
        self._per_day = per_day

    def jobs(self, ids: Collection[int]) -> dict[int, JobLook]:
        """Those of the requests that have become jobs. Blocks, as all of these do; raises sqlite3.Error."""
        with closing(self._opened()) as connection:
            connection.execute("BEGIN")  # all rows of one moment
            found = {job_id: _job(connection, job_id) for job_id in ids}
        return {job_id: look for job_id, look in found.items() if look is not None}

    def job_of_key(self, key: str) -> int | None:
        """Which job a button belongs to."""
        with closing(self._opened()) as connection:
            row = connection.execute(JOB_OF_KEY, (key,)).fetchone()
        return None if row is None else int(row[0])

    def balance(self, user_id: int, guild_id: int | None, role_ids: Collection[int]) -> BalanceLook:
        with closing(self._opened()) as connection:
            connection.execute("BEGIN")
            day, place = int(time.time() * 1000) // DAY_MS, guild_id or 0
            row = connection.execute(BALANCE, (place, day, user_id)).fetchone() or (0, 0, 0, 0)
            extra = connection.execute(EXTRAS, (place, user_id)).fetchone() or (0,)
            rules = [] if guild_id is None else connection.execute(ALLOWANCES, (guild_id,)).fetchall()
        reserved, charged, extra_reserved, extra_charged = row
        allowed = self._allowed(rules, user_id, role_ids)
        return BalanceLook(allowed, reserved, charged, extra[0], extra_reserved, extra_charged)

    def _allowed(self, rules: list[tuple[str, int, int]], user_id: int, role_ids: Collection[int]) -> int:
        """A member's own rule, else the best of his roles, else the server's, else the setting."""
        own = [images for kind, subject, images in rules if kind == "member" and subject == user_id]
        roles = [images for kind, subject, images in rules if kind == "role" and subject in role_ids]
        default = [images for kind, _, images in rules if kind == "default"]
        return next((max(images) for images in (own, roles, default) if images), self._per_day)

    def _opened(self) -> sqlite3.Connection:
        """Raises sqlite3.Error, when the file is not there yet or busy for too long."""
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(address, uri=True, timeout=PATIENCE_S, isolation_level=None)


def _job(connection: sqlite3.Connection, job_id: int) -> JobLook | None:
    row = connection.execute(JOB, (job_id,)).fetchone()
    if row is None:
        return None
    state, prompt, accepted_ms, started_ms, painted_ms, ended_ms, failure, told, waiting = row
    pictures, pictures_bytes = connection.execute(PICTURES, (job_id,)).fetchone()
    return JobLook(
        state=state,
        prompt=prompt,
        accepted_ms=accepted_ms,
        started_ms=started_ms,
        painted_ms=painted_ms,
        ended_ms=ended_ms,
        failure=failure,
        told=bool(told),
        waiting=bool(waiting),
        calls=tuple(CallRow(*each) for each in connection.execute(CALLS, (job_id,))),
        pictures=pictures,
        pictures_bytes=pictures_bytes,
        posts=tuple(connection.execute(POSTS, (job_id,)).fetchall()),
        entries=tuple(Entry(*each) for each in connection.execute(ENTRIES, (job_id,))),
    )
