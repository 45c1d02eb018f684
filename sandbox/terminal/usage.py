"""How the registered slash commands are typed, for `help`."""

from collections.abc import Iterator, Sequence

from sandbox.discord.command_rules import CommandType
from sandbox.discord.typing_options import GROUPS
from sandbox.discord.wire import Json


def usage(commands: Sequence[Json]) -> list[tuple[str, str]]:
    """(`/imagine prompt [model] …`, description) of each slash command and subcommand."""
    return [line for command in commands if command["type"] == CommandType.SLASH for line in _lines("/", command)]


def _lines(path: str, command: Json) -> Iterator[tuple[str, str]]:
    options = command.get("options") or []
    inner = [option for option in options if option["type"] in GROUPS]
    for one in inner:
        yield from _lines(f"{path}{command['name']} ", one)
    if not inner:
        shown = [option["name"] if option.get("required") else f"[{option['name']}]" for option in options]
        yield " ".join([path + command["name"], *shown]), command.get("description") or ""
