"""What every command begins with: settings, the loop, and the words it ends with when it cannot begin."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TypeVar

import typer

from bot.cli.statuses import status_of_start
from bot.errors import BotError
from bot.settings import PartOfSettings, ServiceSettings, Settings, SettingsError

Loaded = TypeVar("Loaded", bound=PartOfSettings)


def load(kind: type[Loaded]) -> Loaded:
    try:
        return kind.load()
    except SettingsError as error:
        stop(error)


def stop(error: BotError) -> NoReturn:
    """End the process in words, for an owner who wanted to begin something."""
    for line in str(error).splitlines():
        typer.echo(f"easel: {line}", err=True)
    if error.detail:
        typer.echo(f"easel: ({error.detail})", err=True)
    raise SystemExit(status_of_start(error))


def secrets_of(settings: ServiceSettings) -> list[str]:
    """What must never be read in a log."""
    known = [settings.openai_api_key, settings.moderation_api_key]
    if isinstance(settings, Settings):
        known.append(settings.discord_token)
    return [secret.get_secret_value() for secret in known if secret is not None]


def leave_no_core_dump() -> None:
    """A crash of the interpreter writes no copy of its memory, in which every secret stands; children inherit that."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 -- not there on Windows

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: half the time per request."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 -- not installed on Windows

    return uvloop.new_event_loop
