"""A thousand at once against twenty-five left: exactly twenty-five, also from two processes. Money alike."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from bot.store.balances import Balance, Scope, balance
from bot.store.database import Database
from tests.store import rush

DAY = int(rush.NOON.timestamp()) // 86_400

ONE_MEMBER, MANY_MEMBERS = 1, 100
MOST_MICROUSD = 39_000  # 25 of these fit into the budget of a dollar, and 25,000 micro-dollars are left
FULL = {ONE_MEMBER: Scope.member(101, 1, DAY), MANY_MEMBERS: Scope.server(101, DAY)}


@pytest.mark.parametrize("members", FULL)
async def test_a_thousand_at_once_against_25_left_give_exactly_25(database: Database, members: int) -> None:
    accepted = await rush.rush(database, first_job=1, requests=1_000, members=members, at_once=1_000)

    assert accepted == 25
    assert await database.read(lambda connection: balance(connection, FULL[members])) == Balance(reserved=25)


async def test_a_thousand_at_once_never_pass_a_small_budget(database: Database) -> None:
    accepted = await rush.rush(
        database, first_job=1, requests=1_000, members=MANY_MEMBERS, at_once=1_000, most_microusd=MOST_MICROUSD
    )

    assert accepted == 25
    held = await database.read(lambda connection: balance(connection, Scope.bot(DAY)))
    assert held == Balance(reserved=25, reserved_microusd=25 * MOST_MICROUSD)


async def start(path: Path, first_job: int, members: int, most_microusd: int = 0) -> Process:
    arguments = [str(path), str(first_job), "500", str(members), "4", str(most_microusd)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(rush.__file__)), *arguments, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
    return process


@pytest.mark.parametrize("members", FULL)
async def test_a_thousand_from_two_processes_against_25_left_give_exactly_25(path: Path, members: int) -> None:
    processes = await asyncio.gather(start(path, 1, members), start(path, 10_001, members))

    answers = await asyncio.gather(*(asyncio.wait_for(process.communicate(b"go\n"), 60) for process in processes))

    assert [process.returncode for process in processes] == [0, 0]
    assert sum(int(output) for output, _ in answers) == 25
    async with Database.open(path) as database:
        assert await database.read(lambda connection: balance(connection, FULL[members])) == Balance(reserved=25)


async def test_a_thousand_from_two_processes_never_pass_a_small_budget(path: Path) -> None:
    processes = await asyncio.gather(
        start(path, 1, MANY_MEMBERS, MOST_MICROUSD), start(path, 10_001, MANY_MEMBERS, MOST_MICROUSD)
    )

    answers = await asyncio.gather(*(asyncio.wait_for(process.communicate(b"go\n"), 60) for process in processes))

    assert [process.returncode for process in processes] == [0, 0]
    assert sum(int(output) for output, _ in answers) == 25
    async with Database.open(path) as database:
        held = await database.read(lambda connection: balance(connection, Scope.bot(DAY)))
    assert held == Balance(reserved=25, reserved_microusd=25 * MOST_MICROUSD)
