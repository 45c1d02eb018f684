"""Words of strangers, made safe to show: no pings, no links, no broken formatting. And numbers as people read them."""

import unicodedata
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from math import ceil

from bot.request import clean

_STRAIGHT, _HARMLESS = "`", "\N{MODIFIER LETTER GRAVE ACCENT}"

PROMPT_SHOWN_CHARS = 1_200
MARKS_MAX = 4  # on one letter; Hebrew and Tibetan need as many, and a tower of them covers the lines above
ALT_TEXT_MAX_CHARS = 1_024  # Discord: Message, attachment description


def quoted(prompt: str, *, most: int = PROMPT_SHOWN_CHARS) -> str:
    """A prompt in a code block, where Discord renders nothing: the only way out, a backtick, is replaced."""
    return f"```\n{cut(_harmless(prompt), most)}\n```"


def plain(name: str) -> str:
    """A short foreign word (a model's id, a size) in running text."""
    return f"`{cut(_harmless(name), 100)}`"


def _harmless(words: str) -> str:
    """On one line, from left to right as it is written, without a backtick, and no letter taller than its line."""
    shown, marks = [], 0
    for sign in clean(words).replace(_STRAIGHT, _HARMLESS):
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if marks <= MARKS_MAX:
            shown.append(sign)
    return "".join(shown)


def named(permissions: Sequence[str]) -> str:
    """Permissions as a reader's list: «the permission «Attach Files»»."""
    word = "permission" if len(permissions) == 1 else "permissions"
    return f"the {word} {' and '.join(f'«{name}»' for name in permissions)}"


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def alt_text(prompt: str) -> str:
    return cut(prompt or "A variation of a picture", ALT_TEXT_MAX_CHARS)


def seconds(duration_s: float) -> str:
    """A duration as people say it: «8 s», «3 min»."""
    if duration_s < 90:
        return f"{max(1, round(duration_s))} s"
    return f"{round(duration_s / 60)} min"


def about(duration_s: float) -> str:
    """A time to wait that nobody knows to the second: «10 s», «3 min»."""
    return seconds(duration_s if duration_s < 10 or duration_s > 85 else 5 * ceil(duration_s / 5))


def dollars(microusd: int, *, at_most: bool = False) -> str:
    """Millionths of a dollar as money: «$0.053», «$0.0059», «$12.40». Below a dollar two figures tell enough.

    `at_most`: rounded up, so that the sentence stays true.
    """
    amount = Decimal(microusd) / 1_000_000
    places = 2 if abs(amount) >= 1 or not amount else max(2, 1 - amount.adjusted())
    rounding = ROUND_CEILING if at_most else ROUND_HALF_UP
    return f"${amount.quantize(Decimal(1).scaleb(-places), rounding=rounding):,}"
