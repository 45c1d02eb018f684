"""A process of its own that asks for many pictures at once; prints how many it got.

Run as: rush.py <database> <first job> <requests> <members> <at once> <most>. It starts when it is given a line.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import BudgetReached, CeilingReached, QuotaExhausted
from bot.model import Requester
from bot.store.database import Database
from bot.store.ledger import Ledger

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LEFT = 25
BUDGET_MICROUSD = 1_000_000


async def rush(
    database: Database, *, first_job: int, requests: int, members: int, at_once: int, most_microusd: int = 0
) -> int:
    """One picture for each job, members by turns, `at_once` waiting at any moment; how many were accepted.

    A single member has 25 left; several have more than enough, in a server that has 25 left. Where pictures cost
    something, a budget of one dollar is the only limit.
    """
    if most_microusd:
        ledger = Ledger(quota_per_day=1_000, server_per_day=None, bot_per_day=None, budget_microusd=BUDGET_MICROUSD)
    else:
        ledger = Ledger(quota_per_day=LEFT, server_per_day=None if members == 1 else LEFT, bot_per_day=None)

    async def ask(job_id: int) -> bool:
        requester = Requester(job_id % members + 1)
        try:
            await database.transaction(
                lambda connection: ledger.reserve(
                    connection,
                    job_id=job_id,
                    requester=requester,
                    guild_id=101,
                    pictures=1,
                    at=NOON,
                    most_microusd=most_microusd,
                )
            )
        except (QuotaExhausted, CeilingReached, BudgetReached):
            return False
        return True

    async def ask_by_turns(start: int) -> int:
        return sum([await ask(job_id) for job_id in range(first_job + start, first_job + requests, at_once)])

    return sum(await asyncio.gather(*(ask_by_turns(start) for start in range(at_once))))


async def main(path: Path, first_job: int, requests: int, members: int, at_once: int, most_microusd: int) -> None:
    async with Database.open(path, busy_timeout_s=30) as database:
        print("ready", flush=True)  # noqa: T201  # what the test waits for
        await asyncio.to_thread(sys.stdin.readline)
        accepted = await rush(
            database,
            first_job=first_job,
            requests=requests,
            members=members,
            at_once=at_once,
            most_microusd=most_microusd,
        )
        print(accepted)  # noqa: T201  # the answer


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
