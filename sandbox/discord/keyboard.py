"""What the client does under a person's hands: finds places, checks permissions, uploads, sends."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.discord.asked import Asked
from sandbox.discord.command_rules import CommandType
from sandbox.discord.interactions import DIRECT_FILE_LIMIT_BYTES, Interaction, InteractionType
from sandbox.discord.mentions import EVERY_KIND, pinged
from sandbox.discord.message import Attachment, Body, Message, MessageType
from sandbox.discord.message_rules import ATTACHMENTS_MAX, CONTENT_MAX_CHARS
from sandbox.discord.permissions import EVERYTHING, Permission, in_channel, in_words, sending_permission
from sandbox.discord.seen import ClientRefused, SeenMessage
from sandbox.discord.typing_options import Value
from sandbox.discord.wire import Json, Uploaded
from sandbox.discord.world import Channel, Person, Role

if TYPE_CHECKING:
    from sandbox.discord.server import FakeDiscord

DIRECT = "dm"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file from the person's disk."""

    filename: str
    data: bytes


Typed = str | int | float | bool | Person | Channel | Role | Upload
Place = str | Channel


class Keyboard:
    def __init__(self, discord: "FakeDiscord", person: Person) -> None:
        self._discord = discord
        self._person = person
        self._world = discord.world

    def place(self, channel: Place) -> Channel:
        """A channel by name, in the servers that this person is in; `dm` is the conversation with the bot."""
        if isinstance(channel, Channel):
            return channel
        if channel == DIRECT:
            return self._world.direct_channel(self._person.id)
        for guild in self._world.guilds.values():
            if self._person.id in guild.members:
                for one in guild.channels.values():
                    if one.name == channel.removeprefix("#"):
                        return one
        raise ClientRefused(f"{self._person.name} knows no channel «{channel}»")

    def place_of(self, message: Message) -> Channel:
        channel = self._world.find_channel(message.channel_id)
        assert channel is not None, "messages are in channels"
        return channel

    def held(self, channel: Channel) -> Permission:
        guild = self._world.guild_of(channel)
        if guild is None:
            return EVERYTHING if channel.recipient_id == self._person.id else Permission(0)
        return in_channel(guild, channel, self._person.id)

    def need(self, channel: Channel, permission: Permission) -> None:
        if permission not in self.held(channel):
            lacking = in_words(permission & ~self.held(channel))
            raise ClientRefused(f"{self._person.name} does not have the permission {lacking} in {_named(channel)}")

    def visible(self, message: SeenMessage) -> Message:
        """The message itself, if it is still there and this person may see it."""
        stored = self._world.find_message(message.channel_id, message.id)
        if stored is None or stored.only_for not in (None, self._person.id):
            raise ClientRefused(f"that message is gone, or not for {self._person.name}")
        self.need(self.place_of(stored), Permission.VIEW_CHANNEL)
        return stored

    def command(self, kind: CommandType, name: str, channel: Channel, *, raw: bool) -> Json:
        found = self._discord.commands.find(kind, name, channel.guild_id)
        if found is None:
            raise ClientRefused(f"there is no command «{name}» in {_named(channel)}")
        refusal = self._discord.commands.refusal(found, channel, self._person)
        if refusal is not None and not raw:
            raise ClientRefused(f"{self._person.name} cannot see «{name}»: {refusal}")
        return found

    async def values(self, typed: Mapping[str, Typed], channel: Channel) -> dict[str, Value]:
        """Files among the options are uploaded first, as ephemeral attachments."""
        return {
            name: await self._upload(value, channel, ephemeral=True) if isinstance(value, Upload) else value
            for name, value in typed.items()
        }

    def ask(
        self,
        kind: InteractionType,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        parent: Interaction | None = None,
        forged: bool = False,
    ) -> Asked:
        interaction = self._discord.interactions.open(
            kind, self._person, channel, data, source=source, parent=parent, forged=forged
        )
        return Asked(interaction, self._world.clock, self._discord.changes)

    async def write(
        self, channel: Channel, content: str, uploads: Sequence[Upload], reply_to: Message | None, *, ping: bool
    ) -> SeenMessage:
        self._check_may_write(channel, content, uploads, reply_to)
        body = Body(content=content.strip())
        body.attachments = [await self._upload(each, channel, ephemeral=False) for each in uploads]
        is_by_interaction = reply_to is not None and reply_to.by_interaction is not None
        body.pinged = pinged(
            self._world,
            channel,
            self._person.id,
            body,
            {"parse": list(EVERY_KIND), "replied_user": ping},
            replied_id=None if reply_to is None or is_by_interaction else reply_to.author_id,
        )
        kind = MessageType.DEFAULT if reply_to is None else MessageType.REPLY
        message = self._discord.messages.post(channel, self._person, body, kind=kind, reply_to=reply_to)
        return SeenMessage(message.versions[-1])

    def _check_may_write(
        self, channel: Channel, content: str, uploads: Sequence[Upload], reply_to: Message | None
    ) -> None:
        self.need(channel, Permission.VIEW_CHANNEL | sending_permission(channel))
        if uploads:
            self.need(channel, Permission.ATTACH_FILES)
        if reply_to is not None:
            self.need(channel, Permission.READ_MESSAGE_HISTORY)
            if reply_to.is_ephemeral:
                raise ClientRefused("nobody can reply to a private message")
        if not (content.strip() or uploads):
            raise ClientRefused("the message is empty")
        if len(content) > CONTENT_MAX_CHARS:
            raise ClientRefused(f"the message is too long: {len(content):,} characters, at most {CONTENT_MAX_CHARS:,}")
        if len(uploads) > ATTACHMENTS_MAX:
            raise ClientRefused(f"{len(uploads)} files are too many: at most {ATTACHMENTS_MAX}")

    async def _upload(self, upload: Upload, channel: Channel, *, ephemeral: bool) -> Attachment:
        guild = self._world.guild_of(channel)
        limit = DIRECT_FILE_LIMIT_BYTES if guild is None else guild.attachment_limit_bytes
        if len(upload.data) > limit:
            raise ClientRefused(f"«{upload.filename}» is too large: {len(upload.data):,} bytes, at most {limit:,}")
        path = self._discord.cdn.new_path()
        await asyncio.to_thread(path.write_bytes, upload.data)
        stored = Uploaded(0, upload.filename, "application/octet-stream", len(upload.data), path)
        return await self._discord.cdn.keep(stored, channel_id=channel.id, ephemeral=ephemeral)


def _named(channel: Channel) -> str:
    return "direct messages" if channel.guild_id is None else f"#{channel.name}"
