"""Which command of whom made a message."""

from itertools import islice

from sandbox.discord.interactions import Interaction, Interactions, InteractionType
from sandbox.discord.message import Message
from sandbox.discord.typing_options import GROUPS
from sandbox.discord.wire import Json


class Uses:
    """Reads on in the list of all interactions whenever it is asked."""

    def __init__(self, interactions: Interactions) -> None:
        self._interactions = interactions
        self._read = 0
        self._names: dict[str, str] = {}

    def command_of(self, message: Message) -> str | None:
        """With its subcommands, as somebody would type it; None for what no command made."""
        if message.by_interaction is None:
            return None
        every = self._interactions.by_token
        if len(every) > self._read:
            for interaction in islice(every.values(), self._read, None):
                self._note(interaction)
            self._read = len(every)
        return self._names.get(message.by_interaction["id"])

    def _note(self, interaction: Interaction) -> None:
        if interaction.type is InteractionType.COMMAND:
            self._names[str(interaction.id)] = spelled_out(interaction.data)


def spelled_out(data: Json) -> str:
    """The command of an interaction with its subcommands."""
    below = [spelled_out(option) for option in data.get("options") or [] if option["type"] in GROUPS]
    return " ".join([str(data["name"]), *below])
