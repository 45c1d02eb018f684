"""Random histories of the ledger, with duplicates, midnights and crashes, against what quotas promise."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from bot.clock import day_number
from bot.errors import BudgetReached, CeilingReached, QuotaExhausted
from bot.model import Allowance, Requester
from bot.store.audit import Change, Order
from bot.store.balances import Scope, balance
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.ledger import Ledger
from bot.store.opening import connect
from bot.store.quota_admin import QuotaAdmin
from bot.store.schema import MIGRATIONS
from tests.store.promises import (
    BOT_PER_DAY,
    BUDGET_MICROUSD,
    QUOTA_PER_DAY,
    SERVER_PER_DAY,
    Promises,
    Refusal,
)
from tests.store.sums import BALANCES, EXTRAS, SUMS_OF_ENTRIES, SUMS_OF_EXTRAS

GUILDS, MEMBERS = st.sampled_from([101, 102]), st.sampled_from([1, 2])
PLACES = st.sampled_from([101, 101, 102, 0])
ROLES = st.frozensets(st.sampled_from([301, 302]))
MOST = st.sampled_from([0, 1, 40_000, 250_000, 500_000])
IMAGES = st.none() | st.integers(0, 8)


class Histories(RuleBasedStateMachine):
    jobs: Bundle[int] = Bundle("jobs")
    orders: Bundle[int] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.at = datetime(2026, 5, 4, 12, tzinfo=UTC)
        self.promises = Promises(day_number(self.at))
        self.ledger = Ledger(
            quota_per_day=QUOTA_PER_DAY,
            server_per_day=SERVER_PER_DAY,
            bot_per_day=BOT_PER_DAY,
            budget_microusd=BUDGET_MICROUSD,
        )
        self.last_id = 0
        self.asked: dict[int, tuple[Requester, int, int, int]] = {}
        self.commanded: dict[int, tuple[Callable[[], Awaitable[Change]], Change]] = {}
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "easel0.db"
        self.runner = asyncio.Runner()
        self.doors = AsyncExitStack()
        self.open()

    def open(self) -> None:
        self.database = self.runner.run(self.doors.enter_async_context(Database.open(self.path)))
        self.admin = QuotaAdmin(self.database, self.ledger)

    def close(self) -> None:
        self.runner.run(self.doors.aclose())

    def teardown(self) -> None:
        self.close()
        self.runner.close()
        self.folder.cleanup()

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def ask(self, connection: sqlite3.Connection, job_id: int) -> None:
        requester, guild_id, wanted, most_microusd = self.asked[job_id]
        self.ledger.reserve(
            connection,
            job_id=job_id,
            requester=requester,
            guild_id=guild_id or None,
            pictures=wanted,
            at=self.at,
            most_microusd=most_microusd,
        )

    def try_to_reserve(self, job_id: int) -> Refusal | None:
        try:
            self.runner.run(self.database.transaction(lambda connection: self.ask(connection, job_id)))
        except QuotaExhausted as refused:
            return "member", refused.left
        except CeilingReached as refused:
            return refused.scope, refused.left
        except BudgetReached as refused:
            return "budget", BUDGET_MICROUSD - refused.charged_microusd - refused.reserved_microusd
        return None

    @rule(target=jobs, user_id=MEMBERS, guild_id=PLACES, roles=ROLES, wanted=st.integers(1, 5), most_microusd=MOST)
    def reserve(
        self, user_id: int, guild_id: int, roles: frozenset[int], wanted: int, most_microusd: int
    ) -> int | MultipleResults[int]:
        job_id = self.new_id()
        self.asked[job_id] = (Requester(user_id, roles), guild_id, wanted, most_microusd)
        expected = self.promises.refusal(guild_id, user_id, roles, wanted, most_microusd)

        assert self.try_to_reserve(job_id) == expected
        if expected is not None:
            return multiple()
        self.promises.reserve(job_id, guild_id, user_id, roles, wanted, most_microusd)
        return job_id

    @rule(job_id=jobs)
    def reserve_again(self, job_id: int) -> None:
        assert self.try_to_reserve(job_id) is None

    @rule(job_id=jobs, delivered=st.integers(0, 5), cost_microusd=st.integers(0, 600_000))
    def settle(self, job_id: int, delivered: int, cost_microusd: int) -> None:
        """The cost depends neither on what was delivered nor on what was reserved for it."""
        job = self.promises.jobs[job_id]
        if job.painted is None:
            job.painted, job.cost_microusd = min(delivered, job.of_day + job.of_extras), cost_microusd

        charged = self.runner.run(
            self.database.transaction(
                lambda connection: self.ledger.settle(
                    connection, job_id=job_id, delivered=delivered, at=self.at, cost_microusd=cost_microusd
                )
            )
        )
        assert charged == job.painted

    def command(self, act: Callable[[Order], Awaitable[Change]], guild_id: int) -> tuple[int, Change]:
        order = Order(interaction_id=self.new_id(), guild_id=guild_id, admin_id=9, at=self.at)
        change = self.runner.run(_awaited(act(order)))
        self.commanded[order.interaction_id] = (lambda: act(order), change)
        return order.interaction_id, change

    @rule(target=orders, guild_id=GUILDS, kind=st.sampled_from(["member", "role", "default"]), images=IMAGES)
    def set_allowance(self, guild_id: int, kind: str, images: int | None) -> int:
        subject_id = {"member": 1, "role": 301, "default": 0}[kind]
        acts: dict[str, Callable[[Order], Awaitable[Change]]] = {
            "member": lambda order: self.admin.set_member(order, user_id=1, images=images),
            "role": lambda order: self.admin.set_role(order, role_id=301, images=images),
            "default": lambda order: self.admin.set_default(order, images=images),
        }
        before = self.promises.settings.pop((guild_id, kind, subject_id), None)
        if images is not None:
            self.promises.settings[guild_id, kind, subject_id] = images

        interaction_id, change = self.command(acts[kind], guild_id)

        assert (change.before, change.after) == (before, images)
        return interaction_id

    @rule(target=orders, guild_id=GUILDS, user_id=MEMBERS, images=st.integers(0, 4))
    def grant(self, guild_id: int, user_id: int, images: int) -> int:
        before = self.promises.extras(guild_id, user_id)
        self.promises.granted[guild_id, user_id] += images

        interaction_id, change = self.command(
            lambda order: self.admin.grant(order, user_id=user_id, images=images), guild_id
        )

        assert (change.before, change.after) == (before, before + images)
        return interaction_id

    @rule(target=orders, guild_id=GUILDS, user_id=MEMBERS)
    def reset(self, guild_id: int, user_id: int) -> int:
        given_back = self.promises.reset(guild_id, user_id)

        interaction_id, change = self.command(lambda order: self.admin.reset(order, user_id=user_id), guild_id)

        assert (change.before, change.after) == (given_back, 0)
        return interaction_id

    @rule(interaction_id=orders)
    def deliver_an_order_again(self, interaction_id: int) -> None:
        act, first = self.commanded[interaction_id]

        assert self.runner.run(_awaited(act())) == first

    @rule()
    def midnight(self) -> None:
        self.at += timedelta(days=1)
        self.promises.day += 1

    @rule()
    def restart(self) -> None:
        self.close()
        self.open()

    @rule(user_id=MEMBERS, guild_id=PLACES, delivered=st.integers(0, 2), most_microusd=MOST)
    def crash_inside_a_transaction(self, user_id: int, guild_id: int, delivered: int, most_microusd: int) -> None:
        """The disk as it is in the middle of writing is all that the next process finds."""
        self.close()
        job_id = self.new_id()
        self.asked[job_id] = (Requester(user_id), guild_id, 1, most_microusd)
        with closing(connect(self.path, MIGRATIONS, 10)) as dying:
            dying.execute("PRAGMA cache_size = 1")  # so that pages reach the file before the commit
            dying.execute("BEGIN IMMEDIATE")
            if self.promises.refusal(guild_id, user_id, frozenset(), 1, most_microusd) is None:
                self.ask(dying, job_id)
            for open_job in self.promises.jobs:
                self.ledger.settle(dying, job_id=open_job, delivered=delivered, at=self.at, cost_microusd=7)
            found = self.path.with_name(f"easel{job_id}.db")
            for ending in ("", "-journal", "-wal"):
                if Path(f"{self.path}{ending}").exists():
                    shutil.copy(f"{self.path}{ending}", f"{found}{ending}")
            dying.execute("ROLLBACK")
        self.path = found
        self.open()

    @invariant()
    def balances_are_the_sums_of_their_entries_and_nothing_is_negative(self) -> None:
        balances, sums, extras, sums_of_extras = self.runner.run(
            self.database.read(
                lambda connection: [
                    sorted(connection.execute(sql).fetchall())
                    for sql in (BALANCES, SUMS_OF_ENTRIES, EXTRAS, SUMS_OF_EXTRAS)
                ]
            )
        )

        assert balances == sums
        assert extras == sums_of_extras
        assert all(number >= 0 for row in (*balances, *extras) for number in row[2:] if isinstance(number, int))

    @invariant()
    def the_owners_money_stands_as_promised(self) -> None:
        bot = self.runner.run(self.database.read(lambda connection: balance(connection, Scope.bot(self.promises.day))))

        assert (bot.reserved_microusd, bot.charged_microusd) == self.promises.money()

    @invariant()
    def every_member_stands_as_promised(self) -> None:
        members = [(guild_id, Requester(user_id, frozenset({301}))) for guild_id in (101, 102, 0) for user_id in (1, 2)]

        found = self.runner.run(
            self.database.read(
                lambda connection: [
                    self.ledger.allowance(connection, requester=requester, guild_id=guild_id or None, at=self.at)
                    for guild_id, requester in members
                ]
            )
        )

        assert found == [
            Allowance(
                allowed=self.promises.allowed(guild_id, requester.user_id, requester.role_ids),
                used=self.promises.used(guild_id, requester.user_id),
                extra=self.promises.extras(guild_id, requester.user_id),
            )
            for guild_id, requester in members
        ]


async def _awaited(change: Awaitable[Change]) -> Change:
    return await change


Histories.TestCase.settings = settings(
    max_examples=50, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase
