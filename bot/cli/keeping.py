"""`easel backup` and `easel restore`: the database into a file and back. They need DATA_DIR and no other setting."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.figures import size_of
from bot.cli.starting import load, stop
from bot.clock import SystemClock
from bot.errors import BotError
from bot.home import DATABASE, OWNERS
from bot.owner import alone
from bot.settings import HomeSettings
from bot.store.backup import back_up
from bot.store.backup import restore as put_back
from bot.store.copying import Contents
from bot.store.trouble import in_words

EPILOG = (
    "Exit status: 0 done, 2 cannot be done as typed, 65 damaged, 75 try again later (in use, locked, disk full), "
    "78 settings, or no database of this Easel."
)

Target = Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]
Backup = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What `easel backup` has made.")
]


def backup(file: Target) -> None:
    """Copy the database to FILE, also while the bot runs: quotas, requests, the admins' changes; no pictures.

    The copy is checked before it gets its name, and only you can read it: it holds prompts.
    """
    database = load(HomeSettings).data_dir / DATABASE
    try:
        contents = back_up(database, file.absolute())
    except BotError as error:
        stop(error)
    typer.echo(f"{file}: {_described(contents)}. Checked, and whole.")
    if contents.unfinished:
        typer.echo(f"Unfinished right now: {_requests(contents.unfinished)}; a restore would end them, at no cost.")


def restore(file: Backup) -> None:
    """Put a backup in the place of the database. The bot must have been stopped.

    The present database is moved aside, never deleted. Requests that were unfinished in the backup are ended, at no
    cost to their members: nothing is painted or posted a second time. Quotas are those of the backup.
    """
    data_dir = load(HomeSettings).data_dir
    try:
        with in_words(data_dir / DATABASE):
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            with alone(data_dir / OWNERS):
                contents, aside = put_back(file.absolute(), data_dir / DATABASE, at=SystemClock().now())
    except BotError as error:
        stop(error)
    typer.echo(f"Restored {data_dir / DATABASE}: {_described(contents)}.")
    if contents.unfinished:
        typer.echo(f"Ended, at no cost to their members: {_requests(contents.unfinished)} that had been unfinished.")
    if aside is not None:
        typer.echo(f"What was there before is now {aside}: remove it when you are sure that you do not need it.")
    typer.echo("Quotas and requests of the time since are not in it. Start the bot; it removes pictures it knows not.")


def _described(contents: Contents) -> str:
    size = f"{size_of(contents.size_bytes)}, database version {contents.version}"
    if contents.last_at is None:
        return f"{size}, no requests yet"
    last = f"{contents.last_at:%Y-%m-%d %H:%M} UTC"
    return f"{size}, {_requests(contents.jobs)} of {_members(contents.members)}, the last of {last}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def _members(count: int) -> str:
    return "1 member" if count == 1 else f"{count:,} members"
