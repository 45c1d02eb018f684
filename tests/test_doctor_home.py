"""`easel doctor` at home: process, database, jobs and data folder, looked at and not changed; and `--live`."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

from bot.doctor.home import of_folder
from bot.home import DATABASE, OWNERS, SPOOL
from bot.owner import Owner
from bot.store.database import Database
from bot.store.engine import sqlite3
from bot.store.schema import MIGRATIONS
from tests.end_to_end.screen import shows_pictures
from tests.shell import Shell


async def make_database(shell: Shell) -> Path:
    path = shell.data_dir / DATABASE
    async with Database.open(path):
        pass
    return path


async def paints_endlessly(shell: Shell) -> None:
    """The bot is painting a picture until `images.release()`."""
    shell.images.hold()
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await asked.answer()
    await shell.images.until_held(1)


async def test_a_running_bot_is_found_and_not_disturbed(shell: Shell) -> None:
    async with shell.bot() as bot:
        await paints_endlessly(shell)

        seen = await shell.easel("doctor")
        shell.images.release()
        result = await shell.discord.guest("Ada").until_sees("general", shows_pictures)
        ended = await bot.end(signal.SIGTERM)

    assert seen.status == 0, seen.out
    assert "running, last sign of life" in seen.line("bot")
    assert seen.line("jobs") == "ok 1 painting"
    assert len(result[0].attachments) == 1
    assert ended.status == 0


async def test_what_a_killed_bot_left_is_counted_and_left_to_the_next_start(shell: Shell) -> None:
    async with shell.bot() as bot:
        await paints_endlessly(shell)
        await bot.end(signal.SIGKILL)
    before = jobs(shell)

    seen = await shell.easel("doctor")

    assert "none runs" in seen.line("bot")
    assert seen.line("jobs") == "ok 1 painting; the next start takes them up"
    assert jobs(shell) == before


def jobs(shell: Shell) -> list[tuple[object, ...]]:
    with sqlite3.connect(shell.data_dir / DATABASE) as connection:
        rows: list[tuple[object, ...]] = connection.execute("SELECT id, state, owner, lease_ms FROM jobs").fetchall()
    connection.close()
    return rows


async def test_an_older_database_is_not_brought_up_to_date_by_looking(shell: Shell) -> None:
    path = shell.data_dir / DATABASE
    async with Database.open(path, migrations=MIGRATIONS[:1]):
        pass
    before = path.read_bytes()

    seen = await shell.easel("doctor")

    _, version = seen.lines("database")
    assert version.startswith("warn version 1")
    assert f"the next start brings it to version {len(MIGRATIONS)}" in version
    assert path.read_bytes() == before


async def test_a_newer_database_fails(shell: Shell) -> None:
    path = await make_database(shell)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert any("newer Easel" in line for line in seen.lines("database"))


async def test_a_damaged_database_fails_and_is_left_as_it_is(shell: Shell) -> None:
    path = await make_database(shell)
    damaged = path.read_bytes()
    damaged = damaged[:4096] + b"\xa5" * (len(damaged) - 4096)
    path.write_bytes(damaged)

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert any(line.startswith("fail") and "damaged" in line for line in seen.lines("database")), seen.out
    assert path.read_bytes() == damaged


async def test_damage_that_reading_does_not_stumble_over_is_found(shell: Shell) -> None:
    path = await make_database(shell)
    content = bytearray(path.read_bytes())
    content[36:40] = (5).to_bytes(4, "big")  # how many pages are free (sqlite.org/fileformat2.html)
    path.write_bytes(content)

    seen = await shell.easel("doctor")

    assert seen.status == 1
    assert seen.lines("database")[0].startswith("fail damaged: ")
    assert "put a backup in its place" in seen.lines("database")[0]


async def test_another_programs_database_fails(shell: Shell) -> None:
    shell.data_dir.mkdir()
    connection = sqlite3.connect(shell.data_dir / DATABASE)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()

    seen = await shell.easel("doctor")

    assert "another program made it" in seen.line("database")
    assert seen.status == 1


async def test_a_write_that_was_cut_off_is_left_to_the_next_start(shell: Shell, tmp_path: Path) -> None:
    path = await make_database(shell)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE many (text)")
    writer.executemany("INSERT INTO many VALUES (?)", [("x" * 3000,)] * 200)
    torn = tmp_path / "torn"
    shutil.copytree(shell.data_dir, torn)
    writer.close()
    before = {file.name: file.read_bytes() for file in torn.iterdir()}

    seen = await shell.easel("doctor", DATA_DIR=str(torn))

    assert seen.line("database").startswith("warn A write was cut off")
    assert {file.name: file.read_bytes() for file in torn.iterdir()} == before


async def test_a_data_folder_that_cannot_be_written_fails(shell: Shell) -> None:
    in_the_way = shell.folder / "file"
    in_the_way.write_text("")

    seen = await shell.easel("doctor", DATA_DIR=str(in_the_way / "data"))

    assert seen.line("data folder").startswith("fail")
    assert seen.status == 1


def test_little_room_is_told(tmp_path: Path) -> None:
    assert of_folder(tmp_path).mark == "ok"
    assert "make room" in of_folder(tmp_path, free_min_bytes=1 << 60).advice


async def test_the_room_that_pictures_take_is_shown_against_their_budget(shell: Shell) -> None:
    folder = shell.data_dir / SPOOL / "7"
    folder.mkdir(parents=True)
    (folder / "0").write_bytes(bytes(2_500_000))
    (shell.data_dir / SPOOL / "8").mkdir()
    (shell.data_dir / SPOOL / "8" / "source").hardlink_to(folder / "0")

    roomy = await shell.easel("doctor", KEEP_PICTURES_MB="40")
    full = await shell.easel("doctor", MIN_FREE_MB="1000000000")

    assert "2.5 MB of pictures (at most 40.0 MB are kept after delivery)" in roomy.line("data folder")
    assert full.line("data folder").startswith("fail")
    assert "less than MIN_FREE_MB: requests are refused" in full.line("data folder")


async def test_live_tells_a_bot_that_works_from_none_and_asks_nobody_outside(shell: Shell) -> None:
    before = await shell.easel("doctor", "--live")
    async with shell.bot() as bot:
        asked = len(shell.discord.requests), len(shell.images.requests)
        running = await shell.easel("doctor", "--live")
        assert (len(shell.discord.requests), len(shell.images.requests)) == asked
        await bot.end(signal.SIGKILL)
    after = await shell.easel("doctor", "--live")

    assert (before.status, running.status, after.status) == (1, 0, 1)
    assert running.out.startswith("ok")
    assert "no bot runs" in after.out
    assert len(running.out.splitlines()) == 1


async def test_live_fails_when_a_process_exists_but_does_nothing(shell: Shell) -> None:
    with Owner.open(shell.data_dir / OWNERS) as owner:
        lock = shell.data_dir / OWNERS / f"{owner.boot_id}.lock"
        long_ago = lock.stat().st_mtime - 90
        os.utime(lock, (long_ago, long_ago))

        silent = await shell.easel("doctor", "--live")
        owner.show_life()
        working = await shell.easel("doctor", "--live")

    assert silent.status == 1
    assert "no sign of life" in silent.out
    assert working.status == 0


async def test_a_working_bot_shows_life_by_itself(shell: Shell) -> None:
    async with shell.bot():
        (lock,) = (shell.data_dir / OWNERS).glob("*.lock")
        os.utime(lock, (0, 0))

        async with asyncio.timeout(20):
            while lock.stat().st_mtime == 0:
                await asyncio.sleep(0.1)
