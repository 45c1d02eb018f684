"""The routes of channels and their messages (Discord: Channel Resource, Message Resource)."""

import asyncio

from sandbox.discord import payloads
from sandbox.discord.door import Route
from sandbox.discord.errors import ApiError, FormCheck, Refusal
from sandbox.discord.limits import Bucket
from sandbox.discord.mentions import pinged
from sandbox.discord.message import Body, Message, MessageFlag, MessageType, Pinged
from sandbox.discord.message_rules import MessageRules, Place
from sandbox.discord.messages import Messages
from sandbox.discord.paging import asked_page
from sandbox.discord.permissions import EVERYTHING, Permission, in_channel, sending_permission
from sandbox.discord.rendering import Renderer
from sandbox.discord.wire import NO_CONTENT, Call, Json, Reply, snowflake
from sandbox.discord.world import Channel, World

NONCE_MAX_CHARS = 25
NONCE_KEPT_MS = 3 * 60 * 1000
DIRECT_FILE_LIMIT_BYTES = 10 * 1024 * 1024
PAGE_MAX = 100
OLD_MS = 60 * 60 * 1000
OLD_EDITS_PER_HOUR = 3  # of messages older than an hour, in a channel; Discord publishes no number


class ChannelRoutes:
    def __init__(self, world: World, messages: Messages, rules: MessageRules, renderer: Renderer) -> None:
        self._world = world
        self._messages = messages
        self._rules = rules
        self._renderer = renderer
        self._one_nonce = asyncio.Lock()
        self._old_edits_ms: dict[int, list[int]] = {}

    def routes(self) -> list[Route]:
        one, listed = "/channels/{channel_id}/messages/{message_id}", "/channels/{channel_id}/messages"
        by = "channel_id"
        return [
            Route("GET", "/channels/{channel_id}", self.read_channel, by),
            Route("POST", "/channels/{channel_id}/typing", self.typing, by),
            Route("GET", listed, self.list_messages, by),
            Route("POST", listed, self.post, by, Bucket.MESSAGE_POST),
            Route("GET", one, self.read, by),
            Route("PATCH", one, self.edit, by, Bucket.MESSAGE_EDIT),
            Route("DELETE", one, self.delete, by),
        ]

    async def read_channel(self, call: Call) -> Reply:
        channel, _ = self._channel(call)
        return Reply(200, payloads.channel(self._world, channel))

    async def typing(self, call: Call) -> Reply:
        channel, held = self._channel(call)
        _require(held, sending_permission(channel))
        return NO_CONTENT

    async def list_messages(self, call: Call) -> Reply:
        """Newest first; `after` gives the oldest of those behind it. Without Read Message History: nothing at all."""
        channel, held = self._channel(call)
        limit, after, before = asked_page(call, usual=50, most=PAGE_MAX)
        if Permission.READ_MESSAGE_HISTORY not in held:
            return Reply(200, [])
        seen = [
            message
            for message in self._world.in_channel(channel.id)
            if after < message.id < before and not message.is_ephemeral
        ]
        page = seen[:limit] if "after" in call.query else seen[-limit:]
        return Reply(200, [self._shown(message) for message in reversed(page)])

    async def read(self, call: Call) -> Reply:
        channel, held = self._channel(call)
        _require(held, Permission.READ_MESSAGE_HISTORY)
        return Reply(200, self._shown(self._message(channel, call)))

    async def post(self, call: Call) -> Reply:
        """Two posts with one nonce at the same moment must not both find that there was none before."""
        channel, held = self._channel(call)
        payload = call.body()
        self._check_may_post(channel, held, call)
        nonce = _nonce(payload)
        reply_to = self._reply_to(channel, held, payload)
        self._check_words(channel, payload)
        async with self._one_nonce:
            if payload.get("enforce_nonce") and (earlier := self._earlier(nonce)) is not None:
                return Reply(200, self._shown(earlier))
            body = await self._rules.new_body(payload, call.uploads, self._place(channel, reply_to))
            kind = MessageType.DEFAULT if reply_to is None else MessageType.REPLY
            message = self._messages.post(channel, self._world.bot, body, kind=kind, nonce=nonce, reply_to=reply_to)
        return Reply(200, self._shown(message))

    async def edit(self, call: Call) -> Reply:
        channel, held = self._channel(call)
        message = self._message(channel, call)
        if message.author_id != self._world.bot.id:
            raise ApiError(Refusal.CANNOT_EDIT_OTHERS)
        if call.uploads:
            _require(held, Permission.ATTACH_FILES)
        self._check_words(channel, call.body())
        self._count_old_edit(message)
        place = self._place(channel, message.reply_to)
        self._messages.edit(message, await self._rules.edited_body(call.body(), call.uploads, message.body, place))
        return Reply(200, self._shown(message))

    async def delete(self, call: Call) -> Reply:
        channel, held = self._channel(call)
        message = self._message(channel, call)
        if message.author_id != self._world.bot.id:
            _require(held, Permission.MANAGE_MESSAGES)
        await self._messages.delete(message)
        return NO_CONTENT

    def _check_may_post(self, channel: Channel, held: Permission, call: Call) -> None:
        guild = self._world.guild_of(channel)
        if guild is None:
            person = self._world.people[channel.recipient_id or 0]
            if not any(person.id in each.members for each in self._world.guilds.values()):
                raise ApiError(Refusal.NO_MUTUAL_GUILD)
            if not person.accepts_direct_messages:
                raise ApiError(Refusal.CANNOT_DIRECT_MESSAGE)
        _require(held, sending_permission(channel))
        if call.uploads:
            _require(held, Permission.ATTACH_FILES)
        if call.body().get("embeds"):
            _require(held, Permission.EMBED_LINKS)
        if channel.locked:
            raise ApiError(Refusal.THREAD_LOCKED)

    def _check_words(self, channel: Channel, payload: Json) -> None:
        """AutoMod of the server, and Discord's own filter of links (Discord: Auto Moderation)."""
        text = str(payload.get("content") or "").lower()
        guild = self._world.guild_of(channel)
        if any(word in text for word in (guild.blocked_words if guild else ())):
            raise ApiError(Refusal.BLOCKED_BY_AUTOMOD)
        if any(link in text for link in self._world.harmful_links):
            raise ApiError(Refusal.HARMFUL_LINK)

    def _count_old_edit(self, message: Message) -> None:
        now_ms = self._world.clock.now_ms()
        if now_ms - message.created_ms <= OLD_MS:
            return
        recent = [at_ms for at_ms in self._old_edits_ms.get(message.channel_id, []) if at_ms > now_ms - OLD_MS]
        if len(recent) >= OLD_EDITS_PER_HOUR:
            raise ApiError(Refusal.TOO_MANY_OLD_EDITS)
        self._old_edits_ms[message.channel_id] = [*recent, now_ms]

    def _earlier(self, nonce: str | int | None) -> Message | None:
        """The bot's message of the last minutes that had this nonce, in whatever channel."""
        if nonce is None:
            return None
        since_ms = self._world.clock.now_ms() - NONCE_KEPT_MS
        for channel_id in self._world.messages:
            for message in self._world.in_channel(channel_id):
                is_ours = message.author_id == self._world.bot.id
                if is_ours and message.nonce == nonce and message.created_ms >= since_ms:
                    return message
        return None

    def _reply_to(self, channel: Channel, held: Permission, payload: Json) -> Message | None:
        reference = payload.get("message_reference")
        if not reference:
            return None
        if Permission.READ_MESSAGE_HISTORY not in held:
            raise ApiError(Refusal.NO_HISTORY_TO_REPLY)
        replied = self._world.find_message(channel.id, snowflake(reference.get("message_id")))
        if replied is None and reference.get("fail_if_not_exists", True):
            form = FormCheck()
            form.fail("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.done()
        return replied

    def _place(self, channel: Channel, reply_to: Message | None) -> Place:
        replied_id = None if reply_to is None or reply_to.by_interaction is not None else reply_to.author_id

        def ping(body: Body, allowed: Json | None) -> Pinged:
            return pinged(self._world, channel, self._world.bot.id, body, allowed, replied_id=replied_id)

        guild = self._world.guild_of(channel)
        limit = DIRECT_FILE_LIMIT_BYTES if guild is None else guild.attachment_limit_bytes
        return Place(channel.id, limit, ping)

    def _channel(self, call: Call) -> tuple[Channel, Permission]:
        """The channel and what the bot may do there. Raises ApiError when it is unknown or out of sight."""
        channel = self._world.find_channel(call.id("channel_id"))
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        guild = self._world.guild_of(channel)
        held = EVERYTHING if guild is None else in_channel(guild, channel, self._world.bot.id)
        if Permission.VIEW_CHANNEL not in held:
            raise ApiError(Refusal.MISSING_ACCESS)
        return channel, held

    def _message(self, channel: Channel, call: Call) -> Message:
        """Ephemeral messages are out of reach of these routes, even the bot's own."""
        message = self._world.find_message(channel.id, call.id("message_id"))
        if message is None or MessageFlag.EPHEMERAL in message.body.flags:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def _shown(self, message: Message) -> Json:
        return self._renderer.for_bot(message, content_intent=self._world.message_content_intent)


def _nonce(payload: Json) -> str | int | None:
    nonce: str | int | None = payload.get("nonce")
    form = FormCheck()
    if nonce is not None:
        form.text("nonce", str(nonce), most=NONCE_MAX_CHARS)
    form.done()
    return nonce


def _require(held: Permission, needed: Permission) -> None:
    if needed not in held:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
