"""What a job's calls cost, added up within a transaction: what is known, and what is charged for them."""

from collections.abc import Mapping

from bot.store.engine import sqlite3

ADD_UP = """
UPDATE jobs SET cost_microusd = (
    SELECT iif(count(*) = count(calls.cost_microusd), coalesce(sum(calls.cost_microusd), 0), NULL)
    FROM calls WHERE calls.job_id = jobs.id)
WHERE id = ?
"""
CHARGED = "SELECT coalesce(sum(coalesce(cost_microusd, most_microusd)), 0) FROM calls WHERE job_id = ?"
COST = "UPDATE calls SET cost_microusd = ? WHERE job_id = ? AND number = ?"


MOST = "SELECT coalesce(most_microusd, 0) FROM calls WHERE job_id = ? AND number = ?"
RAISE = "UPDATE calls SET most_microusd = ? WHERE job_id = ? AND number = ?"


def raise_most(connection: sqlite3.Connection, job_id: int, number: int, most_microusd: int) -> int:
    """A call turned out to cost more at most than was entered; by how much."""
    before: int = connection.execute(MOST, (job_id, number)).fetchone()[0]
    if most_microusd > before:
        connection.execute(RAISE, (most_microusd, job_id, number))
    return max(0, most_microusd - before)


def enter(connection: sqlite3.Connection, job_id: int, costs: Mapping[int, int | None]) -> None:
    """What answered calls did cost, by their numbers; None where that is not known."""
    connection.executemany(COST, [(microusd, job_id, number) for number, microusd in costs.items()])


def add_up(connection: sqlite3.Connection, job_id: int) -> None:
    """Write down what the job did cost: null as soon as the cost of one call is not known, 0 without a call."""
    connection.execute(ADD_UP, (job_id,))


def charged(connection: sqlite3.Connection, job_id: int) -> int:
    """Millionths of a dollar: the cost of each call, and where nobody knows it the most that it can be.

    A call of which neither is known counts nothing: with a budget there is none.
    """
    return int(connection.execute(CHARGED, (job_id,)).fetchone()[0])
