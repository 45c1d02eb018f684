"""The servers, channels and people that exist."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.clock import SandboxClock, SnowflakeMint
from sandbox.discord.message import Message


class ChannelType(IntEnum):
    TEXT = 0
    DIRECT = 1
    PUBLIC_THREAD = 11


@dataclass(slots=True)
class Person:
    """An account. `accepts_direct_messages` False makes Discord refuse the bot's messages to them (50007)."""

    id: int
    name: str
    is_bot: bool = False
    locale: str = "en-US"
    accepts_direct_messages: bool = True


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int = 1
    mentionable: bool = False
    bot_id: int | None = None


@dataclass(slots=True)
class Overwrite:
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Channel:
    """A channel, thread or direct conversation. `overwrites` is keyed by role or person id."""

    id: int
    type: ChannelType
    name: str = ""
    guild_id: int | None = None
    position: int = 0
    parent_id: int | None = None
    owner_id: int | None = None
    recipient_id: int | None = None
    nsfw: bool = False
    locked: bool = False
    overwrites: dict[int, Overwrite] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        return self.type is ChannelType.PUBLIC_THREAD


@dataclass(slots=True)
class Member:
    person: Person
    joined_ms: int
    role_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Guild:
    """A server. The role whose id is the server's own is @everyone.

    `blocked_words` are those of its AutoMod rule. `open_commands` are names of commands that this server's admins
    opened to everybody, whatever `default_member_permissions` says (Discord: Application Commands, Permissions).
    """

    id: int
    name: str
    owner_id: int
    boost_tier: int = 0
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    open_commands: set[str] = field(default_factory=set)
    blocked_words: set[str] = field(default_factory=set)

    @property
    def attachment_limit_bytes(self) -> int:
        """10 MiB a file, 50 at boost tier 2 and 100 at tier 3."""
        return {2: 50, 3: 100}.get(self.boost_tier, 10) * 1024 * 1024


@dataclass(slots=True)
class World:
    """Everything that exists. The app has no privileged intent unless it is switched on here.

    `harmful_links` are texts that Discord takes for dangerous addresses, wherever they are posted.
    """

    clock: SandboxClock
    mint: SnowflakeMint
    bot: Person
    owner: Person
    message_content_intent: bool = False
    members_intent: bool = False
    people: dict[int, Person] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    direct: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    harmful_links: set[str] = field(default_factory=set)

    @property
    def application_id(self) -> int:
        return self.bot.id

    def person(self, name: str) -> Person:
        return next(person for person in self.people.values() if person.name == name)

    def guild(self, name: str) -> Guild:
        return next(guild for guild in self.guilds.values() if guild.name == name)

    def channel(self, name: str, *, guild: str | None = None) -> Channel:
        """The first channel of that name, with or without `#`, in the named server or in any."""
        for place in self.guilds.values():
            for channel in place.channels.values():
                if channel.name == name.removeprefix("#") and guild in (None, place.name):
                    return channel
        raise LookupError(f"no channel {name!r} in {guild or 'any server'}")

    def find_channel(self, channel_id: int) -> Channel | None:
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        return next((channel for channel in self.direct.values() if channel.id == channel_id), None)

    def guilds_of_bot(self) -> list[Guild]:
        return [guild for guild in self.guilds.values() if self.bot.id in guild.members]

    def guild_of(self, channel: Channel) -> Guild | None:
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def direct_channel(self, person_id: int) -> Channel:
        """The conversation between this person and the bot, opened when there is none yet."""
        if person_id not in self.direct:
            self.direct[person_id] = Channel(self.mint.new(), ChannelType.DIRECT, recipient_id=person_id)
        return self.direct[person_id]

    def in_channel(self, channel_id: int) -> Iterator[Message]:
        """Messages of a channel that are not deleted, oldest first."""
        return (message for message in self.messages.get(channel_id, {}).values() if not message.deleted)

    def find_message(self, channel_id: int, message_id: int) -> Message | None:
        message = self.messages.get(channel_id, {}).get(message_id)
        return None if message is None or message.deleted else message
