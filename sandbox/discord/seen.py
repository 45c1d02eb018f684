"""A message as a person sees it on the screen, at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.discord.components import SELECTS, Kind, every_component
from sandbox.discord.message import MessageFlag
from sandbox.discord.rendering import visible_text
from sandbox.discord.wire import Json


def listed(names: Iterable[object]) -> str:
    """For people to read."""
    return ", ".join(f"«{each}»" for each in names)


class ClientRefused(Exception):
    """The Discord client would not let this person do that."""


@dataclass(frozen=True, slots=True)
class SeenAttachment:
    id: int
    filename: str
    url: str
    size_bytes: int
    content_type: str | None
    size_px: tuple[int, int] | None
    description: str | None


@dataclass(frozen=True, slots=True)
class Control:
    """A button or select. `label` of a select is its placeholder; a link button has no custom id."""

    kind: Kind
    label: str
    custom_id: str | None
    disabled: bool
    style: int | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenMessage:
    payload: Json

    @property
    def id(self) -> int:
        return int(self.payload["id"])

    @property
    def channel_id(self) -> int:
        return int(self.payload["channel_id"])

    @property
    def author(self) -> str:
        return str(self.payload["author"]["global_name"] or self.payload["author"]["username"])

    @property
    def content(self) -> str:
        return str(self.payload["content"])

    @property
    def text(self) -> str:
        """Every word of it: content, embeds and components."""
        return visible_text(self.payload)

    @property
    def ephemeral(self) -> bool:
        return bool(self.payload["flags"] & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Still «thinking …»."""
        return bool(self.payload["flags"] & MessageFlag.LOADING)

    @property
    def embeds(self) -> list[Json]:
        return list(self.payload["embeds"])

    @property
    def components(self) -> list[Json]:
        return list(self.payload["components"])

    @property
    def mentions(self) -> set[int]:
        """Ids of the people whom it calls."""
        return {int(user["id"]) for user in self.payload["mentions"]}

    @property
    def replied_to(self) -> int | None:
        """Id of the message it answers."""
        reference = self.payload.get("message_reference")
        return None if reference is None else int(reference["message_id"])

    @property
    def attachments(self) -> list[SeenAttachment]:
        return [seen_attachment(each) for each in self.payload["attachments"]]

    @property
    def controls(self) -> list[Control]:
        """Buttons and selects in reading order."""
        found = every_component(self.components)
        return [_control(each) for each in found if each["type"] == Kind.BUTTON or each["type"] in SELECTS]

    @property
    def buttons(self) -> list[str]:
        """Labels of the buttons that can be pressed."""
        return [each.label for each in self.controls if each.kind is Kind.BUTTON and not each.disabled]

    def control(self, named: str) -> Control:
        """By label or custom id. Raises ClientRefused when there is none, or it is disabled."""
        for each in self.controls:
            if named in (each.label, each.custom_id):
                if each.disabled or each.custom_id is None:
                    raise ClientRefused(f"«{named}» cannot be pressed now")
                return each
        raise ClientRefused(
            f"there is no «{named}» here, only {listed(each.label for each in self.controls) or 'words'}"
        )


def seen_attachment(payload: Json) -> SeenAttachment:
    size_px = (payload["width"], payload["height"]) if "width" in payload else None
    return SeenAttachment(
        int(payload["id"]),
        payload["filename"],
        payload["url"],
        payload["size"],
        payload.get("content_type"),
        size_px,
        payload.get("description"),
    )


def _control(component: Json) -> Control:
    label = component.get("label") or component.get("placeholder") or (component.get("emoji") or {}).get("name") or ""
    return Control(
        Kind(component["type"]),
        label,
        component.get("custom_id"),
        bool(component.get("disabled")),
        component.get("style"),
        tuple(option["value"] for option in component.get("options") or []),
    )
