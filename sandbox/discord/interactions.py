"""Interactions from the press of a key to the event that the bot receives (Discord: Receiving and Responding)."""

import base64
import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord import payloads
from sandbox.discord.gateway import Gateway
from sandbox.discord.message import Message
from sandbox.discord.permissions import IN_DIRECT_MESSAGES, Permission, in_channel
from sandbox.discord.rendering import Renderer
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Guild, Person, World

FIRST_ANSWER_MS = 3_000
TOKEN_LIFE_MS = 15 * 60 * 1000
DIRECT_FILE_LIMIT_BYTES = 10 * 1024 * 1024


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackType(IntEnum):
    MESSAGE = 4
    DEFER_MESSAGE = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


@dataclass(slots=True)
class Interaction:
    """`source` is the message whose component was used; `parent` the interaction that opened a submitted modal.

    `forged`: the component does not stand in the message, but the event says so.
    """

    id: int
    token: str
    type: InteractionType
    person: Person
    channel: Channel
    guild: Guild | None
    data: Json
    asked_ms: int
    source: Message | None = None
    parent: "Interaction | None" = None
    forged: bool = False
    answer: CallbackType | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def file_limit_bytes(self) -> int:
        return DIRECT_FILE_LIMIT_BYTES if self.guild is None else self.guild.attachment_limit_bytes

    @property
    def owners(self) -> Json:
        """`authorizing_integration_owners` of an app that is installed in servers only."""
        return {"0": "0" if self.guild is None else str(self.guild.id)}

    def is_late(self, now_ms: int) -> bool:
        """The first answer did not come in time; the token is worthless."""
        return self.answer is None and now_ms - self.asked_ms > FIRST_ANSWER_MS

    def is_expired(self, now_ms: int) -> bool:
        return now_ms - self.asked_ms > TOKEN_LIFE_MS

    def metadata(self) -> Json:
        """What a message says about the interaction that made it."""
        shown: Json = {
            "id": str(self.id),
            "type": int(self.type),
            "user": payloads.user(self.person),
            "authorizing_integration_owners": self.owners,
        }
        if self.type is InteractionType.COMPONENT and self.source is not None:
            shown["interacted_message_id"] = str(self.source.id)
        if self.parent is not None:
            shown["triggering_interaction_metadata"] = self.parent.metadata()
        return shown


class Interactions:
    """All interactions by their token."""

    def __init__(self, world: World, renderer: Renderer, gateway: Gateway) -> None:
        self.by_token: dict[str, Interaction] = {}
        self._world = world
        self._renderer = renderer
        self._gateway = gateway

    def open(
        self,
        kind: InteractionType,
        person: Person,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        parent: Interaction | None = None,
        forged: bool = False,
    ) -> Interaction:
        """A person did something: the bot gets the event, and three seconds."""
        interaction_id = self._world.mint.new()
        token = base64.urlsafe_b64encode(f"interaction:{interaction_id}:{secrets.token_urlsafe(96)}".encode()).decode()
        guild = self._world.guild_of(channel)
        asked_ms = self._world.clock.now_ms()
        interaction = Interaction(
            interaction_id, token.rstrip("="), kind, person, channel, guild, data, asked_ms, source, parent, forged
        )
        self.by_token[interaction.token] = interaction
        event = self._event(interaction)
        self._gateway.dispatch("INTERACTION_CREATE", lambda _: event, channel.guild_id)
        return interaction

    def send_again(self, interaction: Interaction) -> None:
        """Discord promises no event exactly once: the same interaction arrives another time."""
        event = self._event(interaction)
        self._gateway.dispatch("INTERACTION_CREATE", lambda _: event, interaction.channel.guild_id)

    def _event(self, interaction: Interaction) -> Json:
        event: Json = {
            "id": str(interaction.id),
            "application_id": str(self._world.application_id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(interaction.channel.id),
            "locale": interaction.person.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": interaction.owners,
            "attachment_size_limit": interaction.file_limit_bytes,
        }
        if interaction.source is not None:
            event["message"] = self._renderer.message(interaction.source)
        if interaction.forged:
            # Without this a library would drop the event, and the bot's own checks would never be tried.
            button = {"type": 2, "id": 99, "style": 1, "label": "forged", "custom_id": interaction.data["custom_id"]}
            event["message"]["components"].append({"type": 1, "id": 98, "components": [button]})
        return event | (self._in_direct(interaction) if interaction.guild is None else self._in_guild(interaction))

    def _in_direct(self, interaction: Interaction) -> Json:
        return {
            "context": 1,
            "user": payloads.user(interaction.person),
            "channel": payloads.channel(self._world, interaction.channel),
            "app_permissions": str(int(IN_DIRECT_MESSAGES)),
        }

    def _in_guild(self, interaction: Interaction) -> Json:
        guild = interaction.guild
        assert guild is not None, "only called for interactions in a server"
        held = in_channel(guild, interaction.channel, interaction.person.id)
        member = guild.members.get(interaction.person.id)
        shown = {"user": payloads.user(interaction.person), "roles": [], "flags": 0, "joined_at": None}
        if member is not None:
            shown = payloads.member(member)
        return {
            "context": 0,
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": shown | {"permissions": str(int(held))},
            "channel": payloads.partial_channel(self._world, interaction.channel, held),
            "app_permissions": str(int(self._app_permissions(guild, interaction.channel))),
        }

    def _app_permissions(self, guild: Guild, channel: Channel) -> Permission:
        return in_channel(guild, channel, self._world.bot.id)
