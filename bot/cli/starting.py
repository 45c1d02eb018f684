"""What every command begins with: settings, the loop, and the words it ends with when it cannot begin."""

import asyncio
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

import typer

from bot.cli.statuses import Status
from bot.errors import BotError, DiscordUnreachable, PartEnded
from bot.settings import ServiceSettings, Settings, SettingsError

Loaded = TypeVar("Loaded", bound=ServiceSettings)


def load(kind: type[Loaded]) -> Loaded:
    try:
        return kind.load()
    except SettingsError as error:
        stop(error)


def stop(error: BotError) -> NoReturn:
    for line in str(error).splitlines():
        typer.echo(f"easel: {line}", err=True)
    if error.detail:
        typer.echo(f"easel: ({error.detail})", err=True)
    raise SystemExit(_status_of(error))


def _status_of(error: BotError) -> Status:
    """Of a bot that cannot start or go on; a supervisor tries again unless it is CANNOT_START."""
    if isinstance(error, DiscordUnreachable):
        return Status.UNAVAILABLE
    return Status.BUG if isinstance(error, PartEnded) else Status.CANNOT_START


def secrets_of(settings: ServiceSettings) -> list[str]:
    """What must never be read in a log."""
    known = [settings.openai_api_key, settings.moderation_api_key]
    if isinstance(settings, Settings):
        known.append(settings.discord_token)
    return [secret.get_secret_value() for secret in known if secret is not None]


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: half the time per request."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 -- not installed on Windows

    return uvloop.new_event_loop
