"""What the owners were told is not repeated too soon, by whichever process; and the table comes to older files."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.database import Database
from bot.store.reminders import Reminders
from bot.store.schema import MIGRATIONS

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_each_subject_is_due_once_a_day(database: Database) -> None:
    reminders = Reminders(database)

    async def due(subject: str, at: datetime) -> bool:
        return await reminders.due(subject, every=DAY, at=at)

    assert await due("ending a", NOON)
    assert await due("ending b", NOON)
    assert not await due("ending a", NOON + DAY - timedelta(seconds=1))
    assert await due("ending a", NOON + DAY)
    assert not await due("ending a", NOON + DAY)


async def test_of_two_processes_one_tells(path: Path) -> None:
    async with Database.open(path) as one, Database.open(path) as other:
        told = await asyncio.gather(*(Reminders(each).due("ending a", every=DAY, at=NOON) for each in (one, other)))

    assert sorted(told) == [False, True]


async def test_a_file_from_before_reminders_gets_them(path: Path) -> None:
    before = next(number for number, step in enumerate(MIGRATIONS) if "CREATE TABLE reminders" in step[0])
    async with Database.open(path, migrations=MIGRATIONS[:before]):
        pass

    async with Database.open(path) as database:
        assert await Reminders(database).due("ending a", every=DAY, at=NOON)


async def test_what_a_clock_gone_wrong_has_told_in_years_to_come_is_due_again_when_it_is_right(
    database: Database,
) -> None:
    reminders = Reminders(database)
    assert await reminders.due("ending a", every=DAY, at=NOON + 365 * DAY)

    assert await reminders.due("ending a", every=DAY, at=NOON)
    assert not await reminders.due("ending a", every=DAY, at=NOON + timedelta(hours=1))
