"""Posting, editing and deleting messages, and telling everybody who may know."""

from dataclasses import dataclass

from sandbox.discord import payloads
from sandbox.discord.cdn import Cdn
from sandbox.discord.changes import Changes
from sandbox.discord.gateway import Gateway
from sandbox.discord.message import Body, Message, MessageFlag, MessageType
from sandbox.discord.permissions import Permission, in_channel
from sandbox.discord.rendering import Renderer
from sandbox.discord.session import Intent, Session
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Person, World


@dataclass(frozen=True, slots=True)
class Notification:
    """A ping that a person received. `reason` is "mention", "role", "everyone" or "direct message"."""

    message: Message
    reason: str


class Messages:
    def __init__(self, world: World, cdn: Cdn, renderer: Renderer, gateway: Gateway, changes: Changes) -> None:
        self.notifications: dict[int, list[Notification]] = {}
        self._world = world
        self._cdn = cdn
        self._renderer = renderer
        self._gateway = gateway
        self._changes = changes

    def post(
        self,
        channel: Channel,
        author: Person,
        body: Body,
        *,
        kind: MessageType = MessageType.DEFAULT,
        nonce: str | int | None = None,
        reply_to: Message | None = None,
        by_interaction: Json | None = None,
        only_for: int | None = None,
    ) -> Message:
        message = Message(
            id=self._world.mint.new(),
            channel_id=channel.id,
            author_id=author.id,
            type=kind,
            created_ms=self._world.clock.now_ms(),
            body=body,
            nonce=nonce,
            reply_to=reply_to,
            by_interaction=by_interaction,
            only_for=only_for,
        )
        self._world.messages.setdefault(channel.id, {})[message.id] = message
        self._notify(channel, message)
        self._tell("MESSAGE_CREATE", channel, message)
        return message

    def edit(self, message: Message, body: Body) -> None:
        """An edit pings nobody anew, as on Discord, but `mentions` follows the new text."""
        was_loading = MessageFlag.LOADING in message.body.flags
        message.body = body
        if not was_loading:
            message.edited_ms = self._world.clock.now_ms()
        channel = self._world.find_channel(message.channel_id)
        assert channel is not None, "channels are never deleted"
        self._tell("MESSAGE_UPDATE", channel, message)

    async def delete(self, message: Message) -> None:
        message.deleted = True
        for attachment in message.body.attachments:
            await self._cdn.forget(attachment)
        channel = self._world.find_channel(message.channel_id)
        assert channel is not None, "channels are never deleted"
        data = {"id": str(message.id), "channel_id": str(channel.id)} | _guild_id(channel)
        if self._bot_is_told(channel):
            self._gateway.dispatch("MESSAGE_DELETE", lambda _: data, channel.guild_id, _intent(channel))
        self._changes.happened()

    def _tell(self, event: str, channel: Channel, message: Message) -> None:
        message.versions.append(self._renderer.message(message))
        if self._bot_is_told(channel):
            self._gateway.dispatch(
                event, lambda session: self._event(session, channel, message), channel.guild_id, _intent(channel)
            )
        self._changes.happened()

    def _bot_is_told(self, channel: Channel) -> bool:
        guild = self._world.guild_of(channel)
        return guild is None or Permission.VIEW_CHANNEL in in_channel(guild, channel, self._world.bot.id)

    def _event(self, session: Session, channel: Channel, message: Message) -> Json:
        """MESSAGE_CREATE and MESSAGE_UPDATE: the message, with members where REST has none."""
        content_intent = self._world.message_content_intent and Intent.MESSAGE_CONTENT in session.intents
        data = self._renderer.for_bot(message, content_intent=content_intent) | _guild_id(channel)
        data["channel_type"] = int(channel.type)
        guild = self._world.guild_of(channel)
        if guild is not None:
            data["mentions"] = [
                payloads.user(self._world.people[each])
                | ({"member": payloads.member_part(guild.members[each])} if each in guild.members else {})
                for each in message.body.pinged.people
            ]
            if message.author_id in guild.members and message.by_interaction is None:
                data["member"] = payloads.member_part(guild.members[message.author_id])
        return data

    def _notify(self, channel: Channel, message: Message) -> None:
        guild = self._world.guild_of(channel)
        if guild is None:
            readers = {channel.recipient_id: "direct message"}
        else:
            readers = {
                member.person.id: reason
                for member in guild.members.values()
                if (reason := _reason(message, member.person.id, member.role_ids)) is not None
                and Permission.VIEW_CHANNEL in in_channel(guild, channel, member.person.id)
                and message.only_for in (None, member.person.id)
            }
        for person_id, reason in readers.items():
            if person_id is not None and person_id != message.author_id:
                self.notifications.setdefault(person_id, []).append(Notification(message, reason))


def _reason(message: Message, person_id: int, role_ids: list[int]) -> str | None:
    pinged = message.body.pinged
    if person_id in pinged.people:
        return "mention"
    if set(pinged.roles) & set(role_ids):
        return "role"
    return "everyone" if pinged.everyone else None


def _guild_id(channel: Channel) -> Json:
    return {} if channel.guild_id is None else {"guild_id": str(channel.guild_id)}


def _intent(channel: Channel) -> Intent:
    return Intent.DIRECT_MESSAGES if channel.guild_id is None else Intent.GUILD_MESSAGES
