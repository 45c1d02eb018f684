"""How SQLite goes about our statements: none reads all that ever was, however old the file is."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.store
from bot.store.database import Database
from bot.store.engine import sqlite3

LARGE = "jobs|entries|balances|calls|pictures|posts"
SCAN = re.compile(rf"^SCAN ({LARGE})(?: USING (?:COVERING )?INDEX (\w+))?$")
SMALL = {
    "jobs_unfinished",
    "jobs_untold",
    "jobs_queued",
    "jobs_waiting",
    "calls_answered",  # in its order, and no more than are wanted
}
"""Indexes of what has not ended, or ended a moment ago: to read one whole is to read what there is to do."""

ONCE = {"bot.store.backup.NOBODY_TO_TELL", "bot.store.copying.COUNTS", "bot.store.copying.FORGET_TOKENS"}
"""Of a backup and a restore, which read the whole file anyway."""

IS_SQL = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\s")


def statements() -> Iterator[tuple[str, str]]:
    for found in pkgutil.iter_modules(bot.store.__path__, "bot.store."):
        for name, value in vars(importlib.import_module(found.name)).items():
            for sql in value if isinstance(value, tuple) else (value,):
                if isinstance(sql, str) and IS_SQL.match(sql) and f"{found.name}.{name}" not in ONCE:
                    yield f"{found.name}.{name}", sql


def scans(connection: sqlite3.Connection, sql: str) -> list[str]:
    names = set(re.findall(r":(\w+)", sql))
    values: dict[str, int] | list[int] = dict.fromkeys(names, 1) if names else [1] * sql.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    return [step for step in plan if (found := SCAN.match(step)) and found[2] not in SMALL]


async def test_no_statement_reads_all_requests_or_all_of_the_books(path: Path) -> None:
    async with Database.open(path):
        pass
    connection = sqlite3.connect(path)
    try:
        found = {name: scans(connection, sql) for name, sql in statements()}
    finally:
        connection.close()

    assert len(found) > 100, "the statements are found"
    assert {name: steps for name, steps in found.items() if steps} == {}


@pytest.mark.parametrize("sql", ["SELECT id FROM jobs WHERE pictures_kept = 1 ORDER BY id", "SELECT * FROM entries"])
async def test_a_statement_that_does_is_found_out(path: Path, sql: str) -> None:
    async with Database.open(path):
        pass
    connection = sqlite3.connect(path)
    try:
        assert scans(connection, sql)
    finally:
        connection.close()
