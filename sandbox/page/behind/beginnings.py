"""What people asked, as stories that begin: from the stand-in's interactions, and messages that call the bot."""

import re
from collections.abc import Iterator

from sandbox.discord.command_rules import CommandType
from sandbox.discord.gateway import Happening
from sandbox.discord.interactions import Interaction, InteractionType
from sandbox.discord.server import FakeDiscord
from sandbox.discord.world import Channel
from sandbox.page.behind.story import Story
from sandbox.page.uses import spelled_out

BEGINNING_WORDS = 5
KEY = re.compile(r"[0-9a-f]{32}")
"""What the ids of the bot's buttons say of the job that they belong to."""


class Beginnings:
    """Each look goes on where the last one stopped. What is typed ahead (autocomplete) is no request."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord
        self._interactions = 0
        self._happenings = 0

    def fresh(self) -> list[Story]:
        interactions = list(self._discord.interactions.by_token.values())[self._interactions :]
        self._interactions += len(interactions)
        return [self._of_interaction(each) for each in interactions if each.type is not InteractionType.AUTOCOMPLETE]

    def happenings(self) -> list[Happening]:
        """What has gone over the bot's stream since the last look."""
        new = self._discord.gateway.happenings[self._happenings :]
        self._happenings += len(new)
        return new

    def of_message(self, event: Happening) -> Story | None:
        """A message of a person to the bot: a reply to it, a mention, or words in a direct conversation."""
        if event.what != "MESSAGE_CREATE" or event.about is None:
            return None
        world = self._discord.world
        for channel_id, messages in world.messages.items():
            message = messages.get(event.about)
            channel = world.find_channel(channel_id)
            if message is None or channel is None:
                continue
            person = world.people[message.author_id]
            is_for_bot = channel.guild_id is None or world.bot.id in message.body.pinged.people
            if person.is_bot or not is_for_bot:
                return None
            place = _place(channel)
            words = _endings(message.body.content)
            return Story(
                message.id, "message", "a message", person, channel.guild_id, channel.id, place, event.at_ms, words
            )
        return None

    def key_in(self, story_id: int) -> str | None:
        """The key in the id of the button that was pressed."""
        interactions = reversed(self._discord.interactions.by_token.values())
        pressed = next((each for each in interactions if each.id == story_id), None)
        found = KEY.search(str(pressed.data.get("custom_id"))) if pressed is not None else None
        return found[0] if found else None

    def _of_interaction(self, interaction: Interaction) -> Story:
        kind, title = _what(interaction)
        channel = interaction.channel
        return Story(
            id=interaction.id,
            kind=kind,
            title=title,
            person=interaction.person,
            guild_id=channel.guild_id,
            channel_id=channel.id,
            place=_place(channel),
            asked_ms=interaction.asked_ms,
            words={_folded(each) for each in _values(interaction.data)},
        )


def _what(interaction: Interaction) -> tuple[str, str]:
    data = interaction.data
    match interaction.type:
        case InteractionType.COMMAND if data.get("type") == CommandType.SLASH:
            return "command", f"/{spelled_out(data)}"
        case InteractionType.COMMAND:
            return "menu", str(data["name"])
        case InteractionType.MODAL:
            return "modal", "a form"
        case _:
            return "button", _label(interaction)


def _values(data: object) -> Iterator[str]:
    """What was typed: the texts that options and the fields of a form hold."""
    if isinstance(data, dict):
        if isinstance(data.get("value"), str):
            yield data["value"]
        for each in data.values():
            yield from _values(each)
    elif isinstance(data, list):
        for each in data:
            yield from _values(each)


def _endings(content: str) -> set[str]:
    """A reply may begin with a word for the bot: any rest of it may be what is to be painted."""
    words = content.split()
    return {" ".join(words[start:]) for start in range(min(len(words), BEGINNING_WORDS))}


def _folded(words: str) -> str:
    return " ".join(words.split())


def _label(interaction: Interaction) -> str:
    """What stands on the button, as the message had it last: what is pressed is often gone right after."""
    wanted = interaction.data.get("custom_id")
    versions = interaction.source.versions if interaction.source is not None else []
    rows = (row for version in reversed(versions) for row in version.get("components", []))
    for each in (part for row in rows for part in row.get("components", [])):
        if each.get("custom_id") == wanted and each.get("label"):
            return f"[{each['label']}]"
    return "a button"


def _place(channel: Channel) -> str:
    return "direct messages" if channel.guild_id is None else f"#{channel.name}"
