"""Why a file is refused, as data, and the sentence the member reads for it."""

from enum import StrEnum

from bot.errors import NOT_CHARGED, BadPicture

MEBIBYTE = 1024 * 1024
SOURCE_MAX_BYTES = 20 * MEBIBYTE
PAINTED_MAX_BYTES = 64 * MEBIBYTE
MAX_PIXELS = 25_000_000
MAX_SIDE_PX = 8_192

_INSTEAD = "Send a PNG, JPEG or WebP."


class Reason(StrEnum):
    """What is wrong with a file. The value is the sentence, with places for what `Refused` knows."""

    EMPTY = f"That file is empty. {_INSTEAD}"
    NOT_A_PICTURE = f"That file is not a picture I can use, whatever its name says. {_INSTEAD}"
    OTHER_KIND = f"I cannot use {{kind}} files. {_INSTEAD}"
    TOO_BIG = "That file is larger than {max_mb} MB, the most I can take. Send a smaller one."
    TOO_MANY_PIXELS = (
        f"That picture has more than {MAX_PIXELS // 1_000_000} megapixels, the most I can take. "
        "Shrink it and send it again."
    )
    SIDE_TOO_LONG = (
        f"That picture has {{width_px:,}} × {{height_px:,}} pixels, and I can take {MAX_SIDE_PX:,} a side at most. "
        "Shrink it and send it again."
    )
    ANIMATED = "That picture is animated ({frames:,} frames). Send a still one."
    DAMAGED = "That picture could not be read: the file is damaged or cut off. Save it anew and send it again."
    TOO_HARD = (
        "That picture could not be read: it takes more time or memory than I may spend on one. "
        "Save it anew, or smaller, and send it again."
    )


class Refused(Exception):
    """A file cannot be used. `facts` are what the reason's sentence names; `detail` is for the log."""

    def __init__(self, reason: Reason, *, detail: str = "", **facts: int | str) -> None:
        super().__init__(reason.name)
        self.reason, self.detail, self.facts = reason, detail, facts

    def to_error(self) -> BadPicture:
        """The same in the member's words."""
        sentence = self.reason.value.format(**self.facts)
        detail = f"{self.reason.name.lower()} {self.detail}".rstrip()
        return BadPicture(f"{sentence} {NOT_CHARGED}", detail=detail)
