"""A message as the stand-in keeps it."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from pathlib import Path

from sandbox.discord.wire import Json


class MessageType(IntEnum):
    DEFAULT = 0
    REPLY = 19
    SLASH_COMMAND = 20
    MENU_COMMAND = 23


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


@dataclass(slots=True)
class Attachment:
    """A file on the CDN. Its bytes are in `path`; a link to it is signed anew whenever it is shown."""

    id: int
    channel_id: int
    filename: str
    size_bytes: int
    path: Path
    content_type: str | None = None
    size_px: tuple[int, int] | None = None
    description: str | None = None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Pinged:
    """Whom a message calls, after its allowed mentions and its author's permissions have spoken."""

    people: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(slots=True)
class Body:
    """What of a message an edit can change."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: MessageFlag = NO_FLAGS
    pinged: Pinged = field(default_factory=Pinged)


@dataclass(slots=True)
class Message:
    """`only_for` is the one person who sees it when it is ephemeral.

    `by_interaction` is its metadata when an interaction's token made it, which Discord treats differently from an
    ordinary message of the bot. `versions` holds what readers saw, the first post and every edit, as payloads.
    """

    id: int
    channel_id: int
    author_id: int
    type: MessageType
    created_ms: int
    body: Body
    nonce: str | int | None = None
    reply_to: "Message | None" = None
    by_interaction: Json | None = None
    only_for: int | None = None
    edited_ms: int | None = None
    deleted: bool = False
    versions: list[Json] = field(default_factory=list)

    @property
    def is_ephemeral(self) -> bool:
        return MessageFlag.EPHEMERAL in self.body.flags
