"""A backup is whole, private and new; putting it back deletes nothing and lets nothing happen twice."""

import contextlib
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import InvalidRequest, StoreBusy, StoreDamaged, StoreError
from bot.model import Arrival, Job, JobState, Place, Requester, Way
from bot.request import ImageRequest, Operation
from bot.store.backup import back_up, restore
from bot.store.copying import copy, verified
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.jobs import Jobs
from bot.store.ledger import Ledger
from bot.store.schema import MIGRATIONS

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
TOKEN = "canary-token-of-an-interaction"


async def accept(jobs: Jobs, job_id: int) -> Job:
    request = ImageRequest(operation=Operation.IMAGINE, prompt="a fox", count=2)
    arrival = Arrival(
        id=job_id, way=Way.SLASH, requester=Requester(1), place=Place(channel_id=2, guild_id=3), token=TOKEN
    )
    job = await jobs.accept(request, arrival, at=AT)
    assert job is not None
    return job


@pytest.fixture
async def filled(path: Path, database: Database, ledger: Ledger) -> Path:
    """A database in use: a job that was delivered, one that waits, one that was painted and found no way."""
    jobs = Jobs(database, ledger, owner="a boot id")
    await jobs.end(await accept(jobs, 1), JobState.DELIVERED, delivered=1, at=AT)
    await accept(jobs, 2)
    await accept(jobs, 3)
    await database.transaction(
        lambda connection: connection.execute("UPDATE jobs SET state = 'painted', waiting = 1 WHERE id = 3").rowcount
    )
    return path


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found: list[tuple[object, ...]] = connection.execute(sql).fetchall()
    return found


JOBS = "SELECT id, state, waiting, token, told FROM jobs ORDER BY id"
USED = "SELECT scope, reserved, charged FROM balances ORDER BY scope"


