"""The books on the disk as anybody can read them, and the sums that have to come out; for every room of tests."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.store.engine import sqlite3

ENDED = {"delivered", "refused", "failed", "cancelled"}

JOBS = """
SELECT jobs.id, iif(jobs.waiting, 'waiting', jobs.state), jobs.user_id,
    coalesce(sum(entries.charged + entries.extra_charged), 0),
    coalesce(sum(entries.reserved + entries.extra_reserved), 0)
FROM jobs LEFT JOIN entries ON entries.cause_id = jobs.id AND entries.kind IN ('reserve', 'settle')
GROUP BY jobs.id ORDER BY jobs.id
"""
MONEY = """
SELECT jobs.id, iif(jobs.waiting, 'waiting', jobs.state), jobs.most_microusd, jobs.cost_microusd,
    coalesce(sum(entries.charged_microusd), 0), coalesce(sum(entries.reserved_microusd), 0),
    (SELECT coalesce(sum(coalesce(cost_microusd, most_microusd)), 0) FROM calls WHERE job_id = jobs.id)
FROM jobs LEFT JOIN entries ON entries.cause_id = jobs.id AND entries.kind IN ('reserve', 'settle')
GROUP BY jobs.id ORDER BY jobs.id
"""
DEARER_THAN_THE_MOST = "SELECT * FROM calls WHERE cost_microusd > most_microusd"
DRIFT = """
SELECT scope, guild_id, user_id FROM balances
WHERE min(reserved, charged, extra_reserved, extra_charged, reserved_microusd, charged_microusd) < 0
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'member' AND (reserved, charged, reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved), sum(charged), sum(reserved_microusd), sum(charged_microusd) FROM entries
    WHERE entries.guild_id = balances.guild_id AND entries.user_id = balances.user_id AND entries.day = balances.day)
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'server' AND (reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved_microusd), sum(charged_microusd) FROM entries
    WHERE entries.guild_id = balances.guild_id AND entries.day = balances.day)
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'bot' AND (reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved_microusd), sum(charged_microusd) FROM entries WHERE entries.day = balances.day)
"""


@dataclass(frozen=True, slots=True)
class JobBooks:
    """One job: pictures it was charged for, and pictures that are still reserved for it.

    `state` is as the bot calls it, or `waiting` where painted pictures wait in /quota.
    """

    id: int
    state: str
    user_id: int
    charged: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Money:
    """What one job can cost and did cost, and what was charged and is reserved for it, in micro-dollars.

    `of_calls` is what its calls add up to, those of unknown cost at their most.
    """

    id: int
    state: str
    most: int | None
    cost: int | None
    charged: int
    reserved: int
    of_calls: int


def read_jobs(database: Path) -> list[JobBooks]:
    """All jobs, oldest first."""
    with opened(database) as connection:
        return _jobs(connection)


def read_money(database: Path) -> list[Money]:
    """All jobs, oldest first."""
    with opened(database) as connection:
        return _money(connection)


def wrong_sums(database: Path) -> list[str]:
    """What does not add up, a sentence each: balances and entries, what jobs reserve, what they were charged.

    All of it is read at one moment: a bot may be at work.
    """
    with opened(database) as connection:
        connection.execute("BEGIN")
        wrong = [f"balance {row} is not the sum of its entries" for row in connection.execute(DRIFT)]
        wrong += [f"call {row} cost more than its most" for row in connection.execute(DEARER_THAN_THE_MOST)]
        wrong += filter(None, map(_unsettled, _money(connection)))
        jobs = _jobs(connection)
    wrong += [f"{job} holds pictures" for job in jobs if job.reserved and job.state in ENDED]
    wrong += [f"{job} was charged" for job in jobs if job.charged and job.state != "delivered"]
    return wrong


def _unsettled(spent: Money) -> str | None:
    if spent.state not in ENDED:
        is_right = (spent.reserved, spent.charged) == (spent.most or 0, 0)
        return None if is_right else f"{spent} is settled too soon"
    is_right = (spent.reserved, spent.charged) == (0, spent.of_calls) and spent.cost in (None, spent.of_calls)
    return None if is_right else f"{spent} is not settled"


def _jobs(connection: sqlite3.Connection) -> list[JobBooks]:
    return [JobBooks(*row) for row in connection.execute(JOBS)]


def _money(connection: sqlite3.Connection) -> list[Money]:
    return [Money(*row) for row in connection.execute(MONEY)]


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """The books, to be read only."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5.0)) as connection:
        yield connection
