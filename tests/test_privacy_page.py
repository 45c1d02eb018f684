"""The page of what is stored is whole: every table and column of the database, every field of an export."""

import re
from pathlib import Path

import pytest

from bot.store.engine import sqlite3
from bot.store.schema import MIGRATIONS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "privacy.md"


def stored() -> dict[str, set[str]]:
    """The columns of every table, as a new database has them."""
    connection = sqlite3.connect(":memory:")
    for step in MIGRATIONS:
        for statement in step:
            connection.execute(statement)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in tables}
    connection.close()
    return columns


def named() -> dict[str, list[str]]:
    """The columns of every table, as the page's table has them; a row without a table goes on with the last one."""
    text = PAGE.read_text("utf-8").partition("### What is stored")[2].partition("\n### ")[0]
    found: dict[str, list[str]] = {}
    table = ""
    for first, second in re.findall(r"^\| (`\w+`)? ?\| (`.*?`) \| ", text, re.MULTILINE):
        table = first.strip("`") or table
        found.setdefault(table, []).extend(re.findall(r"`(\w+)`", second))
    return found


def test_the_page_names_every_table() -> None:
    assert set(named()) == set(stored())


@pytest.mark.parametrize("table", sorted(stored()))
def test_the_page_names_every_column_once(table: str) -> None:
    assert sorted(named().get(table, [])) == sorted(stored()[table])


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/operations.md", "CHANGELOG.md"])
def test_the_page_is_found_from(page: str) -> None:
    assert re.search(r"\]\((docs/)?privacy\.md\)", (ROOT / page).read_text("utf-8"))
