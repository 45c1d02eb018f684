"""What of the world a person can reach from their page: servers, channels, people and commands."""

from collections.abc import Hashable

from sandbox.discord.interactions import DIRECT_FILE_LIMIT_BYTES
from sandbox.discord.permissions import EVERYTHING, Permission, in_channel, in_guild, sending_permission
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Guild, Person, World


def everybody(world: World) -> list[Person]:
    """Those who can sit at a page, the members first."""
    return sorted((each for each in world.people.values() if not each.is_bot), key=lambda each: each is world.owner)


def people(world: World) -> list[Json]:
    bots = [each for each in world.people.values() if each.is_bot]
    return [
        {"id": str(each.id), "name": each.name, "bot": each.is_bot, "about": _about(world, each)}
        for each in [*everybody(world), *bots]
    ]


def places(discord: FakeDiscord, person: Person) -> Json:
    """Everything that depends on who sits there. A channel names the commands that are offered in it by id."""
    world = discord.world
    guilds = [guild for guild in world.guilds.values() if person.id in guild.members]
    channels = [each for guild in guilds for each in _in_order(guild) if _may_see(guild, each, person)]
    channels.append(world.direct_channel(person.id))
    offered = {channel.id: _offered(discord, channel, person) for channel in channels}
    return {
        "type": "places",
        "servers": [_server(guild) for guild in guilds],
        "channels": [_channel(world, each, person, offered[each.id]) for each in channels],
        "commands": list({command["id"]: command for found in offered.values() for command in found}.values()),
    }


def shape(discord: FakeDiscord) -> Hashable:
    """All that `places` depends on; far cheaper, and the same for as long as they are the same for everybody."""
    return discord.commands.syncs, tuple(
        (
            (guild.id, guild.name, guild.owner_id, guild.boost_tier, frozenset(guild.open_commands)),
            tuple((role.id, role.name, int(role.permissions)) for role in guild.roles.values()),
            tuple((member.person.id, *member.role_ids) for member in guild.members.values()),
            tuple(_channel_shape(channel) for channel in guild.channels.values()),
        )
        for guild in discord.world.guilds.values()
    )


def _channel_shape(channel: Channel) -> Hashable:
    rules = tuple((target, int(rule.allow), int(rule.deny)) for target, rule in channel.overwrites.items())
    return channel.id, channel.name, channel.position, channel.parent_id, channel.nsfw, channel.locked, rules


def file_limit_bytes(world: World, channel: Channel) -> int:
    guild = world.guild_of(channel)
    return DIRECT_FILE_LIMIT_BYTES if guild is None else guild.attachment_limit_bytes


def _about(world: World, person: Person) -> str:
    """Who somebody is, in the first server that they are in."""
    for guild in world.guilds.values():
        if person.id in guild.members:
            if guild.owner_id == person.id:
                return "owner"
            roles = [guild.roles[each].name for each in guild.members[person.id].role_ids]
            if Permission.MANAGE_GUILD in in_guild(guild, person.id):
                roles.append("admin")
            return ", ".join(roles) or "member"
    return "in no server"


def _in_order(guild: Guild) -> list[Channel]:
    """Channels as the list shows them, each with its threads below it."""
    top = sorted((each for each in guild.channels.values() if not each.is_thread), key=lambda each: each.position)
    return [
        each
        for channel in top
        for each in (channel, *(one for one in guild.channels.values() if one.parent_id == channel.id))
    ]


def _may_see(guild: Guild, channel: Channel, person: Person) -> bool:
    return Permission.VIEW_CHANNEL in in_channel(guild, channel, person.id)


def _offered(discord: FakeDiscord, channel: Channel, person: Person) -> list[Json]:
    """A server's own commands hide the global ones of their name."""
    book = discord.commands
    scopes = [None] if channel.guild_id is None else [channel.guild_id, None]
    found: dict[tuple[int, str], Json] = {}
    for command in (each for scope in scopes for each in book.listed(scope)):
        found.setdefault((command["type"], command["name"]), command)
    return [each for each in found.values() if book.refusal(each, channel, person) is None]


def _server(guild: Guild) -> Json:
    roles = [each for each in guild.roles.values() if each.id != guild.id]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "roles": [{"id": str(each.id), "name": each.name} for each in roles],
        "members": [
            {"id": str(each.person.id), "roles": [str(role) for role in each.role_ids]}
            for each in guild.members.values()
        ],
    }


def _channel(world: World, channel: Channel, person: Person, commands: list[Json]) -> Json:
    guild = world.guild_of(channel)
    held = EVERYTHING if guild is None else in_channel(guild, channel, person.id)
    return {
        "id": str(channel.id),
        "name": channel.name or world.bot.name,
        "server": None if channel.guild_id is None else str(channel.guild_id),
        "parent": None if channel.parent_id is None else str(channel.parent_id),
        "kind": channel.type.name.lower(),
        "nsfw": channel.nsfw,
        "limit_bytes": file_limit_bytes(world, channel),
        "may": {
            "write": sending_permission(channel) in held,
            "attach": Permission.ATTACH_FILES in held,
            "reply": Permission.READ_MESSAGE_HISTORY in held,
            "manage": guild is not None and Permission.MANAGE_MESSAGES in held,
        },
        "commands": [each["id"] for each in commands],
    }
