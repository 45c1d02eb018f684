"""Verdicts on words and pictures before anything is painted: what could not be checked is refused."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from bot.errors import ImageServiceError, ModerationRefused, NotChecked
from bot.image_api.answers.verdicts import Verdict
from bot.lookalikes import plain_letters
from bot.thresholds import Thresholds

AT_ONCE = 16
PATIENCE_S = 60.0
LONGEST_CHECK_S = 180.0
AS_FLAGGED = Thresholds()

log = logging.getLogger(__name__)


class ModerationService(Protocol):
    async def moderate(
        self, words: str, pictures: Sequence[bytes] = (), *, model: str, patience_s: float
    ) -> tuple[Verdict, ...]: ...


class Moderation:
    """Asks the moderation service, at most `at_once` questions at a time, so that a burst waits instead of failing.

    Each member's words go in a question of their own. Batches would bring the last of 300 at once through in 0.3 s
    instead of 5 s (measured with answers that take 0.25 s), but the first sixteen, more than are painted at once, are
    through in 0.3 s either way: nobody's picture would come sooner.
    `enabled` is the owner's MODERATION: off passes everything. `thresholds` say what of a verdict counts.
    """

    def __init__(
        self,
        service: ModerationService,
        *,
        model: str,
        enabled: bool = True,
        thresholds: Thresholds = AS_FLAGGED,
        at_once: int = AT_ONCE,
        longest_check_s: float = LONGEST_CHECK_S,
    ) -> None:
        self._service = service
        self._model = model
        self._enabled = enabled
        self._thresholds = thresholds
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
        categories = self._thresholds.flagged(verdict.categories, verdict.scores)
        if categories or verdict.is_unnamed:
            kinds = {kind for name in categories for kind in verdict.looked_in.get(name, ())}
            raise ModerationRefused(categories, what=_flagged_part(kinds, words, jpeg))

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
        pictures = () if jpeg is None else (jpeg,)
        (verdict,) = await self._service.moderate(text, pictures, model=self._model, patience_s=PATIENCE_S)
        return verdict


def _flagged_part(kinds: set[str], words: str, jpeg: bytes | None) -> str:
    """What the member should change, as well as the kinds of input tell in which something was looked for."""
    if jpeg is None or kinds == {"text"}:
        return "prompt"
    if not words or kinds == {"image"}:
        return "picture"
    return "request"
