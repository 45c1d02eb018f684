"""The file: made once, private, brought up to date, and never touched when it is not ours or not whole."""

import asyncio
import contextlib
import stat
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.job_rows import many
from bot.store.opening import APPLICATION_ID, journal_mode
from bot.store.schema import LEFT_OUT, MIGRATIONS

FIRST = ("CREATE TABLE notes (text TEXT) STRICT",)
SECOND = ("ALTER TABLE notes ADD COLUMN day INTEGER", "UPDATE notes SET day = 7")

OLD_JOB = """
INSERT INTO jobs (id, key, state, owner, lease_ms, way, operation, user_id, role_ids, channel_id, application_id,
    prompt, count, private, missing, member_may_write, file_limit_bytes, accepted_ms)
VALUES (7, 'key', 'painting', 'boot', 0, 'slash', 'imagine', 1, '', 2, 3, 'a fox', 1, 0, '', 1, 10000000, 0)
"""


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


async def version(database: Database) -> object:
    """How many steps of the schema the file has taken."""
    return await database.read(lambda connection: pragma(connection, "user_version"))


async def refusal(path: Path) -> str:
    """The sentence that opening ends with; the file must be as it was."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        async with Database.open(path, busy_timeout_s=0.1):
            pass
    assert path.read_bytes() == before
    assert str(path) in str(refused.value)
    return str(refused.value)


async def test_a_missing_file_is_made_with_all_tables_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "easel.db"

    async with Database.open(path) as database:
        tables = await database.read(
            lambda connection: {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        )

        assert {"allowances", "balances", "extras", "entries", "audit", "jobs"} <= tables
        assert await version(database) == len(MIGRATIONS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_was_put_back_with_wider_rights_is_narrowed(path: Path) -> None:
    async with Database.open(path):
        pass
    path.chmod(0o644)

    async with Database.open(path):
        pass

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_every_commit_is_synced_and_foreign_keys_are_held(database: Database) -> None:
    settings = await database.read(
        lambda connection: {name: pragma(connection, name) for name in ("foreign_keys", "synchronous", "busy_timeout")}
    )
    journal = await database.read(lambda connection: pragma(connection, "journal_mode"))

    full, extra = 2, 3
    assert journal == journal_mode(sqlite3.sqlite_version_info)
    assert settings == {
        "foreign_keys": 1,
        "synchronous": full if journal == "wal" else extra,
        "busy_timeout": 10_000,
    }


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "delete"),
        ((3, 44, 5), "delete"),
        ((3, 44, 6), "wal"),
        ((3, 44, 9), "wal"),
        ((3, 45, 0), "delete"),
        ((3, 46, 1), "delete"),
        ((3, 49, 9), "delete"),
        ((3, 50, 6), "delete"),
        ((3, 50, 7), "wal"),
        ((3, 51, 0), "delete"),
        ((3, 51, 2), "delete"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
        ((4, 0, 0), "wal"),
    ],
)
def test_wal_is_used_only_where_its_reset_bug_is_fixed(version: tuple[int, int, int], mode: str) -> None:
    assert journal_mode(version) == mode


async def test_a_file_in_the_other_journal_mode_is_changed_to_the_safe_one(path: Path) -> None:
    async with Database.open(path):
        pass
    safe = journal_mode(sqlite3.sqlite_version_info)
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA journal_mode = {'delete' if safe == 'wal' else 'wal'}")

    async with Database.open(path) as database:
        found = await database.read(lambda connection: pragma(connection, "journal_mode"))

    assert found == safe


async def test_an_older_file_takes_the_missing_steps_and_keeps_its_rows(path: Path) -> None:
    async with Database.open(path, migrations=(FIRST,)) as database:
        await database.transaction(lambda connection: connection.execute("INSERT INTO notes VALUES ('old')").rowcount)

    async with Database.open(path, migrations=(FIRST, SECOND)) as database:
        assert await database.read(lambda connection: connection.execute("SELECT * FROM notes").fetchall()) == [
            ("old", 7)
        ]
        assert await version(database) == 2


async def test_jobs_of_the_version_before_have_nothing_left_out(path: Path) -> None:
    async with Database.open(path, migrations=MIGRATIONS[: MIGRATIONS.index(LEFT_OUT)]) as database:
        await database.transaction(lambda connection: connection.execute(OLD_JOB).rowcount)

    async with Database.open(path) as database:
        [job] = await database.read(lambda connection: many(connection.execute("SELECT * FROM jobs")))

    assert (job.id, job.request.prompt, job.left_out) == (7, "a fox", ())


# A row for each table of each version, as that version wrote it.
OLD_ROWS = (
    "INSERT INTO allowances VALUES (3, 'member', 1, 50)",
    "INSERT INTO balances (scope, guild_id, day, user_id, charged) VALUES ('member', 3, 20000, 1, 4)",
    "INSERT INTO extras VALUES (3, 1, 9)",
    "INSERT INTO entries (cause_id, kind, guild_id, user_id, day, at_ms) VALUES (7, 'settle', 3, 1, 20000, 1)",
    "INSERT INTO audit VALUES (8, 3, 2, 'grant', 1, 0, 9, 1)",
    OLD_JOB,
    """INSERT INTO calls (job_id, number, endpoint, model, count, state, sent_ms)
    VALUES (7, 0, 'generations', 'gpt-image-2', 1, 'answered', 1)""",
    "INSERT INTO pictures VALUES (7, 0, 'spool/7/0', 'abc', 3, 'image/png', NULL, NULL)",
    "INSERT INTO posts VALUES (7, '0', 2, 11, '0')",
    "INSERT INTO reminders VALUES ('ending gpt-image-1', 1)",
)


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables, by their columns."""
    found = {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- its own tables
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_the_file_of_every_earlier_version_opens_and_keeps_its_rows(path: Path, version: int) -> None:
    async with Database.open(path, migrations=MIGRATIONS[:version]):
        pass
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        tables = {name for (name,) in old.execute("SELECT name FROM sqlite_master")}
        for statement in OLD_ROWS:
            if statement.split()[2] in tables:
                old.execute(statement)
    before = contents(path)

    async with Database.open(path):
        pass

    after = contents(path)
    assert all(len(rows) == 1 for table, rows in before.items() if f"INSERT INTO {table} " in str(OLD_ROWS)), before
    for table, rows in before.items():
        kept = [{name: row.get(name) for name in old} for row, old in zip(after[table], rows, strict=True)]
        assert kept == rows, table


async def test_a_step_that_fails_leaves_the_file_at_its_old_version(path: Path) -> None:
    async with Database.open(path, migrations=(FIRST,)):
        pass

    with pytest.raises(StoreError, match="left as it was") as refused:
        async with Database.open(path, migrations=(FIRST, SECOND, ("CREATE TABLE notes (text TEXT)",))):
            pass

    assert "already exists" in refused.value.detail
    async with Database.open(path, migrations=(FIRST,)) as database:
        assert await version(database) == 1


async def test_two_that_open_a_new_file_together_make_its_tables_once(path: Path) -> None:
    async def open_and_close() -> object:
        async with Database.open(path) as database:
            return await version(database)

    assert await asyncio.gather(*(open_and_close() for _ in range(4))) == [len(MIGRATIONS)] * 4


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    async with Database.open(path, migrations=(*MIGRATIONS, FIRST)):
        pass

    assert "newer Easel" in await refusal(path)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE songs (name TEXT)", "PRAGMA application_id = 77", "PRAGMA user_version = 3"]
)
async def test_a_database_of_another_program_is_refused_and_left_alone(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(statement)

    assert "another program" in await refusal(path)


@pytest.mark.parametrize("content", [b"hello", b"not a database at all. " * 400])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert "put a backup in its place" in await refusal(path)


async def test_a_file_that_lost_its_end_is_refused_and_left_alone(path: Path) -> None:
    async with Database.open(path):
        pass
    path.write_bytes(path.read_bytes()[: 3 * 4096])

    assert "damaged" in await refusal(path)


async def test_damage_in_the_middle_that_opening_does_not_meet_is_refused_and_left_alone(path: Path) -> None:
    async with Database.open(path) as database:
        words = [(number, f"{number} {'x' * 900}") for number in range(1000)]
        await database.transaction(
            lambda connection: connection.executemany("INSERT INTO reminders VALUES (?2, ?1)", words).rowcount
        )
    content = bytearray(path.read_bytes())
    middle = len(content) // 8192 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)

    assert "damaged" in await refusal(path)


async def test_a_file_that_another_program_holds_is_refused_with_what_to_do(path: Path) -> None:
    async with Database.open(path):
        pass
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")  # with WAL, a transaction alone would not keep readers out
        other.execute("BEGIN EXCLUSIVE")

        assert "End that program" in await refusal(path)


async def test_a_folder_that_cannot_be_made_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(StoreError, match="DATA_DIR"):
        async with Database.open(tmp_path / "data" / "easel.db"):
            pass


async def test_what_is_erased_is_gone_from_the_file_too(path: Path) -> None:
    async with Database.open(path, migrations=(FIRST,)) as database:
        await database.transaction(
            lambda connection: connection.execute("INSERT INTO notes VALUES ('a secret prompt')").rowcount
        )
        await database.transaction(lambda connection: connection.execute("DELETE FROM notes").rowcount)

    assert b"a secret prompt" not in path.read_bytes()


async def test_files_are_marked_as_ours(path: Path) -> None:
    async with Database.open(path):
        pass

    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID


@pytest.mark.parametrize("left", ["-wal", ".replaced-20261127T120000Z"])
async def test_an_empty_file_beside_what_belonged_to_another_is_refused_and_nothing_is_thrown_away(
    path: Path, left: str
) -> None:
    """SQLite takes a log beside an empty file for useless, and removes it: with it would go all that it holds."""
    beside = path.with_name(path.name + left)
    async with Database.open(path):
        if left == "-wal":
            before = beside.read_bytes()
        else:
            beside.write_bytes(before := path.read_bytes())
    beside.write_bytes(before)
    path.write_bytes(b"")

    assert beside.name in await refusal(path)
    assert beside.read_bytes() == before
