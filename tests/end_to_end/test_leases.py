"""Whose jobs may be taken: a living process keeps its own, and its lease counts only where nothing else can tell."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Arrival, Place, Requester, Way
from bot.owner import Owner
from bot.request import ImageRequest
from bot.store.database import Database
from bot.store.jobs import Jobs
from bot.store.leases import Leases
from bot.store.ledger import Ledger
from tests.clock import START

SOON, MUCH_LATER = START + timedelta(seconds=5), START + timedelta(hours=1)


@dataclass
class House:
    """Two processes on one folder: the first has a job, and `life` ends it."""

    folder: Path
    first: Owner
    life: AsyncExitStack
    second: Owner
    leases: Leases

    async def taken(self, *, later: bool) -> int:
        """How many jobs the second process takes for itself."""
        return len(await self.leases.take_abandoned(self.second.is_gone, at=MUCH_LATER if later else SOON))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    ledger = Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None)
    arrival = Arrival(id=1, way=Way.SLASH, requester=Requester(2), place=Place(channel_id=3, guild_id=4))
    async with AsyncExitStack() as doors:
        database = await doors.enter_async_context(Database.open(tmp_path / "easel.db"))
        life = await doors.enter_async_context(AsyncExitStack())
        first = life.enter_context(Owner.open(tmp_path / "owners"))
        second = doors.enter_context(Owner.open(tmp_path / "owners"))
        await Jobs(database, ledger, owner=first.boot_id).accept(ImageRequest.imagine("a fox"), arrival, at=START)
        yield House(tmp_path / "owners", first, life, second, Jobs(database, ledger, owner=second.boot_id).leases)


async def test_a_process_that_holds_its_lock_keeps_its_jobs_even_when_its_lease_has_ended(house: House) -> None:
    assert await house.taken(later=False) == 0
    assert await house.taken(later=True) == 0


async def test_a_process_that_let_go_of_its_lock_loses_its_jobs_at_once(house: House) -> None:
    await house.life.aclose()

    assert await house.taken(later=False) == 1
    assert await house.taken(later=False) == 0, "they have a new owner now"


async def test_of_a_process_whose_file_is_missing_the_lease_decides(house: House) -> None:
    (house.folder / f"{house.first.boot_id}.lock").unlink()

    assert await house.taken(later=False) == 0
    assert await house.taken(later=True) == 1
