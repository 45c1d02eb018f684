"""What a person types behind a slash command, as the client checks and sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord import payloads
from sandbox.discord.command_rules import LONGEST_STRING, OptionType
from sandbox.discord.message import Attachment
from sandbox.discord.permissions import Permission, in_channel
from sandbox.discord.rendering import Renderer
from sandbox.discord.seen import ClientRefused, listed
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Guild, Person, Role, World

Value = str | int | float | bool | Person | Channel | Role | Attachment
MEANT = {
    OptionType.STRING: "text",
    OptionType.INTEGER: "whole number",
    OptionType.NUMBER: "number",
    OptionType.BOOLEAN: "yes or no",
    OptionType.USER: "person",
    OptionType.CHANNEL: "channel",
    OptionType.ROLE: "role",
    OptionType.MENTIONABLE: "person or role",
    OptionType.ATTACHMENT: "file",
}
GROUPS = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)


@dataclass(slots=True)
class TypedOptions:
    """`options` as the interaction carries them, and the objects they name."""

    options: list[Json] = field(default_factory=list)
    resolved: Json = field(default_factory=dict)


class OptionTyper:
    """Types options into one command in one channel. `raw` sends whatever is given, as no client would."""

    def __init__(
        self, world: World, renderer: Renderer, person: Person, channel: Channel, *, raw: bool = False
    ) -> None:
        self._world = world
        self._renderer = renderer
        self._person = person
        self._channel = channel
        self._raw = raw

    def type(
        self, command: Json, words: list[str], values: Mapping[str, Value], *, focused: str | None = None
    ) -> TypedOptions:
        """`words` lead to the subcommand. With `focused`, that option is still being typed (autocomplete)."""
        typed = TypedOptions()
        offered = command.get("options") or []
        chain: list[Json] = []
        for word in words:
            found = next((each for each in offered if each["name"] == word and each["type"] in GROUPS), None)
            if found is None:
                raise ClientRefused(f"/{command['name']} has no subcommand «{word}»")
            chain.append({"type": found["type"], "name": word})
            offered = found.get("options") or []
        if not self._raw and any(each["type"] in GROUPS for each in offered):
            raise ClientRefused(f"/{command['name']} needs a subcommand: {listed(each['name'] for each in offered)}")
        leaf = self._leaf(offered, values, typed, focused)
        for step in reversed(chain):
            leaf = [step | {"options": leaf}]
        typed.options = leaf
        return typed

    def _leaf(
        self, offered: list[Json], values: Mapping[str, Value], typed: TypedOptions, focused: str | None
    ) -> list[Json]:
        by_name = {option["name"]: option for option in offered}
        if not self._raw:
            if unknown := values.keys() - by_name.keys():
                raise ClientRefused(
                    f"there is no option {listed(sorted(unknown))}, only {listed(sorted(by_name)) or 'none'}"
                )
            missing = [name for name, option in by_name.items() if option.get("required") and name not in values]
            if missing and focused is None:
                raise ClientRefused(f"still needed: {listed(missing)}")
        return [
            self._option(by_name.get(name, {"name": name, "type": _guess(value)}), value, typed, name == focused)
            for name, value in values.items()
        ]

    def _option(self, option: Json, value: Value, typed: TypedOptions, is_focused: bool) -> Json:
        kind = OptionType(option["type"])
        if is_focused:
            return {"type": int(kind), "name": option["name"], "value": value, "focused": True}
        for choice in option.get("choices") or []:
            if value == choice["name"]:
                value = choice["value"]
        if not self._raw:
            check_value(option, value)
        return {"type": int(kind), "name": option["name"], "value": self.name(value, typed)}

    def name(self, value: Value, typed: TypedOptions) -> str | int | float | bool:
        """What is sent for a value: people, channels, roles and files as ids, described under `resolved`."""
        if not isinstance(value, Person | Channel | Role | Attachment):
            return value
        key = str(value.id)
        guild = self._world.guild_of(self._channel)
        match value:
            case Person():
                typed.resolved.setdefault("users", {})[key] = payloads.user(value)
                if guild is not None and value.id in guild.members:
                    typed.resolved.setdefault("members", {})[key] = self._member(guild, value)
            case Channel():
                held = Permission(0) if guild is None else in_channel(guild, value, self._person.id)
                typed.resolved.setdefault("channels", {})[key] = payloads.partial_channel(self._world, value, held)
            case Role():
                typed.resolved.setdefault("roles", {})[key] = payloads.role(value)
            case Attachment():
                typed.resolved.setdefault("attachments", {})[key] = self._renderer.attachment(value)
        return key

    def _member(self, guild: Guild, person: Person) -> Json:
        held = in_channel(guild, self._channel, person.id)
        return payloads.member_part(guild.members[person.id]) | {"permissions": str(int(held))}


def check_value(option: Json, value: Value) -> None:
    """What the client checks before it lets you press Enter. Raises ClientRefused."""
    name, kind = option["name"], OptionType(option["type"])
    fits: dict[OptionType, tuple[type, ...]] = {
        OptionType.STRING: (str,),
        OptionType.INTEGER: (int,),
        OptionType.NUMBER: (int, float),
        OptionType.BOOLEAN: (bool,),
        OptionType.USER: (Person,),
        OptionType.CHANNEL: (Channel,),
        OptionType.ROLE: (Role,),
        OptionType.MENTIONABLE: (Person, Role),
        OptionType.ATTACHMENT: (Attachment,),
    }
    if not isinstance(value, fits[kind]) or (isinstance(value, bool) and kind is not OptionType.BOOLEAN):
        raise ClientRefused(f"{name}: «{_in_words(value)}» is no {MEANT[kind]}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ClientRefused(f"{name}: «{value}» is none of {listed(choices)}")
    if isinstance(value, str):
        least, most = option.get("min_length") or 0, option.get("max_length") or LONGEST_STRING
        if not max(1, least) <= len(value) <= most:
            raise ClientRefused(f"{name}: {len(value)} characters, not {max(1, least)} to {most}")
    elif isinstance(value, int | float):
        least, most = option.get("min_value", float("-inf")), option.get("max_value", float("inf"))
        if not least <= value <= most:
            raise ClientRefused(f"{name}: {value} is not {_range(least, most)}")


def _in_words(value: Value) -> str:
    match value:
        case Person() | Channel() | Role():
            return value.name
        case Attachment():
            return value.filename
    return str(value)


def _range(least: float, most: float) -> str:
    if least == float("-inf"):
        return f"at most {most:,}"
    return f"at least {least:,}" if most == float("inf") else f"from {least:,} to {most:,}"


def _guess(value: Value) -> OptionType:
    """For options that the command does not have (only `raw` gets here)."""
    kinds: list[tuple[type, OptionType]] = [
        (bool, OptionType.BOOLEAN),
        (int, OptionType.INTEGER),
        (float, OptionType.NUMBER),
        (Person, OptionType.USER),
        (Channel, OptionType.CHANNEL),
        (Role, OptionType.ROLE),
        (Attachment, OptionType.ATTACHMENT),
    ]
    return next((kind for type_, kind in kinds if isinstance(value, type_)), OptionType.STRING)
