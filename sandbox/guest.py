"""A person at the keyboard: what they type, press and see. No Discord library is involved."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import aiohttp

from sandbox.discord.asked import Asked, Predicate
from sandbox.discord.choosing import Chosen, check_choice_of, chosen
from sandbox.discord.command_rules import CommandType
from sandbox.discord.components import SELECTS, Kind, every_component
from sandbox.discord.interactions import InteractionType
from sandbox.discord.keyboard import Keyboard, Place, Typed, Upload
from sandbox.discord.messages import Notification
from sandbox.discord.modals import checked_field, filled_modal, modal_fields
from sandbox.discord.permissions import Permission
from sandbox.discord.seen import ClientRefused, SeenAttachment, SeenMessage
from sandbox.discord.typing_options import OptionTyper, TypedOptions
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Person
from sandbox.patience import PATIENCE_S

if TYPE_CHECKING:
    from sandbox.discord.server import FakeDiscord

__all__ = ["Asked", "ClientRefused", "Guest", "SeenAttachment", "SeenMessage", "Upload"]

DOWNLOAD_TIMEOUT_S = 30.0


class Guest:
    """`raw=True` skips what the client would check, so that a test can send what no client would ever send.

    A channel is named, or `"dm"` for the conversation with the bot. What the client would not allow raises
    ClientRefused.
    """

    def __init__(self, discord: "FakeDiscord", person: Person) -> None:
        self.person = person
        self._discord = discord
        self._world = discord.world
        self._keyboard = Keyboard(discord, person)

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def notifications(self) -> list[Notification]:
        """Pings received so far, oldest first."""
        return self._discord.messages.notifications.get(self.id, [])

    # Asking the bot

    async def slash(
        self,
        command: str,
        *,
        channel: Place = "general",
        raw: bool = False,
        options: "Mapping[str, Typed | Guest] | None" = None,
        **more: "Typed | Guest",
    ) -> Asked:
        """`command` with its subcommands: "admin quota set". `options` for names that are taken here."""
        place = self._keyboard.place(channel)
        first, *words = command.split()
        found = self._keyboard.command(CommandType.SLASH, first, place, raw=raw)
        values = await self._keyboard.values(_people({**(options or {}), **more}), place)
        typed = self._typer(place, raw=raw).type(found, words, values)
        return self._keyboard.ask(InteractionType.COMMAND, place, _command_data(found, typed))

    async def autocomplete(
        self,
        command: str,
        *,
        field: str,
        typed: str,
        channel: Place = "general",
        timeout_s: float = PATIENCE_S,
        options: "Mapping[str, Typed | Guest] | None" = None,
        **more: "Typed | Guest",
    ) -> list[Json]:
        """What the bot offers while `typed` stands in `field`: a list of {"name", "value"}; `options` as in `slash`."""
        place = self._keyboard.place(channel)
        first, *words = command.split()
        found = self._keyboard.command(CommandType.SLASH, first, place, raw=False)
        values = await self._keyboard.values(_people({**(options or {}), **more, field: typed}), place)
        filled = self._typer(place, raw=False).type(found, words, values, focused=field)
        asked = self._keyboard.ask(InteractionType.AUTOCOMPLETE, place, _command_data(found, filled))
        return await self._discord.changes.until(lambda: asked.interaction.choices, timeout_s)

    async def menu(self, command: str, target: "SeenMessage | Guest", *, channel: Place = "general") -> Asked:
        """A context menu command on a message, or on a person in a channel."""
        if isinstance(target, Guest):
            place = self._keyboard.place(channel)
            found = self._keyboard.command(CommandType.USER_MENU, command, place, raw=False)
            typed = TypedOptions()
            self._typer(place, raw=False).name(target.person, typed)
        else:
            message = self._keyboard.visible(target)
            place = self._keyboard.place_of(message)
            found = self._keyboard.command(CommandType.MESSAGE_MENU, command, place, raw=False)
            typed = TypedOptions([], {"messages": {str(message.id): self._discord.renderer.message(message)}})
        data = _command_data(found, typed) | {"target_id": str(target.id)}
        return self._keyboard.ask(InteractionType.COMMAND, place, data)

    async def click(
        self, message: SeenMessage, button: str, *, raw: bool = False, channel: Place | None = None
    ) -> Asked:
        """Press a button, by label or custom id.

        `raw` forges: any custom id, on any message, and with `channel` even as if it stood somewhere else.
        """
        if raw:
            stored = self._world.messages[message.channel_id][message.id]
            place = self._keyboard.place_of(stored) if channel is None else self._keyboard.place(channel)
            data: Json = {"custom_id": button, "component_type": int(Kind.BUTTON), "id": 1}
            return self._keyboard.ask(InteractionType.COMPONENT, place, data, source=stored, forged=True)
        stored = self._keyboard.visible(message)
        control = SeenMessage(self._discord.renderer.message(stored)).control(button)
        data = {"custom_id": control.custom_id, "component_type": int(control.kind), "id": 1}
        return self._keyboard.ask(InteractionType.COMPONENT, self._keyboard.place_of(stored), data, source=stored)

    async def choose(self, message: SeenMessage, select: str, *values: str) -> Asked:
        """Take values from a select, named by placeholder or custom id; people, roles and channels by their ids."""
        stored = self._keyboard.visible(message)
        place, seen = self._keyboard.place_of(stored), SeenMessage(self._discord.renderer.message(stored))
        control = seen.control(select)
        if control.kind not in SELECTS:
            raise ClientRefused(f"«{select}» is no select")
        component = next(
            each for each in every_component(seen.components) if each.get("custom_id") == control.custom_id
        )
        check_choice_of(component, values)
        typed = self._named(place, chosen(self._world, place, component, values))
        kind = int(control.kind)
        data: Json = {"custom_id": control.custom_id, "component_type": kind, "values": list(values), "id": 1}
        if typed.resolved:
            data["resolved"] = typed.resolved
        return self._keyboard.ask(InteractionType.COMPONENT, place, data, source=stored)

    async def modal(self, asked: Asked, values: Mapping[str, str | Sequence[str]]) -> Asked:
        """Fill in and submit the modal that `asked` opened; `values` by label or custom id, of selects a list."""
        modal, opener = await asked.modal(), asked.interaction
        filled: dict[str, object] = {}
        for label, component in modal_fields(modal):
            value = values.get(label, values.get(component["custom_id"], component.get("value") or ""))
            filled[component["custom_id"]] = checked_field(label, component, value)
        data: Json = {"custom_id": modal["custom_id"], "components": filled_modal(modal, filled)}
        picked = [
            one
            for _, component in modal_fields(modal)
            if component["type"] in SELECTS
            for one in chosen(self._world, opener.channel, component, _listed(filled[component["custom_id"]]))
        ]
        if picked:
            data["resolved"] = self._named(opener.channel, picked).resolved
        return self._keyboard.ask(InteractionType.MODAL, opener.channel, data, source=opener.source, parent=opener)

    # Writing and reading

    async def say(self, content: str, *, channel: Place = "general", uploads: Sequence[Upload] = ()) -> SeenMessage:
        return await self._keyboard.write(self._keyboard.place(channel), content, uploads, None, ping=True)

    async def reply(
        self, message: SeenMessage, content: str, *, ping: bool = True, uploads: Sequence[Upload] = ()
    ) -> SeenMessage:
        """`ping` as the client's switch beside the reply; a reply to an interaction's answer never pings."""
        target = self._keyboard.visible(message)
        return await self._keyboard.write(self._keyboard.place_of(target), content, uploads, target, ping=ping)

    async def delete(self, message: SeenMessage) -> None:
        stored = self._keyboard.visible(message)
        if stored.author_id != self.id and Permission.MANAGE_MESSAGES not in self._keyboard.held(
            self._keyboard.place_of(stored)
        ):
            raise ClientRefused(f"{self.name} may not delete that")
        await self._discord.messages.delete(stored)

    def sees(self, channel: Place = "general") -> list[SeenMessage]:
        """The channel as it looks now to this person, oldest message first."""
        place = self._keyboard.place(channel)
        self._keyboard.need(place, Permission.VIEW_CHANNEL)
        shown = [each for each in self._world.in_channel(place.id) if each.only_for in (None, self.id)]
        return [SeenMessage(self._discord.renderer.message(each)) for each in shown]

    async def until_sees(
        self, channel: Place, predicate: Predicate, *, count: int = 1, timeout_s: float = PATIENCE_S
    ) -> list[SeenMessage]:
        """All messages of the channel that fit, as soon as there are `count`. Raises TimeoutError."""

        def look() -> list[SeenMessage] | None:
            found = [each for each in self.sees(channel) if predicate(each)]
            return found if len(found) >= count else None

        try:
            return await self._discord.changes.until(look, timeout_s)
        except TimeoutError:
            last = [each.text for each in self.sees(channel)]
            raise TimeoutError(f"not within {timeout_s} s; {self.name} sees {last}") from None

    async def download(self, attachment: SeenAttachment) -> bytes:
        """Over HTTP from the CDN. Raises ClientRefused where it answers anything but the file."""
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(attachment.url) as response:
            if response.status != 200:
                raise ClientRefused(f"the CDN says {response.status}: {await response.text()}")
            return await response.read()

    def _named(self, place: Channel, picked: Sequence[Chosen]) -> TypedOptions:
        """The objects behind what was picked, as the interaction describes them."""
        typed, typer = TypedOptions(), self._typer(place, raw=False)
        for one in picked:
            typer.name(one, typed)
        return typed

    def _typer(self, place: Channel, *, raw: bool) -> OptionTyper:
        return OptionTyper(self._world, self._discord.renderer, self.person, place, raw=raw)


def _people(typed: "Mapping[str, Typed | Guest]") -> dict[str, Typed]:
    """Guests may be named as option values; what is sent is the person."""
    return {name: value.person if isinstance(value, Guest) else value for name, value in typed.items()}


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _command_data(command: Json, typed: TypedOptions) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if typed.options:
        data["options"] = typed.options
    if typed.resolved:
        data["resolved"] = typed.resolved
    return data if "guild_id" not in command else data | {"guild_id": command["guild_id"]}
