"""The commands that the bot registered, and who may see which."""

from dataclasses import dataclass, field

from sandbox.discord.command_rules import CommandType, check_commands
from sandbox.discord.errors import FormCheck
from sandbox.discord.permissions import EVERYTHING, Permission, in_channel, in_words
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Guild, Person, World

IN_GUILD, IN_BOT_DIRECT = 0, 1
KEPT = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
)


@dataclass(slots=True)
class CommandBook:
    """Global commands under None, a server's own under its id. `syncs` counts bulk overwrites."""

    world: World
    syncs: int = 0
    _sets: dict[int | None, list[Json]] = field(default_factory=dict)

    def overwrite(self, commands: list[Json], guild_id: int | None) -> list[Json]:
        """Replace the whole set; what keeps its name and type keeps its id. Raises ApiError."""
        form = FormCheck()
        check_commands(form, commands)
        form.done()
        before = {(command["type"], command["name"]): command["id"] for command in self.listed(guild_id)}
        self._sets[guild_id] = [self._kept(command, before, guild_id) for command in commands]
        self.syncs += 1
        return self.listed(guild_id)

    def listed(self, guild_id: int | None) -> list[Json]:
        return self._sets.get(guild_id, [])

    def find(self, kind: CommandType, name: str, guild_id: int | None) -> Json | None:
        """A server's own command hides the global one of its name."""
        scopes = [None] if guild_id is None else [guild_id, None]
        listed = [command for scope in scopes for command in self.listed(scope)]
        return next((command for command in listed if command["type"] == kind and command["name"] == name), None)

    def refusal(self, command: Json, channel: Channel, person: Person) -> str | None:
        """Why the client does not offer this command to this person here; None when it does."""
        guild = self.world.guild_of(channel)
        contexts = command.get("contexts")
        if guild is not None:
            is_offered = contexts is None or IN_GUILD in contexts
            return self._refusal_in_guild(command, guild, channel, person) if is_offered else "not offered in servers"
        is_offered = IN_BOT_DIRECT in contexts if contexts is not None else command.get("dm_permission", True)
        return None if is_offered else "not offered in direct messages"

    def _refusal_in_guild(self, command: Json, guild: Guild, channel: Channel, person: Person) -> str | None:
        held = in_channel(guild, channel, person.id)
        wanted = command["default_member_permissions"]
        needed = EVERYTHING if wanted == "0" else Permission(int(wanted or 0))
        if command["name"] in guild.open_commands:
            needed = Permission(0)
        needed |= Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS
        if self.world.bot.id not in guild.members:
            return "the bot is not in this server"
        if wanted == "0" and needed not in held:
            return "it is for admins alone"
        return None if needed in held else f"it needs the permission {in_words(needed & ~held)}"

    def _kept(self, command: Json, before: dict[tuple[int, str], str], guild_id: int | None) -> Json:
        kind = int(command.get("type") or CommandType.SLASH)
        wanted = command.get("default_member_permissions")
        kept = {name: command[name] for name in KEPT if command.get(name) is not None}
        kept |= {
            "id": before.get((kind, command["name"])) or str(self.world.mint.new()),
            "application_id": str(self.world.application_id),
            "version": str(self.world.mint.new()),
            "type": kind,
            "description": command.get("description") or "",
            "default_member_permissions": None if wanted is None else str(wanted),
            "nsfw": bool(command.get("nsfw")),
        }
        if "options" in kept:
            kept["options"] = [_without_nulls(option) for option in kept["options"]]
        return kept if guild_id is None else kept | {"guild_id": str(guild_id)}


def _without_nulls(option: Json) -> Json:
    kept = {name: value for name, value in option.items() if value is not None}
    if "options" in kept:
        kept["options"] = [_without_nulls(child) for child in kept["options"]]
    return kept