async def test_a_backup_of_a_database_in_use_is_one_whole_private_file_without_tokens(
    filled: Path, tmp_path: Path
) -> None:
    target = tmp_path / "kept" / "easel.backup"
    target.parent.mkdir()
    assert TOKEN.encode() in b"".join(file.read_bytes() for file in tmp_path.glob("easel.db*"))

    contents = back_up(filled, target)

    assert [file.name for file in target.parent.iterdir()] == ["easel.backup"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert TOKEN.encode() not in target.read_bytes()
    assert rows(target, "PRAGMA integrity_check") == [("ok",)]
    assert [row[:3] for row in rows(target, JOBS)] == [(1, "delivered", 0), (2, "queued", 0), (3, "painted", 1)]
    assert (contents.jobs, contents.unfinished, contents.members, contents.last_at) == (3, 2, 1, AT)
    assert contents.size_bytes == target.stat().st_size
    assert rows(filled, "SELECT count(*) FROM jobs WHERE token IS NOT NULL") == [(3,)], "the original keeps its own"


async def test_a_backup_holds_no_copy_that_sqlite_left_behind_where_it_moved_a_row(
    filled: Path, tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE moved AS SELECT 'erased words' AS words")
        connection.execute("DROP TABLE moved")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"erased words" in filled.read_bytes()

    back_up(filled, tmp_path / "copy")

    assert b"erased words" not in (tmp_path / "copy").read_bytes()


async def test_a_backup_is_never_written_over_a_file_that_is_there(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "easel.backup"
    target.write_text("last week's")

    with pytest.raises(InvalidRequest, match="is there already"):
        back_up(filled, target)

    assert target.read_text() == "last week's"
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("mode", ["wal", "delete"])
async def test_a_backup_is_of_one_moment_while_others_write_all_the_time(path: Path, tmp_path: Path, mode: str) -> None:
    """Each write takes from one row what it gives to the other; with a rollback journal the copy has to begin anew."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE purses (coins INTEGER)")
        connection.execute("INSERT INTO purses VALUES (500), (500)")
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        connection.execute("INSERT INTO ballast VALUES (zeroblob(4000000))")
    stop, written, failures = threading.Event(), threading.Event(), list[str]()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            while not stop.is_set():
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("UPDATE purses SET coins = coins - 1 WHERE rowid = 1")
                    connection.execute("UPDATE purses SET coins = coins + 1 WHERE rowid = 2")
                    connection.execute("COMMIT")
                except sqlite3.Error as error:
                    failures.append(str(error))
                    return
                written.set()
                stop.wait(0.005)  # one that never rests keeps every reader out

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(10)
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as source:
            copy(source, tmp_path / "copy")
    finally:
        stop.set()
        writer.join()

    assert failures == []
    assert rows(tmp_path / "copy", "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path / "copy", "SELECT sum(coins) FROM purses") == [(1000,)]
    assert rows(tmp_path / "copy", "PRAGMA journal_mode") == [("delete",)]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_a_backup_can_be_made_of_every_version_and_put_back(tmp_path: Path, version: int) -> None:
    """As before an upgrade; what is put back is brought up to date."""
    old = tmp_path / "old.db"
    async with Database.open(old, migrations=MIGRATIONS[:version]):
        pass

    assert back_up(old, tmp_path / "backup").version == version
    restore(tmp_path / "backup", tmp_path / "new" / "easel.db", at=LATER)

    assert rows(tmp_path / "new" / "easel.db", "PRAGMA user_version") == [(len(MIGRATIONS),)]


async def test_what_was_unfinished_in_a_backup_is_ended_at_no_cost_and_nobody_is_told(
    filled: Path, tmp_path: Path
) -> None:
    back_up(filled, tmp_path / "backup")
    home = tmp_path / "home" / "easel.db"

    contents, aside = restore(tmp_path / "backup", home, at=LATER)

    assert rows(home, JOBS) == [(1, "delivered", 0, None, 1), (2, "failed", 0, None, 1), (3, "failed", 0, None, 1)]
    assert rows(home, USED) == [("bot", 0, 1), ("member", 0, 1), ("server", 0, 1)]
    assert rows(home, "SELECT count(*) FROM entries WHERE kind = 'settle'") == [(3,)]
    assert (contents.unfinished, aside) == (2, None)
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert [file.name for file in home.parent.iterdir()] == ["easel.db"]
    assert [row[:3] for row in rows(tmp_path / "backup", JOBS)] == [
        (1, "delivered", 0),
        (2, "queued", 0),
        (3, "painted", 1),
    ], "the backup stays as it is"


async def test_the_present_database_is_moved_aside_with_all_that_belongs_to_it(tmp_path: Path, ledger: Ledger) -> None:
    home, backup = tmp_path / "easel.db", tmp_path / "backup"
    async with Database.open(home):
        pass
    back_up(home, backup)
    contents = {"": b"damaged", "-wal": b"log", "-shm": b"index", "-journal": b"journal"}
    for suffix, content in contents.items():
        home.with_name(f"easel.db{suffix}").write_bytes(content)

    _, aside = restore(backup, home, at=LATER)

    assert aside == tmp_path / "easel.db.replaced-20261121T093015Z"
    assert {suffix: aside.with_name(aside.name + suffix).read_bytes() for suffix in contents} == contents
    async with Database.open(home) as database:
        assert await Jobs(database, ledger, owner="boot").exists(1) is False
    _, again = restore(backup, home, at=LATER)
    assert again == tmp_path / "easel.db.replaced-20261121T093015Z.2"


async def test_a_restore_that_is_cut_off_in_the_middle_leads_to_no_empty_database(tmp_path: Path) -> None:
    home, backup = tmp_path / "easel.db", tmp_path / "backup"
    async with Database.open(home):
        pass
    back_up(home, backup)
    aside = tmp_path / "easel.db.replaced-20261121T093015Z"
    home.rename(aside)
    home.with_name("easel.db-wal").write_bytes(b"log")

    with pytest.raises(StoreDamaged, match="is missing, but") as refused:
        async with Database.open(home):
            pass

    assert "easel restore FILE" in str(refused.value)
    assert not home.exists()
    restore(backup, home, at=LATER)
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"log", "beside the file that it belongs to"
    async with Database.open(home):
        pass


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[2 * 4096 : 3 * 4096] = b"\xa5" * 4096
    file.write_bytes(content)


async def test_a_damaged_backup_is_refused_and_changes_nothing(filled: Path, tmp_path: Path) -> None:
    backup, home = tmp_path / "backup", tmp_path / "home" / "easel.db"
    back_up(filled, backup)
    restore(backup, home, at=LATER)
    before = home.read_bytes()
    spoil(backup)

    with pytest.raises(StoreDamaged):
        restore(backup, home, at=LATER)

    assert home.read_bytes() == before
    assert [file.name for file in home.parent.iterdir()] == ["easel.db"]


async def test_a_damaged_database_gives_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    async with Database.open(path):
        pass
    spoil(path)

    with pytest.raises(StoreDamaged):
        back_up(path, tmp_path / "backup")

    assert [file.name for file in tmp_path.iterdir() if "backup" in file.name] == []


async def test_what_is_no_database_of_this_easel_is_no_backup(tmp_path: Path) -> None:
    letter, other, newer = tmp_path / "letter", tmp_path / "other", tmp_path / "newer"
    letter.write_text("dear aunt, " * 1000)
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    async with Database.open(newer, migrations=(*MIGRATIONS, ("CREATE TABLE later (text TEXT)",))):
        pass

    for backup, words in ((letter, "not a database"), (other, "another program"), (newer, "newer Easel")):
        with pytest.raises(StoreError, match=words):
            restore(backup, tmp_path / "easel.db", at=LATER)
    with pytest.raises(StoreError, match="no database at"):
        back_up(tmp_path / "easel.db", tmp_path / "backup")

    assert not (tmp_path / "easel.db").exists()


async def test_a_copy_that_is_not_whole_is_not_called_one(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    spoil(tmp_path / "backup")

    with pytest.raises((StoreDamaged, sqlite3.DatabaseError)):
        verified(tmp_path / "backup")


async def test_a_locked_database_gives_its_backup_later(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.copying.BUSY_TIMEOUT_S", 0.1)
    async with Database.open(path):
        pass
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreBusy, match="locked"):
            back_up(path, tmp_path / "backup")
