"""The bot's own home: settings, data folder, process, database and jobs. Everything here blocks."""

import shutil
import stat
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from bot.doctor.findings import Finding, Mark
from bot.errors import StoreError
from bot.home import DATABASE, OWNERS, SPOOL
from bot.owner import living
from bot.settings import Settings
from bot.spool import Spool
from bot.store.inspection import Condition, NeedsRecovery, inspect, sqlite_version, wanted_journal

ENV_FILE = Path(".env")
SILENT_S = 60.0
FREE_MIN_BYTES = 1024**3
MEGABYTE = 10**6
CHECK_WHILE_RUNNING_S = 5.0  # half of what a writer waits for the file
CHECK_AT_REST_S = 300.0
STUCK_AFTER = timedelta(minutes=15)  # above the longest way of a job once it has its turn


def at_home(settings: Settings, now: datetime) -> list[Finding]:
    """Everything that can be told without asking anybody outside."""
    return [
        *of_settings(settings, ENV_FILE),
        of_folder(settings.data_dir, kept_mb=settings.keep_pictures_mb, min_free_mb=settings.min_free_mb),
        _of_process(settings.data_dir),
        *_of_database(settings, now),
    ]


def of_settings(settings: Settings, env_file: Path) -> list[Finding]:
    """How many are set, never to what; and whether others on this machine can read them."""
    count = len(settings.model_fields_set)
    findings = [Finding(Mark.OK, "settings", f"{count} set, the others at their defaults")]
    if env_file.is_file() and stat.S_IMODE(env_file.stat().st_mode) & 0o077:
        who = f"other users of this machine can read {env_file.name}, which holds your keys"
        findings.append(Finding(Mark.WARN, "settings", who, f"chmod 600 {env_file.name}"))
    return findings


def of_folder(
    folder: Path, *, kept_mb: int | None = None, min_free_mb: int = 0, free_min_bytes: int = FREE_MIN_BYTES
) -> Finding:
    where = folder if folder.is_dir() else next(each for each in folder.absolute().parents if each.exists())
    try:
        with tempfile.TemporaryFile(dir=where):
            free_bytes = shutil.disk_usage(where).free
    except OSError as error:
        advice = "make it belong to the user that runs the bot, or choose another DATA_DIR"
        return Finding(Mark.FAIL, "data folder", f"{folder} cannot be written ({error.strerror})", advice)
    free = f"{_size(free_bytes)} free"
    if free_bytes < min_free_mb * MEGABYTE:
        text = f"{folder} has only {free}, less than MIN_FREE_MB: requests are refused"
        return Finding(Mark.FAIL, "data folder", text, "make room")
    if free_bytes < free_min_bytes:
        return Finding(Mark.WARN, "data folder", f"{folder} has only {free}", "make room: pictures wait there")
    if where != folder:
        return Finding(Mark.OK, "data folder", f"{folder} is made at the first start; {free}")
    pictures = f"{_size(Spool(folder / SPOOL).usage_bytes())} of pictures"
    limit = "" if kept_mb is None else f" (at most {_size(kept_mb * MEGABYTE)} are kept after delivery)"
    return Finding(Mark.OK, "data folder", f"{folder} can be written, {free}, {pictures}{limit}")


def alive(data_dir: Path) -> Finding:
    """Whether a bot works on this folder: a process holds its lock there and went its rounds within a minute."""
    silent_s = living(data_dir / OWNERS)
    if not silent_s:
        return Finding(Mark.FAIL, "bot", f"no bot runs on {data_dir}", "start it; its log says why it ended")
    if silent_s[0] > SILENT_S:
        text = f"a bot runs, but gave no sign of life for {silent_s[0]:.0f} s"
        return Finding(Mark.FAIL, "bot", text, "read its log and start it again")
    more = f" ({len(silent_s)} processes)" if len(silent_s) > 1 else ""
    return Finding(Mark.OK, "bot", f"running{more}, last sign of life {silent_s[0]:.0f} s ago")


def _of_process(data_dir: Path) -> Finding:
    """Not to run is no failure for who looks before the first start."""
    if not living(data_dir / OWNERS):
        return Finding(Mark.OK, "bot", f"none runs on {data_dir} now")
    return alive(data_dir)


def _of_database(settings: Settings, now: datetime) -> list[Finding]:
    path = settings.data_dir / DATABASE
    if not path.is_file():
        return [Finding(Mark.OK, "database", "is made at the first start")]
    is_running = bool(living(settings.data_dir / OWNERS))
    try:
        condition = inspect(path, check_limit_s=CHECK_WHILE_RUNNING_S if is_running else CHECK_AT_REST_S)
    except NeedsRecovery as error:
        return [Finding(Mark.WARN, "database", str(error), "start the bot, then look again")]
    except StoreError as error:
        sentence, _, advice = str(error).partition(". ")
        return [Finding(Mark.FAIL, "database", f"{sentence} ({error.detail})" if error.detail else sentence, advice)]
    findings = [_of_file(condition), _of_version(condition)]
    if condition.version == condition.known_version:
        stuck_after = timedelta(seconds=settings.queue_max_wait_s) + STUCK_AFTER
        findings.append(_of_jobs(condition, now, stuck_after, is_running=is_running))
    return findings


def _of_file(condition: Condition) -> Finding:
    if condition.damage:
        advice = "stop the bot and put a backup in its place"
        return Finding(Mark.FAIL, "database", f"damaged: {'; '.join(condition.damage)}", advice)
    if condition.damage is None:
        text = "too large to be checked whole while the bot runs: no damage in what was read"
        return Finding(Mark.WARN, "database", text, "stop the bot and look again, or check a copy")
    return Finding(Mark.OK, "database", "whole, by SQLite's quick check")


def _of_version(condition: Condition) -> Finding:
    if condition.version > condition.known_version:
        text = f"version {condition.version} was written by a newer Easel; this one knows {condition.known_version}"
        return Finding(Mark.FAIL, "database", text, "run the newer Easel, or put back a backup from before")
    wanted = wanted_journal()
    reason = "" if wanted == "wal" else ", which lacks the fix of the WAL-reset bug"
    journal = f"journal {condition.journal}"
    if condition.journal != wanted:
        journal += f" (the next start makes it {wanted})"
    text = f"version {condition.version}, {journal}, SQLite {sqlite_version()}{reason}"
    if condition.version < condition.known_version:
        advice = f"the next start brings it to version {condition.known_version}: make a backup before"
        return Finding(Mark.WARN, "database", text, advice)
    return Finding(Mark.OK, "database", text)


def _of_jobs(condition: Condition, now: datetime, stuck_after: timedelta, *, is_running: bool) -> Finding:
    counts = ", ".join(f"{count} {state}" for state, count in condition.unfinished.items()) or "none unfinished"
    if condition.oldest_at is None:
        return Finding(Mark.OK, "jobs", counts)
    if not is_running:
        return Finding(Mark.OK, "jobs", f"{counts}; the next start takes them up")
    age = now - condition.oldest_at
    if age > stuck_after:
        text = f"{counts}; the oldest for {age.total_seconds() / 60:.0f} min"
        return Finding(Mark.WARN, "jobs", text, "the log says what they wait for")
    return Finding(Mark.OK, "jobs", counts)


def _size(size_bytes: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes / 1000:.0f} kB"
