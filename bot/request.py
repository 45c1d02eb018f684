"""What a member asks for, checked: words, numbers, the picture to vary."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import InvalidRequest

PROMPT_MAX_CHARS = 4_000
COUNT_MAX = 10

# Bidirectional overrides and isolates turn what a reader sees around; joiners (U+200C, U+200D) stay,
# since Persian, Hindi and emoji need them.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u061c\U000e0000-\U000e007f]")

_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that are drawn as nothing


class Operation(StrEnum):
    IMAGINE = "imagine"
    VARY = "vary"


def clean(text: str) -> str:
    """What a person typed without control and direction-changing characters and lone surrogates, spaces folded."""
    seen = _UNSEEN.sub("", text)
    printable = "".join(" " if unicodedata.category(mark) in ("Cc", "Cs") else mark for mark in seen)
    return " ".join(printable.split())


def _is_visible(words: str) -> bool:
    """Whether a reader would see anything: a letter, digit or sign that is not a blank in disguise."""
    return any(unicodedata.category(mark)[0] in "LNPS" and mark not in _BLANKS for mark in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture to vary: a link of Discord's, or the source that an earlier job of ours kept on the spool."""

    url: str = ""
    kept_by_job: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What to paint. If you hold one, its words are clean and its numbers in range.

    `model`, `size` and `quality` are None where the member left the choice to the bot.
    """

    operation: Operation
    prompt: str = ""
    model: str | None = None
    size: str | None = None
    quality: str | None = None
    count: int = 1
    private: bool = False
    source: Source | None = None

    @classmethod
    def imagine(
        cls,
        prompt: str,
        *,
        model: str | None = None,
        size: str | None = None,
        quality: str | None = None,
        count: int = 1,
        private: bool = False,
    ) -> "ImageRequest":
        """A request for pictures from words.

        Raises:
            InvalidRequest: no words, too many of them, or a count out of range.
        """
        words = checked_prompt(prompt)
        if not _is_visible(words):
            raise InvalidRequest("Tell me what to paint: the prompt is empty.")
        return cls(
            operation=Operation.IMAGINE,
            prompt=words,
            model=model,
            size=size,
            quality=quality,
            count=checked_count(count),
            private=private,
        )

    @classmethod
    def vary(
        cls,
        source: Source,
        *,
        prompt: str = "",
        model: str | None = None,
        count: int = 1,
        private: bool = False,
    ) -> "ImageRequest":
        """A request for variations of a picture; `prompt` are directions and may be empty.

        Raises:
            InvalidRequest: too many words, or a count out of range.
        """
        return cls(
            operation=Operation.VARY,
            prompt=checked_prompt(prompt),
            model=model,
            count=checked_count(count),
            private=private,
            source=source,
        )

    def once_more(self, source: Source) -> "ImageRequest":
        """The same variations again, of the source that was kept."""
        return replace(self, source=source)


def checked_prompt(text: str) -> str:
    words = clean(text)
    if len(words) > PROMPT_MAX_CHARS:
        raise InvalidRequest(f"Your prompt has {len(words):,} characters; the most I can take is {PROMPT_MAX_CHARS:,}.")
    return words


def checked_count(count: int) -> int:
    if not 1 <= count <= COUNT_MAX:
        raise InvalidRequest(f"I paint 1 to {COUNT_MAX} pictures at a time.")
    return count
