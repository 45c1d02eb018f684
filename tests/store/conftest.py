"""A real database in a folder of its own, and a ledger."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.ledger import Ledger
from tests.clock import FakeClock
from tests.store.desk import Desk


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "easel.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with Database.open(path) as database:
        yield database


@pytest.fixture
def ledger() -> Ledger:
    """20 a member, 25 a server, 40 for the whole bot."""
    return Ledger(quota_per_day=20, server_per_day=25, bot_per_day=40)


@pytest.fixture
def desk(database: Database, ledger: Ledger) -> Desk:
    return Desk(database, ledger)
