"""Something a person asked of the bot, and what came of it on their screen."""

from collections.abc import Callable

from sandbox.discord.changes import Changes
from sandbox.discord.clock import SandboxClock
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.discord.message import Message
from sandbox.discord.seen import ClientRefused, SeenMessage
from sandbox.discord.wire import Json
from sandbox.patience import PATIENCE_S

Predicate = Callable[[SeenMessage], object]


class Asked:
    """One interaction from the person's side.

    `until` goes through the versions of the answer in order, so a state that lasted only a moment is not missed; each
    call goes on where the last one stopped.
    """

    def __init__(self, interaction: Interaction, clock: SandboxClock, changes: Changes) -> None:
        self.interaction = interaction
        self._clock = clock
        self._changes = changes
        self._updates_from = 0 if interaction.source is None else len(interaction.source.versions)
        self._next: int | None = None

    @property
    def failed(self) -> bool:
        """Discord shows «The application did not respond»: three seconds went by without an answer."""
        return self.interaction.is_late(self._clock.now_ms())

    @property
    def message(self) -> SeenMessage | None:
        """The answer as it looks now; None when there is none, or it was deleted."""
        original = self.interaction.original
        return None if original is None or original.deleted else _latest(original)

    @property
    def followups(self) -> list[SeenMessage]:
        return [_latest(each) for each in self.interaction.followups if not each.deleted]

    async def acknowledged(self, timeout_s: float = PATIENCE_S) -> CallbackType:
        """The kind of the first answer. Raises TimeoutError."""
        try:
            return await self._changes.until(lambda: self.interaction.answer, timeout_s)
        except TimeoutError:
            raise TimeoutError(f"no answer to {self.interaction.data} within {timeout_s} s") from None

    async def answer(self, timeout_s: float = PATIENCE_S) -> SeenMessage:
        """The first answer as this person sees it; of an update, the message as it became."""
        kind = await self.acknowledged(timeout_s)
        if kind in (CallbackType.AUTOCOMPLETE, CallbackType.MODAL):
            raise ClientRefused(f"the answer is no message but {kind.name.lower()}")
        original = await self._changes.until(lambda: self.interaction.original, timeout_s)
        is_new = kind in (CallbackType.MESSAGE, CallbackType.DEFER_MESSAGE)
        return SeenMessage(original.versions[0]) if is_new else _latest(original)

    async def until(self, predicate: Predicate, timeout_s: float = PATIENCE_S) -> SeenMessage:
        """The first version of the answer, now or later, that fits. Raises TimeoutError with what was seen last."""
        try:
            return await self._changes.until(lambda: self._fitting(predicate), timeout_s)
        except TimeoutError:
            last = "nothing" if self.message is None else repr(self.message.text)
            raise TimeoutError(f"not within {timeout_s} s; last seen: {last}") from None

    async def gone(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the answer has been deleted."""

        def look() -> bool | None:
            original = self.interaction.original
            return True if original is not None and original.deleted else None

        await self._changes.until(look, timeout_s)

    async def modal(self, timeout_s: float = PATIENCE_S) -> Json:
        """The modal that the bot opened as its answer."""
        return await self._changes.until(lambda: self.interaction.modal, timeout_s)

    def _fitting(self, predicate: Predicate) -> SeenMessage | None:
        original = self.interaction.original
        if original is None:
            return None
        if self._next is None:  # an answer that changes the clicked message begins with its first change
            self._next = self._updates_from if original is self.interaction.source else 0
        for number in range(self._next, len(original.versions)):
            seen = SeenMessage(original.versions[number])
            if predicate(seen):
                self._next = number
                return seen
        return None


def _latest(message: Message) -> SeenMessage:
    return SeenMessage(message.versions[-1])
