"""A slash command as a person types it in one line: `/imagine a fox count:2`, `/admin quota set user:Ben images:5`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sandbox.discord.command_rules import OptionType
from sandbox.discord.keyboard import Typed, Upload
from sandbox.discord.seen import ClientRefused
from sandbox.discord.typing_options import GROUPS
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Guild, Person, Role, World

Named = TypeVar("Named", Person, Role, Channel)

YES, NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Line:
    """`command` with its subcommands, `options` as the texts that stood behind their names."""

    command: str
    texts: dict[str, str]
    options: dict[str, Json]


def read(line: str, command: Json) -> Line:
    """Take a line apart after the command's registered form. Words without a name go to the first option.

    Raises:
        ClientRefused: the line does not fit the command.
    """
    words, offered, rest = [command["name"]], command.get("options") or [], _without_first(line)
    while rest and (
        step := next((one for one in offered if one["type"] in GROUPS and one["name"] == _first(rest)), None)
    ):
        words.append(step["name"])
        offered, rest = step.get("options") or [], _without_first(rest)
    options = {option["name"]: option for option in offered if option["type"] not in GROUPS}
    return Line(" ".join(words), _texts(rest, list(options)), options)


def _texts(rest: str, names: list[str]) -> dict[str, str]:
    if not names:
        if rest:
            raise ClientRefused(f"{rest!r} is too much here")
        return {}
    first, *named = re.split(rf"(?:^|\s+)({'|'.join(map(re.escape, names))}):", rest)
    texts = {names[0]: first.strip()} if first.strip() else {}
    return texts | {name: text.strip() for name, text in zip(named[::2], named[1::2], strict=True)}


def _first(text: str) -> str:
    return text.partition(" ")[0]


def _without_first(text: str) -> str:
    return text.partition(" ")[2].strip()


class Values:
    """Turns the texts of options into what the client sends, in one channel."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._guild: Guild | None = world.guild_of(channel)

    def of(self, line: Line) -> dict[str, Typed]:
        """Raises ClientRefused, in words."""
        return {name: self._value(line.options[name], text) for name, text in line.texts.items()}

    def _value(self, option: Json, text: str) -> Typed:
        name = option["name"]
        guild = self._guild
        match OptionType(option["type"]):
            case OptionType.INTEGER | OptionType.NUMBER:
                value: Typed = _number(name, text)
            case OptionType.BOOLEAN:
                value = _truth(name, text)
            case OptionType.USER:
                value = _named("person", text, list(self._world.people.values()))
            case OptionType.ROLE:
                value = _named("role", text, list(guild.roles.values()) if guild else [])
            case OptionType.CHANNEL:
                value = _named("channel", text, list(guild.channels.values()) if guild else [])
            case OptionType.ATTACHMENT:
                value = file(text)
            case _:
                value = text
        return value


def _number(name: str, text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise ClientRefused(f"{name}: {text!r} is no number") from None


def _truth(name: str, text: str) -> bool:
    if text.casefold() not in YES | NO:
        raise ClientRefused(f"{name}: say true or false, not {text!r}")
    return text.casefold() in YES


def _named(kind: str, text: str, known: Sequence[Named]) -> Named:
    wanted = text.lstrip("@#").casefold()
    for one in known:
        if one.name.lstrip("@").casefold() == wanted:
            return one
    raise ClientRefused(f"there is no {kind} {text!r}, only {', '.join(one.name for one in known)}")


def file(text: str) -> Upload:
    """A file of this machine, to be uploaded. Raises ClientRefused."""
    path = Path(text).expanduser()
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise ClientRefused(f"cannot read the file {text!r}: {error.strerror}") from None
