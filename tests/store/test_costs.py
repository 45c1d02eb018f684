"""A job's money: what its calls did cost, or at most can have cost, is charged with its end; also in older files."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import day_number, to_ms
from bot.errors import BudgetReached
from bot.model import Arrival, Endpoint, Job, JobState, Place, Requester, Way
from bot.request import ImageRequest
from bot.store.artifacts import Artifacts
from bot.store.balances import Balance, Scope, balance
from bot.store.database import Database
from bot.store.job_tables import TABLES
from bot.store.jobs import Jobs, Overtaken
from bot.store.ledger import Ledger
from bot.store.schema import QUOTAS
from tests.clock import START

BEFORE_MONEY = (QUOTAS, TABLES)
# What the version before wrote for a job that is being painted.
OLD_ROWS = (
    """
    INSERT INTO jobs (id, key, state, owner, lease_ms, way, operation, user_id, role_ids, guild_id, channel_id,
        application_id, prompt, count, private, missing, member_may_write, file_limit_bytes, accepted_ms)
    VALUES (1, 'abc', 'painting', 'me', 0, 'slash', 'imagine', 2, '', 4, 3, 0, 'a fox', 2, 0, '', 1, 1000, :at_ms)
    """,
    """
    INSERT INTO calls (job_id, number, endpoint, model, count, state, sent_ms)
    VALUES (1, 0, 'generations', 'x', 2, 'sent', :at_ms)
    """,
    """
    INSERT INTO entries (cause_id, kind, guild_id, user_id, day, reserved, at_ms)
    VALUES (1, 'reserve', 4, 2, :day, 2, :at_ms)
    """,
    """
    INSERT INTO balances (scope, guild_id, day, user_id, reserved)
    VALUES ('member', 4, :day, 2, 2), ('server', 4, :day, 0, 2), ('bot', 0, :day, 0, 2)
    """,
)
BOT = Scope.bot(day_number(START))
FOX = ImageRequest.imagine("a fox", count=2)


def arrival(number: int) -> Arrival:
    return Arrival(id=number, way=Way.SLASH, requester=Requester(2), place=Place(channel_id=3, guild_id=4))


@dataclass(frozen=True, slots=True)
class Books:
    database: Database
    jobs: Jobs
    artifacts: Artifacts

    @classmethod
    def of(cls, database: Database, owner: str = "me") -> "Books":
        ledger = Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None, budget_microusd=1_000_000)
        return cls(database, Jobs(database, ledger, owner=owner), Artifacts(database))

    async def painting(self, number: int, most_microusd: int | None) -> Job:
        job = await self.jobs.accept(FOX, arrival(number), at=START, most_microusd=most_microusd)
        assert job is not None
        return await self.jobs.start(job, at=START)

    async def call(self, job: Job, most_microusd: int | None) -> int:
        return await self.artifacts.call_sent(
            job.id,
            endpoint=Endpoint.GENERATIONS,
            model="x",
            quality=None,
            count=1,
            most_microusd=most_microusd,
            at=START,
        )

    async def painted(self, job: Job, **cost_of_calls: int | None) -> Job:
        costs = {int(name.removeprefix("call_")): cost for name, cost in cost_of_calls.items()}
        return await self.jobs.painted(job, model="x", endpoint=Endpoint.GENERATIONS, at=START, cost_of_calls=costs)

    async def bot(self) -> Balance:
        return await self.database.read(lambda connection: balance(connection, BOT))


@pytest.fixture
def books(database: Database) -> Books:
    return Books.of(database)


async def test_the_known_costs_of_a_jobs_calls_are_its_cost_and_its_charge(books: Books) -> None:
    job = await books.painting(1, 900_000)
    assert job.most_microusd == 900_000
    assert (await books.bot()).reserved_microusd == 900_000
    for _ in range(3):
        await books.call(job, 300_000)
    await books.artifacts.call_failed(job.id, 2, cost_microusd=0)

    painted = await books.painted(job, call_0=40_000, call_1=50_001)
    ended = await books.jobs.end(painted, JobState.DELIVERED, at=START, delivered=1)

    assert (painted.cost_microusd, ended.cost_microusd) == (90_001, 90_001)
    assert await books.bot() == Balance(charged=1, charged_microusd=90_001)


@pytest.mark.parametrize("is_failed", [False, True])
async def test_a_call_whose_cost_nobody_knows_is_charged_at_its_most_and_not_called_a_cost(
    books: Books, is_failed: bool
) -> None:
    """Answered without a count, lost after it was sent, or hidden by a crash."""
    job = await books.painting(1, 900_000)
    for _ in range(2):
        await books.call(job, 300_000)
    if is_failed:
        await books.artifacts.call_failed(job.id, 1, cost_microusd=None)

    painted = await books.painted(job, call_0=40_000)
    ended = await books.jobs.end(painted, JobState.DELIVERED, at=START, delivered=1)

    assert ended.cost_microusd is None
    assert (await books.bot()).charged_microusd == 340_000


async def test_a_job_that_failed_still_costs_what_its_calls_did(books: Books) -> None:
    job = await books.painting(1, 900_000)
    for _ in range(2):
        await books.call(job, 300_000)
    await books.artifacts.call_failed(job.id, 0, cost_microusd=0)
    await books.artifacts.call_failed(job.id, 1, cost_microusd=None)

    await books.jobs.end(job, JobState.FAILED, at=START)

    assert await books.bot() == Balance(charged_microusd=300_000)


async def test_a_cancelled_job_costs_nothing(books: Books) -> None:
    job = await books.jobs.accept(FOX, arrival(1), at=START, most_microusd=900_000)
    assert job is not None

    cancelled = await books.jobs.cancel(job.id, failure="", at=START)

    assert cancelled.cost_microusd == 0
    assert await books.bot() == Balance()


async def test_a_job_that_the_budget_refuses_is_not_written_down(books: Books) -> None:
    await books.painting(1, 900_000)

    with pytest.raises(BudgetReached):
        await books.jobs.accept(FOX, arrival(2), at=START, most_microusd=100_001)

    assert not await books.jobs.exists(2)


async def test_more_is_set_aside_for_what_comes_on_top_of_calls_whose_cost_nobody_knows(books: Books) -> None:
    job = await books.painting(1, 300_000)
    await books.call(job, 300_000)

    for _ in range(2):
        await books.jobs.cover(job, 500_000, at=START)

    assert (await books.bot()).reserved_microusd == 800_000
    assert (await books.jobs.get(job.id)).most_microusd == 800_000
    with pytest.raises(BudgetReached) as refused:
        await books.jobs.cover(job, 700_001, at=START)
    assert (refused.value.wanted_microusd, refused.value.reserved_microusd) == (200_001, 800_000)
    assert (await books.bot()).reserved_microusd == 800_000
    await books.jobs.end(job, JobState.FAILED, at=START)
    assert await books.bot() == Balance(charged_microusd=300_000)


async def test_less_than_was_set_aside_changes_nothing_and_a_job_that_ended_gets_no_more(books: Books) -> None:
    job = await books.painting(1, 300_000)

    await books.jobs.cover(job, 200_000, at=START)

    assert (await books.bot()).reserved_microusd == 300_000
    await books.jobs.end(job, JobState.FAILED, at=START)
    with pytest.raises(Overtaken):
        await books.jobs.cover(job, 500_000, at=START)
    assert await books.bot() == Balance()


async def test_another_process_sets_nothing_aside_for_a_job_that_is_not_its_own(books: Books) -> None:
    job = await books.painting(1, 300_000)

    with pytest.raises(Overtaken):
        await Books.of(books.database, owner="another").jobs.cover(job, 500_000, at=START)

    assert (await books.bot()).reserved_microusd == 300_000


async def test_who_was_overtaken_enters_no_cost(books: Books) -> None:
    job = await books.painting(1, 900_000)
    await books.call(job, 300_000)
    await books.jobs.end(job, JobState.FAILED, at=START)

    with pytest.raises(Overtaken):
        await books.painted(job, call_0=40_000)

    assert (await books.jobs.get(job.id)).cost_microusd is None
    assert (await books.bot()).charged_microusd == 300_000


async def test_unknown_costs_count_nothing_where_no_most_was_known(books: Books) -> None:
    job = await books.painting(1, None)
    await books.call(job, None)

    await books.jobs.end(job, JobState.FAILED, at=START)

    assert job.most_microusd is None
    assert await books.bot() == Balance()


async def test_a_file_from_before_the_money_is_brought_up_and_its_jobs_go_on(path: Path) -> None:
    values = {"day": BOT.day, "at_ms": to_ms(START)}
    async with Database.open(path, migrations=BEFORE_MONEY) as old:
        await old.transaction(lambda connection: [connection.execute(sql, values).rowcount for sql in OLD_ROWS])

    async with Database.open(path) as database:
        books = Books.of(database)
        found = await books.jobs.get(1)
        await books.painting(5, 900_000)
        painted = await books.painted(found, call_0=70_000)
        await books.jobs.end(painted, JobState.DELIVERED, at=START, delivered=1)

        assert (found.most_microusd, found.cost_microusd) == (None, None)
        assert painted.cost_microusd == 70_000
        assert await books.bot() == Balance(reserved=2, charged=1, reserved_microusd=900_000, charged_microusd=70_000)
