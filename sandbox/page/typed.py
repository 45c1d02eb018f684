"""Options as the page sends them, made into what a person would have chosen: people, channels, files, numbers."""

from sandbox.discord.command_rules import CommandType, OptionType
from sandbox.discord.keyboard import Typed
from sandbox.discord.seen import ClientRefused
from sandbox.discord.server import FakeDiscord
from sandbox.discord.typing_options import GROUPS
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, World
from sandbox.page.session import Session


def typed_options(
    discord: FakeDiscord, session: Session, channel: Channel, message: Json, *, is_whole: bool = True
) -> dict[str, Typed]:
    """`message` is {"command", "options"}. Unless it is whole, what is no value yet is left out. Raises ClientRefused.

    An option that the command does not have is passed on as it is: the keyboard refuses it in its own words.
    """
    first, *words = str(message["command"]).split()
    command = discord.commands.find(CommandType.SLASH, first, channel.guild_id) or {}
    offered = {option["name"]: option for option in _leaf(command, words)}
    read: dict[str, Typed] = {}
    for name, value in dict(message.get("options") or {}).items():
        kind = OptionType(offered[name]["type"]) if name in offered else OptionType.STRING
        try:
            read[name] = _value(discord.world, session, channel, kind, value)
        except ClientRefused as error:
            if is_whole:
                raise ClientRefused(f"{name}: {error}") from None
    return read


def _leaf(command: Json, words: list[str]) -> list[Json]:
    options: list[Json] = command.get("options") or []
    for word in words:
        found: Json = next((each for each in options if each["name"] == word and each["type"] in GROUPS), {})
        options = found.get("options") or []
    return options


def _value(world: World, session: Session, channel: Channel, kind: OptionType, value: object) -> Typed:
    guild = world.guild_of(channel)
    match kind:
        case OptionType.ATTACHMENT:
            return session.upload(str(value))
        case OptionType.USER | OptionType.CHANNEL | OptionType.ROLE | OptionType.MENTIONABLE:
            named = _whole(value)
            people = world.people.get(named) if kind in (OptionType.USER, OptionType.MENTIONABLE) else None
            roles = guild.roles.get(named) if guild and kind in (OptionType.ROLE, OptionType.MENTIONABLE) else None
            channels = guild.channels.get(named) if guild and kind is OptionType.CHANNEL else None
            found = people or roles or channels
            if found is None:
                raise ClientRefused("choose one from the list")
            return found
        case OptionType.INTEGER:
            return _whole(value)
        case _ if isinstance(value, str | int | float | bool):
            return value
    raise ClientRefused("not understood")


def _whole(value: object) -> int:
    """A whole number, also where it was typed as words."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ClientRefused("not a whole number")
    try:
        whole = int(value)
    except (ValueError, OverflowError):
        raise ClientRefused("not a whole number") from None
    if isinstance(value, float) and whole != value:
        raise ClientRefused("not a whole number")
    return whole
