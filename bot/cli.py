"""The command line: run the bot (the default), or check whether it could run."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from bot import log
from bot.app import run
from bot.clock import SystemClock
from bot.doctor.examination import examine
from bot.doctor.findings import Finding, Mark, show
from bot.doctor.home import alive
from bot.errors import BotError, DiscordUnreachable
from bot.settings import Settings, SettingsError

CANNOT_START, UNAVAILABLE = 78, 69  # sysexits: EX_CONFIG, which a supervisor need not try again; EX_UNAVAILABLE

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="A Discord bot that paints.")


@app.callback(invoke_without_command=True)
def main_command(context: typer.Context) -> None:
    """Run the bot until it is stopped."""
    if context.invoked_subcommand is None:
        _run()


def _run() -> None:
    settings = load()
    log.configure(level=settings.log_level, form=settings.log_format, known_secrets=secrets_of(settings))
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(settings, SystemClock()))
    except BotError as error:
        stop(error)


@app.command()
def doctor(
    *,
    live: Annotated[bool, typer.Option("--live", help="Only: does a bot work here? Asks nobody outside.")] = False,
) -> None:
    """Check whether the bot can run here: a line each, with what to do. Exit status 1 when something failed."""
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


def load() -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        stop(error)


def stop(error: BotError) -> NoReturn:
    for line in str(error).splitlines():
        typer.echo(f"easel: {line}", err=True)
    if error.detail:
        typer.echo(f"easel: ({error.detail})", err=True)
    raise SystemExit(UNAVAILABLE if isinstance(error, DiscordUnreachable) else CANNOT_START)


def secrets_of(settings: Settings) -> list[str]:
    """What must never be read in a log."""
    known = (settings.discord_token, settings.openai_api_key, settings.moderation_api_key)
    return [secret.get_secret_value() for secret in known if secret is not None]


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: half the time per request."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 -- not installed on Windows

    return uvloop.new_event_loop


def main() -> None:
    app()
