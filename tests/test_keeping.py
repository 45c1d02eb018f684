"""`easel backup` and `easel restore` as an owner uses them, and the drill: load, backup, kill, damage, restore."""

import contextlib
import fcntl
import os
import signal
import stat
from collections import Counter
from pathlib import Path

from bot.home import DATABASE, OWNERS
from bot.owner import Owner
from bot.store.engine import sqlite3
from sandbox.guest import Guest
from tests.end_to_end.books import until
from tests.end_to_end.screen import shows_pictures
from tests.shell import Ended, Running, Shell

USAGE, DAMAGED, TRY_AGAIN, CANNOT_START = 2, 65, 75, 78

JOBS = "SELECT id, iif(state IN ('queued', 'painting', 'painted'), 'unfinished', state) FROM jobs"
UNSETTLED = "SELECT scope FROM balances WHERE reserved <> 0 OR extra_reserved <> 0"
CHARGED = "SELECT user_id, sum(charged) FROM entries GROUP BY user_id"


async def keeper(shell: Shell, *words: str) -> Ended:
    """Who keeps the data has neither token nor key, and no working settings besides the folder."""
    return await shell.easel(*words, DISCORD_TOKEN=None, OPENAI_API_KEY=None, OPENAI_BASE_URL="none of yours")


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        found: list[tuple[object, ...]] = connection.execute(sql).fetchall()
    return found


def damage(path: Path) -> bytes:
    """As a failing disk does it, in the middle; what the file is then."""
    with contextlib.closing(sqlite3.connect(path)) as connection:  # what is in the log goes into the file
        connection.execute("SELECT count(*) FROM jobs")
    content = bytearray(path.read_bytes())
    content[2 * 4096 : 6 * 4096] = b"\xa5" * (4 * 4096)
    path.write_bytes(content)
    return bytes(content)


def shown(guest: Guest) -> int:
    """How many results stand in the channel, whoever asked for them."""
    return sum(map(shows_pictures, guest.sees("general")))


async def paints(guest: Guest, bot: Running, count: int) -> None:
    """That many requests of the guest, all delivered."""
    before = shown(guest)
    for number in range(count):
        await guest.slash("imagine", prompt=f"picture {number}")
    await bot.until(lambda: shown(guest) == before + count)


async def test_the_drill(shell: Shell) -> None:
    """A backup under load; then the worst day: killed in the middle of its work, and the database is damaged."""
    database, backup = shell.data_dir / DATABASE, shell.folder / "easel.backup"
    ada, ben = shell.discord.guest("Ada"), shell.discord.guest("Ben")
    async with shell.bot() as bot:
        await paints(ada, bot, 3)
        shell.images.hold()
        for number in range(4):
            await ben.slash("imagine", prompt=f"under way {number}")
        await shell.images.until_held(2)

        kept = await keeper(shell, "backup", str(backup))

        shell.images.release()
        await bot.until(lambda: shown(ada) == 7)  # delivered after the backup
        shell.images.hold()
        await ada.slash("imagine", prompt="never finished")
        await shell.images.until_held(1)
        await bot.end(signal.SIGKILL)
    shell.images.release()
    await until(lambda: shell.images.paid_pictures == 7 + 1)
    assert (kept.status, kept.err) == (0, "")
    assert "7 requests of 2 members" in kept.out
    assert "Unfinished right now: 4 requests" in kept.out
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    damaged = damage(database)

    for _ in range(2):  # a supervisor that tries again and again changes nothing
        refused = await shell.easel()
        assert (refused.status, database.read_bytes()) == (DAMAGED, damaged)
        assert str(database) in refused.err
        assert "easel restore FILE" in refused.err
    restored = await keeper(shell, "restore", str(backup))

    assert (restored.status, restored.err) == (0, "")
    assert "Ended, at no cost to their members: 4 requests" in restored.out
    [aside] = shell.data_dir.glob(f"{DATABASE}.replaced-*")
    assert aside.read_bytes() == damaged
    assert Counter(state for _, state in rows(database, JOBS)) == {"delivered": 3, "failed": 4}
    async with shell.bot() as bot:
        await paints(ben, bot, 1)
        await bot.until(lambda: Counter(state for _, state in rows(database, JOBS))["delivered"] == 4)  # and charged
        # what the backup did not know of has gone from the disk, and its buttons say so
        known = {str(job_id) for job_id, _ in rows(database, JOBS)}
        assert {folder.name for folder in (shell.data_dir / "spool").iterdir()} <= known
        await bot.end(signal.SIGTERM)
    assert shown(ada) == 7 + 1, "nothing was posted twice"
    assert shell.images.paid_pictures == 7 + 1 + 1, "and nothing was painted again"
    assert sorted(rows(database, CHARGED), key=str) == sorted([(ada.id, 3), (ben.id, 1)], key=str)
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]


async def test_a_restore_waits_until_no_bot_lives_on_the_folder(shell: Shell) -> None:
    backup = shell.folder / "easel.backup"
    async with shell.bot():
        assert (await keeper(shell, "backup", str(backup))).status == 0
        before = (shell.data_dir / DATABASE).read_bytes()

        refused = await keeper(shell, "restore", str(backup))

        assert refused.status == TRY_AGAIN
        assert "Another process works on this data folder" in refused.err
        assert (shell.data_dir / DATABASE).read_bytes() == before
    assert list(shell.data_dir.glob("*replaced*")) == []


async def test_a_bot_does_not_start_while_a_backup_is_put_back(shell: Shell) -> None:
    """The lock of a restore is held here by a process of our own."""
    with Owner.open(shell.data_dir / OWNERS):
        pass
    descriptor = os.open(shell.data_dir / OWNERS / "in-use", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        refused = await shell.easel()
    finally:
        os.close(descriptor)

    assert refused.status == TRY_AGAIN
    assert not (shell.data_dir / DATABASE).exists()


async def test_commands_that_cannot_be_done_say_so_in_a_line(shell: Shell) -> None:
    taken = shell.folder / "taken"
    taken.write_text("a letter, " * 1000)

    missing = await keeper(shell, "backup", "copy")
    async with shell.bot():
        pass
    over = await keeper(shell, "backup", str(taken))
    nowhere = await keeper(shell, "backup", "no/such/folder/copy")
    letter = await keeper(shell, "restore", str(taken))
    untyped = await keeper(shell, "restore", "no-such-file")

    ends = [missing, over, nowhere, letter, untyped]
    assert [ended.status for ended in ends] == [CANNOT_START, USAGE, CANNOT_START, DAMAGED, USAGE]
    assert [
        words
        for ended, words in zip(
            ends,
            ("no database at", "is there already", "takes no file", "not a database", "does not exist"),
            strict=True,
        )
        if words not in ended.err
    ] == []
    assert all(line.startswith("easel: ") for ended in ends for line in ended.err.splitlines())
    assert sorted(file.name for file in shell.folder.iterdir()) == ["data", "taken"]
