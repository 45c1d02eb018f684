"""Waiting until what a person did has settled, and what has changed on their screen by then."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from sandbox.discord.asked import Asked
from sandbox.discord.changes import Changes
from sandbox.discord.seen import SeenAttachment, SeenMessage

QUIET_S = 0.2
UNANSWERED_S = 2.0
PATIENCE_S = 60.0

# Easel's cards begin like this while the work goes on. Any other bot counts as done when it falls silent.
BUSY = ("\N{HOURGLASS WITH FLOWING SAND}", "\N{ARTIST PALETTE}", "\N{FRAME WITH PICTURE} Painted, waiting")


@dataclass(frozen=True, slots=True)
class Happened:
    """What one act changed on the person's screen.

    `first` is a new answer as it looked at first, and `looks` are how it showed pictures that were still being painted.
    `messages` are new or have changed, as they look now; `gone` counts what was deleted. `is_answered`: the bot
    reacted. `is_over`: nothing goes on any more.
    """

    messages: tuple[SeenMessage, ...]
    first: SeenMessage | None = None
    looks: tuple[SeenMessage, ...] = ()
    gone: int = 0
    is_answered: bool = True
    is_over: bool = True

    @property
    def private(self) -> tuple[SeenMessage, ...]:
        return tuple(message for message in self.messages if message.ephemeral)

    @property
    def public(self) -> tuple[SeenMessage, ...]:
        return tuple(message for message in self.messages if not message.ephemeral)

    @property
    def words(self) -> str:
        return "\n".join(message.text for message in self.messages)


def pictures(messages: Sequence[SeenMessage]) -> list[SeenAttachment]:
    return [attachment for message in messages for attachment in message.attachments]


class Watch:
    """Made before the act: `screen` reads what the person sees."""

    def __init__(self, screen: Callable[[], list[SeenMessage]], changes: Changes) -> None:
        self._screen = screen
        self._changes = changes
        self._before = _looks(screen())
        self._mine: set[int] = set()

    async def after(self, asked: Asked) -> Happened:
        """What came of an interaction."""
        is_over = await self._settled(lambda: asked.interaction.answer is not None or asked.failed, PATIENCE_S)
        original = asked.interaction.original
        is_new = original is not None and original.id not in self._before
        versions = [SeenMessage(version) for version in original.versions] if original and is_new else []
        looks = tuple(seen for seen in versions if seen.attachments and seen.content.startswith(BUSY))
        happened = self._happened(versions[0] if versions else None, is_answered=not asked.failed, is_over=is_over)
        return replace(happened, looks=looks)

    async def after_message(self, mine: SeenMessage) -> Happened:
        """What came of a message, which a bot may well ignore."""
        self._mine.add(mine.id)
        is_over = await self._settled(lambda: bool(self._changed()), UNANSWERED_S)
        return self._happened(None, is_answered=bool(self._changed()), is_over=is_over)

    async def _settled(self, is_answered: Callable[[], bool], silence_s: float) -> bool:
        """Wait until there is an answer (or `silence_s` are over) and nothing moves; False after PATIENCE_S."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (waited_s := loop.time() - began) < PATIENCE_S:
            is_quiet = await self._is_quiet()
            if is_quiet and not self._is_busy() and (is_answered() or waited_s > silence_s):
                return True
        return False

    async def _is_quiet(self) -> bool:
        looks = _looks(self._screen())
        try:
            return await self._changes.until(lambda: False if _looks(self._screen()) != looks else None, QUIET_S)
        except TimeoutError:
            return True

    def _is_busy(self) -> bool:
        return any(message.loading or message.content.startswith(BUSY) for message in self._changed())

    def _changed(self) -> list[SeenMessage]:
        return [one for one in self._screen() if one.id not in self._mine and self._before.get(one.id) != _look(one)]

    def _happened(self, first: SeenMessage | None, *, is_answered: bool, is_over: bool) -> Happened:
        gone = self._before.keys() - {message.id for message in self._screen()}
        return Happened(tuple(self._changed()), first, gone=len(gone), is_answered=is_answered, is_over=is_over)


def _looks(messages: Sequence[SeenMessage]) -> dict[int, Hashable]:
    return {message.id: _look(message) for message in messages}


def _look(message: SeenMessage) -> Hashable:
    """What a person could tell apart; links are signed anew each time and are not part of it."""
    return message.text, message.ephemeral, tuple(message.buttons), tuple(each.id for each in message.attachments)
