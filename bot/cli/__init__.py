"""The command line: run the bot (the default), check it, keep its data, or use the image service without it."""

import asyncio
import logging
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot import incidents, log
from bot.cli import keeping
from bot.cli.api import api
from bot.cli.starting import leave_no_core_dump, load, loop_factory, secrets_of, stop
from bot.cli.statuses import Status
from bot.clock import SystemClock
from bot.errors import BotError
from bot.settings import Settings, SettingsError

__all__ = ["main", "secrets_of"]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A Discord bot that paints. Without a command it runs until it is stopped.",
)
app.add_typer(api, name="api")
app.command(epilog=keeping.EPILOG)(keeping.backup)
app.command(epilog=keeping.EPILOG)(keeping.restore)


@app.callback(invoke_without_command=True)
def main_command(context: typer.Context) -> None:
    """Run the bot until it is stopped."""
    if context.invoked_subcommand is None:
        _run()


def _run() -> None:
    from bot.app import run  # noqa: PLC0415 -- more than a third of the start, and «easel api» needs none of it

    settings = load(Settings)
    log.configure(level=settings.log_level, form=settings.log_format, known_secrets=secrets_of(settings))
    incidents.of_process()
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(settings, SystemClock()))
    except BotError as error:
        stop(error)
    except Exception:
        number = log.incident()
        logging.getLogger(__name__).exception("ended by a bug incident=%s", number)
        typer.echo(f"easel: That is a bug of mine; the log has it as incident {number}.", err=True)
        raise SystemExit(Status.BUG) from None


@app.command()
def doctor(
    *,
    live: Annotated[bool, typer.Option("--live", help="Only: does a bot work here? Asks nobody outside.")] = False,
) -> None:
    """Check whether the bot can run here: a line each, with what to do. Exit status 1 when something failed."""
    from bot.doctor.examination import examine  # noqa: PLC0415 -- as in `_run`
    from bot.doctor.findings import Finding, Mark, show  # noqa: PLC0415
    from bot.doctor.home import alive  # noqa: PLC0415

    try:
        settings = Settings.load()
    except SettingsError as error:
        show([Finding(Mark.FAIL, "settings", problem) for problem in error.problems], hide=str)
        raise SystemExit(1) from None
    secrets = secrets_of(settings)
    log.configure(level="ERROR", form="text", known_secrets=secrets)
    if live:
        findings = [alive(settings.data_dir)]
    else:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            findings = runner.run(examine(settings, SystemClock()))
    raise SystemExit(0 if show(findings, hide=log.Redaction(secrets, "text").hide) else 1)


def main() -> None:
    """What was typed wrongly is one line like every other failure, not a frame of five."""
    leave_no_core_dump()
    if not all(map(_is_text, sys.argv[1:])):
        typer.echo(
            "easel: What was typed is not UTF-8, and no service takes it: type it anew, or rename the file.", err=True
        )
        raise SystemExit(Status.USAGE)
    try:
        status = app(standalone_mode=False)
    except TyperException as error:
        if message := error.format_message():
            typer.echo(f"easel: {message}", err=True)
        status = error.exit_code
    raise SystemExit(status or 0)


def _is_text(word: str) -> bool:
    """Bytes that are none in the terminal's encoding come as halves of surrogate pairs, which nothing can send."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
