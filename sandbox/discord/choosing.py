"""What a person takes from a select: the bot's own options, or people, roles and channels that the client offers."""

from collections.abc import Sequence

from sandbox.discord.components import Kind
from sandbox.discord.seen import ClientRefused, listed
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Person, Role, World

Chosen = Person | Role | Channel


def check_choice_of(component: Json, values: Sequence[str]) -> None:
    """How many, and of a string select which. Raises ClientRefused."""
    least, most = component.get("min_values", 1), component.get("max_values", 1)
    if not least <= len(set(values)) == len(values) <= most:
        raise ClientRefused(f"choose {least if least == most else f'{least} to {most}'}, not {len(values)}")
    offered = [option["value"] for option in component.get("options") or []]
    if component["type"] == Kind.STRING_SELECT and not set(values) <= set(offered):
        raise ClientRefused(f"it offers {listed(offered)}, and no other")


def chosen(world: World, place: Channel, component: Json, values: Sequence[str]) -> list[Chosen]:
    """Whom and what the ids of any other select stand for; of a string select, nothing. Raises ClientRefused."""
    guild = world.guild_of(place)
    people: dict[int, Chosen] = {each: world.people[each] for each in guild.members} if guild else {}
    roles: dict[int, Chosen] = dict(guild.roles) if guild else {}
    channels: dict[int, Chosen] = dict(guild.channels) if guild else {}
    known = {
        Kind.USER_SELECT: people,
        Kind.ROLE_SELECT: roles,
        Kind.MENTIONABLE_SELECT: people | roles,
        Kind.CHANNEL_SELECT: channels,
    }.get(Kind(component["type"]))
    if known is None:
        return []
    if unknown := [each for each in values if not each.isdecimal() or int(each) not in known]:
        raise ClientRefused(f"there is no {listed(unknown)} to choose here")
    return [known[int(each)] for each in values]
