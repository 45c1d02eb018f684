"""Messages as Discord's JSON, and which parts of them the bot may see (Discord: Gateway, Message Content Intent)."""

import re
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import iso
from sandbox.discord.components import Kind
from sandbox.discord.embeds import ATTACHED, claimed_filenames
from sandbox.discord.message import Attachment, Message, MessageFlag, MessageType
from sandbox.discord.wire import Json
from sandbox.discord.world import World

HIDDEN: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


class Renderer:
    def __init__(self, world: World, cdn: Cdn) -> None:
        self._world = world
        self._cdn = cdn

    def message(self, message: Message) -> Json:
        """The whole message, with fresh links, as its author and its readers get it."""
        body = message.body
        claimed = claimed_filenames(body.embeds)
        shown: Json = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": int(message.type),
            "author": payloads.user(self._world.people[message.author_id]),
            "content": body.content,
            "timestamp": iso(message.created_ms),
            "edited_timestamp": None if message.edited_ms is None else iso(message.edited_ms),
            "tts": False,
            "pinned": False,
            "flags": int(body.flags),
            "mention_everyone": body.pinged.everyone,
            "mentions": [payloads.user(self._world.people[each]) for each in body.pinged.people],
            "mention_roles": [str(each) for each in body.pinged.roles],
            "attachments": [self.attachment(each) for each in body.attachments if each.filename not in claimed],
            "embeds": [self._embed(each, body.attachments) for each in body.embeds],
            "components": [self._component(each, body.attachments) for each in body.components],
        }
        if message.nonce is not None:
            shown["nonce"] = message.nonce
        if message.by_interaction is not None:
            application_id = str(self._world.application_id)
            shown |= {"webhook_id": application_id, "application_id": application_id}
            shown["interaction_metadata"] = message.by_interaction
        return shown | self._reference(message)

    def for_bot(self, message: Message, *, content_intent: bool) -> Json:
        """What the bot reads of a message: without the intent, often an empty shell; the same for what it answers."""
        shown = self.message(message)
        replied = message.reply_to
        if shown.get("referenced_message") and replied and not self.is_open(replied, content_intent=content_intent):
            shown["referenced_message"] |= HIDDEN
        return shown if self.is_open(message, content_intent=content_intent) else shown | HIDDEN

    def is_open(self, message: Message, *, content_intent: bool) -> bool:
        """The bot's own, a direct message, one that mentions the bot, or the app holds the intent.

        A reply that pings an ordinary message of the bot mentions it. A reply to an interaction's answer never does.
        """
        bot_id = self._world.bot.id
        is_direct = any(channel.id == message.channel_id for channel in self._world.direct.values())
        return content_intent or is_direct or message.author_id == bot_id or bot_id in message.body.pinged.people

    def attachment(self, one: Attachment) -> Json:
        url = self._cdn.link(one)
        shown: Json = {
            "id": str(one.id),
            "filename": one.filename,
            "size": one.size_bytes,
            "url": url,
            "proxy_url": url,
        }
        optional: Json = {"content_type": one.content_type, "description": one.description}
        if one.size_px:
            optional |= {"width": one.size_px[0], "height": one.size_px[1]}
        if one.ephemeral:
            optional["ephemeral"] = True
        return shown | {name: value for name, value in optional.items() if value is not None}

    def _reference(self, message: Message) -> Json:
        replied = message.reply_to
        if replied is None or message.type is not MessageType.REPLY:
            return {}
        reference: Json = {"type": 0, "channel_id": str(replied.channel_id), "message_id": str(replied.id)}
        channel = self._world.find_channel(replied.channel_id)
        if channel is not None and channel.guild_id is not None:
            reference["guild_id"] = str(channel.guild_id)
        shown = None
        if not replied.deleted:
            shown = self.message(replied)
            shown.pop("referenced_message", None)
        return {"message_reference": reference, "referenced_message": shown}

    def _embed(self, embed: Json, attachments: list[Attachment]) -> Json:
        shown = {name: value for name, value in embed.items() if value is not None}
        for name in ("image", "thumbnail"):
            if url := (shown.get(name) or {}).get("url"):
                shown[name] = self._embed_media(url, attachments)
        if "fields" in shown:
            shown["fields"] = [{"inline": False, **field} for field in shown["fields"]]
        return shown

    def _embed_media(self, url: str, attachments: list[Attachment]) -> Json:
        one = self._attachment_behind(url, attachments)
        link = url if one is None else self._cdn.link(one)
        media: Json = {"url": link, "proxy_url": link}
        if one is not None and one.size_px:
            media |= {"width": one.size_px[0], "height": one.size_px[1]}
        return media

    def _component(self, component: Json, attachments: list[Attachment]) -> Json:
        shown = dict(component)
        for name in ("media", "file"):
            if name in shown:
                shown[name] = self._media(shown[name]["url"], attachments)
        if component.get("type") == Kind.FILE:
            one = self._attachment_behind(component["file"]["url"], attachments)
            shown |= {"name": one.filename if one else None, "size": one.size_bytes if one else None}
        for name in ("components", "items"):
            if name in shown:
                shown[name] = [self._component(child, attachments) for child in shown[name]]
        if "accessory" in shown:
            shown["accessory"] = self._component(shown["accessory"], attachments)
        return shown

    def _media(self, url: str, attachments: list[Attachment]) -> Json:
        one = self._attachment_behind(url, attachments)
        if one is None:
            return {"id": "0", "url": url, "proxy_url": url, "width": None, "height": None, "content_type": None}
        link = self._cdn.link(one)
        width, height = one.size_px or (None, None)
        media: Json = {"id": str(one.id), "url": link, "proxy_url": link, "width": width, "height": height}
        return media | {"content_type": one.content_type, "attachment_id": str(one.id)}

    def _attachment_behind(self, url: str, attachments: list[Attachment]) -> Attachment | None:
        if url.startswith(ATTACHED):
            name = url.removeprefix(ATTACHED)
            return next((each for each in attachments if each.filename == name), None)
        return self._cdn.attachment_of(url)


def visible_text(payload: Json) -> str:
    """All words of a rendered message: content, embeds, and texts and labels of components."""
    found: list[str] = [payload["content"]]

    def walk(value: Any) -> None:  # noqa: ANN401 - JSON of any shape
        if isinstance(value, dict):
            found.extend(str(value[name]) for name in TEXT_FIELDS if isinstance(value.get(name), str))
            for child in value.values():
                walk(child)
        elif isinstance(value, list):
            for child in value:
                walk(child)

    walk([payload["embeds"], payload["components"]])
    return re.sub(r"\n{3,}", "\n\n", "\n".join(found)).strip()


TEXT_FIELDS = ("title", "content", "label", "name", "value", "placeholder", "text")


def is_shown(payload: Json) -> bool:
    """Whether a reader sees more than the «thinking» placeholder."""
    return not payload["flags"] & MessageFlag.LOADING
