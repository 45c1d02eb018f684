"""Autocomplete: what fits what was typed so far."""

from collections.abc import Iterable

from discord import app_commands

CHOICES_MAX = 25  # Discord: Application Command Option Choice
CHOICE_MAX_CHARS = 100


def matching(typed: str, names: Iterable[str]) -> list[app_commands.Choice[str]]:
    """Names that begin with what was typed first, then those that contain it."""
    wanted = typed.strip().casefold()
    fitting = [name for name in names if wanted in name.casefold() and len(name) <= CHOICE_MAX_CHARS]
    fitting.sort(key=lambda name: not name.casefold().startswith(wanted))
    return [app_commands.Choice(name=name, value=name) for name in fitting[:CHOICES_MAX]]
