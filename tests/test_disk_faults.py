"""The disk under the real process: full, read-only, locked; at the start and in the middle of its work."""

import contextlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bot.home import DATABASE
from bot.store.database import Database
from bot.store.engine import sqlite3
from sandbox.discord.faults import Hold
from sandbox.guest import Upload
from tests.disks import fill, read_only, small_disk
from tests.end_to_end.screen import ends, finished, says, shows_pictures
from tests.end_to_end.trouble import POST
from tests.shell import Shell, opened_shell

TRY_AGAIN, CANNOT_START = 75, 78
ROOMY_KB = 16_000


@pytest.fixture
def small(shell: Shell) -> Iterator[Path]:
    """The shell's data folder on a disk of its own."""
    with small_disk(shell.data_dir, size_kb=ROOMY_KB):
        yield shell.data_dir


def charged(folder: Path) -> list[tuple[str, int, int]]:
    """Of each job its state, and what it was charged and still holds."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True, timeout=10)) as connection:
        found: list[tuple[str, int, int]] = connection.execute(
            "SELECT state, sum(charged), sum(reserved) FROM jobs JOIN entries ON cause_id = jobs.id GROUP BY jobs.id"
        ).fetchall()
    return found


async def test_a_full_disk_at_the_start_ends_so_that_a_supervisor_tries_again(shell: Shell, small: Path) -> None:
    filler = fill(small)

    full = await shell.easel()
    filler.unlink()
    async with shell.bot() as bot:
        room = await bot.end(signal.SIGTERM)

    assert full.status == TRY_AGAIN
    assert "the disk is full or failing. Make room" in full.err
    assert "Traceback" not in full.err
    assert room.status == 0


async def test_a_full_disk_at_the_next_start_changes_nothing(shell: Shell, small: Path) -> None:
    async with shell.bot() as bot:
        await bot.end(signal.SIGTERM)
    before = (small / DATABASE).read_bytes()
    fill(small)

    full = await shell.easel()

    assert full.status == TRY_AGAIN
    assert (small / DATABASE).read_bytes() == before


async def test_requests_on_a_full_disk_are_refused_in_words_and_work_when_there_is_room(
    shell: Shell, small: Path
) -> None:
    ada = shell.discord.guest("Ada")
    async with shell.bot(MIN_FREE_MB="0") as bot:
        filler = fill(small)

        await ends(await ada.slash("imagine", prompt="a fox"), "cannot write down your request", "cost you nothing")
        filler.unlink()
        await finished(await ada.slash("imagine", prompt="a fox"))
        ended = await bot.end(signal.SIGTERM)

    assert charged(small) == [("delivered", 1, 0)]
    assert "error=StoreBusy" in ended.err
    assert "Traceback" not in ended.err


async def test_a_picture_that_finds_no_room_costs_its_member_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with opened_shell(tmp_path, picture_bytes=1_000_000) as shell:
        ada = shell.discord.guest("Ada")
        with small_disk(folder, size_kb=ROOMY_KB):
            async with shell.bot(MIN_FREE_MB="0", IMAGE_PREVIEWS="0") as bot:
                shell.images.hold()
                asked = await ada.slash("imagine", prompt="a fox")
                await shell.images.until_held(1)
                filler = fill(folder)
                with filler.open("r+b") as stream:
                    stream.truncate(filler.stat().st_size - 500_000)  # room for words, not for the picture

                shell.images.release()

                await ends(asked, "My disk is full", "This cost you nothing.")
                filler.unlink()
                await finished(await ada.slash("imagine", prompt="another fox"))
                ended = await bot.end(signal.SIGTERM)

            assert charged(folder) == [("failed", 0, 0), ("delivered", 1, 0)]
    assert "error=DiskFull" in ended.err
    assert "Traceback" not in ended.err


async def test_a_picture_to_vary_that_finds_no_room_to_be_converted_costs_its_member_nothing(
    shell: Shell, small: Path
) -> None:
    ada = shell.discord.guest("Ada")
    noise = io.BytesIO()
    Image.effect_noise((1_024, 1_024), 90).save(noise, "JPEG", quality=30)  # several times as large as PNG
    async with shell.bot(MIN_FREE_MB="0") as bot:
        filler = fill(small)
        with filler.open("r+b") as stream:
            stream.truncate(filler.stat().st_size - 2 * len(noise.getvalue()))

        asked = await ada.slash("vary", image=Upload("noise.jpg", noise.getvalue()))

        await ends(asked, "My disk is full", "This cost you nothing.")
        filler.unlink()
        await finished(await ada.slash("vary", image=Upload("noise.jpg", noise.getvalue())))
        ended = await bot.end(signal.SIGTERM)

    assert charged(small) == [("failed", 0, 0), ("delivered", 1, 0)]
    assert "error=DiskFull" in ended.err
    assert "Traceback" not in ended.err


async def test_what_was_painted_before_the_disk_was_full_is_delivered_once(shell: Shell, small: Path) -> None:
    ada = shell.discord.guest("Ada")
    hold = Hold(after_work=True)
    async with shell.bot(MIN_FREE_MB="0") as bot:
        shell.discord.faults.add(method="POST", path=POST, then=hold)
        asked = await ada.slash("imagine", prompt="a fox")
        await hold.arrived.wait()
        filler = fill(small)
        hold.release()  # posted; that, and the charge, find no room to be written down
        refused = await ada.slash("imagine", prompt="another fox")
        await ends(refused, "cannot write down your request")
        filler.unlink()

        await finished(asked)
        await bot.end(signal.SIGTERM)

    assert charged(small) == [("delivered", 1, 0)]
    assert sum(map(shows_pictures, ada.sees("general"))) == 1
    assert shell.images.paid_pictures == 1


async def test_a_folder_that_cannot_be_written_is_for_the_owner_to_mend(shell: Shell) -> None:
    async with shell.bot() as bot:
        await bot.end(signal.SIGTERM)
    before = (shell.data_dir / DATABASE).read_bytes()

    with read_only(shell.data_dir):
        ended = await shell.easel()
        seen = await shell.easel("doctor")

    assert ended.status == CANNOT_START
    assert "must belong to the user that runs the bot" in ended.err
    assert "Traceback" not in ended.err
    assert seen.line("data folder").startswith("fail")
    assert (shell.data_dir / DATABASE).read_bytes() == before


async def test_a_database_that_cannot_be_written_is_for_the_owner_to_mend(shell: Shell) -> None:
    async with shell.bot() as bot:
        await bot.end(signal.SIGTERM)

    with read_only(shell.data_dir / DATABASE):
        ended = await shell.easel()

    assert ended.status == CANNOT_START
    assert "must belong to the user that runs the bot" in ended.err


async def test_a_locked_database_at_the_start_ends_so_that_a_supervisor_tries_again(shell: Shell) -> None:
    shell.data_dir.mkdir()
    async with Database.open(shell.data_dir / DATABASE):
        pass
    with contextlib.closing(sqlite3.connect(shell.data_dir / DATABASE, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        ended = await shell.easel()

    assert ended.status == TRY_AGAIN
    assert "is locked by another program" in ended.err


@pytest.fixture
def old_sqlite(shell: Shell) -> str:
    """For PYTHONPATH: Python's own SQLite is used, since the recent one is not found."""
    shadow = shell.folder / "shadow" / "pysqlite3"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").touch()
    return str(shadow.parent)


