"""Verdicts on words and pictures before anything is painted: what could not be checked is refused."""

import asyncio
import logging
from typing import Protocol

from bot.errors import ImageServiceError, ModerationRefused, NotChecked
from bot.lookalikes import plain_letters

AT_ONCE = 16
PATIENCE_S = 60.0
LONGEST_CHECK_S = 180.0

log = logging.getLogger(__name__)


class Verdict(Protocol):
    """Which categories were flagged, and in which kinds of input (`text`, `image`) they were looked for."""

    @property
    def flagged(self) -> bool: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def kinds(self) -> frozenset[str]: ...


class ModerationService(Protocol):
    async def moderate(self, words: str, jpeg: bytes | None = None, *, model: str, patience_s: float) -> Verdict: ...


class Moderation:
    """Asks the moderation service, at most `at_once` questions at a time, so that a burst waits instead of failing.

    `enabled` is the owner's MODERATION: off passes everything.
    """

    def __init__(
        self,
        service: ModerationService,
        *,
        model: str,
        enabled: bool = True,
        at_once: int = AT_ONCE,
        longest_check_s: float = LONGEST_CHECK_S,
    ) -> None:
        self._service = service
        self._model = model
        self._enabled = enabled
        self._turns = asyncio.Semaphore(at_once)
        self._longest_check_s = longest_check_s

    async def check(self, words: str, jpeg: bytes | None = None) -> None:
        """Pass words and a small picture, or say why not.

        Raises:
            ModerationRefused: something was flagged.
            NotChecked: the service failed, took too long, or its answer made no sense.
        """
        if not self._enabled or not (words or jpeg):
            return
        try:
            async with asyncio.timeout(self._longest_check_s), self._turns:
                verdict = await self._ask(words, jpeg)
        except (ImageServiceError, TimeoutError) as error:
            detail = f"{type(error).__name__} {getattr(error, 'detail', '')}"
            raise NotChecked(detail=detail.rstrip()) from error
        if verdict.flagged:
            raise ModerationRefused(verdict.categories, what=_flagged_part(verdict, words, jpeg))

    async def probe(self) -> None:
        """Ask about a harmless word, to learn at the start whether this service has moderations.

        Raises:
            RouteMissing: it has none; nothing would ever pass.
            ImageServiceError: it does not answer as it should right now.
        """
        if self._enabled:
            await self._ask("a tree", None)

    async def _ask(self, words: str, jpeg: bytes | None) -> Verdict:
        plain = plain_letters(words)
        text = words if plain == words else f"{words}\n{plain}"
        return await self._service.moderate(text, jpeg, model=self._model, patience_s=PATIENCE_S)


def _flagged_part(verdict: Verdict, words: str, jpeg: bytes | None) -> str:
    """What the member should change, as well as the verdict tells."""
    if jpeg is None or verdict.kinds == {"text"}:
        return "prompt"
    if not words or verdict.kinds == {"image"}:
        return "picture"
    return "request"
