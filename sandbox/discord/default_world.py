"""The world that the demo and most tests live in."""

from sandbox.discord.clock import SandboxClock, SnowflakeMint, snowflake_at
from sandbox.discord.permissions import Permission
from sandbox.discord.world import Channel, ChannelType, Guild, Member, Overwrite, Person, Role, World

DAY_MS = 24 * 60 * 60 * 1000
WRITING = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.READ_MESSAGE_HISTORY
)
MEMBERS_MAY = WRITING | Permission.ADD_REACTIONS | Permission.CHANGE_NICKNAME | Permission.USE_APPLICATION_COMMANDS


class WorldBuilder:
    """Founds servers and people whose ids look as old as they would be."""

    def __init__(self) -> None:
        self.clock = SandboxClock()
        self._made = 0
        owner, bot = self.person("Olga", age_days=3000), self.person("Easel", age_days=400, is_bot=True)
        self.world = World(self.clock, SnowflakeMint(self.clock), bot=bot, owner=owner)
        self.world.people = {owner.id: owner, bot.id: bot}

    def old_id(self, age_days: int) -> int:
        self._made += 1
        return snowflake_at(self.clock.now_ms() - age_days * DAY_MS) + self._made

    def person(self, name: str, *, age_days: int, is_bot: bool = False) -> Person:
        return Person(self.old_id(age_days), name, is_bot)

    def people(self, *names: str) -> list[Person]:
        found = [self.person(name, age_days=1000 + 10 * number) for number, name in enumerate(names)]
        self.world.people |= {person.id: person for person in found}
        return found

    def guild(self, name: str, owner: Person, members: list[Person], *, age_days: int) -> Guild:
        """A server in which the bot has a role of its own."""
        guild = Guild(self.old_id(age_days), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", MEMBERS_MAY, position=0)
        joined_ms = self.clock.now_ms() - 200 * DAY_MS
        for person in [owner, self.world.bot, *members]:
            guild.members[person.id] = Member(person, joined_ms)
        self.role(guild, self.world.bot.name, WRITING, self.world.bot).bot_id = self.world.bot.id
        self.world.guilds[guild.id] = guild
        return guild

    def role(self, guild: Guild, name: str, permissions: Permission, *holders: Person) -> Role:
        role = Role(self.old_id(250), name, permissions, position=len(guild.roles))
        guild.roles[role.id] = role
        for person in holders:
            guild.members[person.id].role_ids.append(role.id)
        return role

    def channel(self, guild: Guild, name: str, **overwrites: Overwrite) -> Channel:
        """`overwrites` are keyed by role name; `everyone` is @everyone."""
        ids = {role.name.removeprefix("@"): role.id for role in guild.roles.values()}
        channel = Channel(self.old_id(290), ChannelType.TEXT, name, guild.id, position=len(guild.channels))
        channel.overwrites = {ids[role]: overwrite for role, overwrite in overwrites.items()}
        guild.channels[channel.id] = channel
        return channel

    def thread(self, guild: Guild, parent: Channel, name: str) -> Channel:
        thread = Channel(self.old_id(30), ChannelType.PUBLIC_THREAD, name, guild.id, parent_id=parent.id)
        thread.owner_id = guild.owner_id
        guild.channels[thread.id] = thread
        return thread


def default_world() -> World:
    """Two servers with the bot in both.

    The Atelier: Ada and Ben are members, Cleo holds Manage Server, Pia has the role Patron, Olga owns it. Channels:
    general (with the thread sketches), no-uploads (the bot lacks Attach Files), read-only (members may not write),
    after-hours (age-restricted).
    The Workshop: Ben owns it, Ada is a member, one channel: lounge.
    """
    builder = WorldBuilder()
    ada, ben, cleo, pia = builder.people("Ada", "Ben", "Cleo", "Pia")
    atelier = builder.guild("The Atelier", builder.world.owner, [ada, ben, cleo, pia], age_days=300)
    builder.role(atelier, "Patron", Permission(0), pia)
    builder.role(atelier, "Keeper", Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES, cleo)
    general = builder.channel(atelier, "general")
    builder.channel(atelier, "no-uploads", Easel=Overwrite(deny=Permission.ATTACH_FILES))
    builder.channel(
        atelier,
        "read-only",
        everyone=Overwrite(deny=Permission.SEND_MESSAGES),
        Easel=Overwrite(allow=Permission.SEND_MESSAGES),
    )
    builder.thread(atelier, general, "sketches")
    builder.channel(atelier, "after-hours").nsfw = True
    workshop = builder.guild("The Workshop", ben, [ada], age_days=210)
    builder.channel(workshop, "lounge")
    return builder.world