async def test_with_a_sqlite_that_has_the_wal_bug_the_bot_works_with_a_synced_rollback_journal(
    shell: Shell, old_sqlite: str
) -> None:
    ada = shell.discord.guest("Ada")
    async with shell.bot(PYTHONPATH=old_sqlite) as bot:
        await finished(await ada.slash("imagine", prompt="a fox"))
        shell.images.hold()
        asked = await ada.slash("imagine", prompt="in the middle")
        await asked.until(says("Painting"))
        seen = await shell.easel("doctor", PYTHONPATH=old_sqlite)
        kept = await shell.easel("backup", "copy", PYTHONPATH=old_sqlite)
        await bot.end(signal.SIGKILL)
    shell.images.release()
    in_file = (shell.data_dir / DATABASE).read_bytes()[18:20]
    async with shell.bot(PYTHONPATH=old_sqlite) as bot:
        await bot.until(lambda: [state for state, *_ in charged(shell.data_dir)] == ["delivered", "failed"])
        await bot.end(signal.SIGTERM)

    assert (in_file, kept.status) == (b"\x01\x01", 0), "1: rollback journal, 2: WAL (sqlite.org/fileformat2.html)"
    assert "journal delete" in " ".join(seen.lines("database"))
    assert "lacks the fix of the WAL-reset bug" in " ".join(seen.lines("database"))
    assert charged(shell.data_dir) == [("delivered", 1, 0), ("failed", 0, 0)]


def test_every_commit_of_that_sqlite_syncs_the_folder_too(shell: Shell, old_sqlite: str) -> None:
    script = (
        "import pathlib; from bot.store.opening import connect; from bot.store.schema import MIGRATIONS\n"
        "from bot.store.engine import sqlite3\n"
        "opened = connect(pathlib.Path('x.db'), MIGRATIONS, 1.0)\n"
        "ask = lambda name: opened.execute(f'PRAGMA {name}').fetchone()[0]\n"
        "print(sqlite3.__name__, ask('journal_mode'), ask('synchronous'))"
    )
    path = f"{old_sqlite}:{Path(__file__).resolve().parent.parent}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(  # noqa: S603 -- our own interpreter and words
        command, cwd=shell.folder, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == ["sqlite3", "delete", "3"]
