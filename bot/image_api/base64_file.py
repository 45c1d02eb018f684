"""A picture from base64 text to a file on the spool, in pieces."""

import binascii
from collections.abc import Sequence

from bot.errors import BadAnswer
from bot.model import Picture
from bot.spool import SpoolWriter

HEAD_BYTES = 24

_BLANKS = (b" ", b"\t", b"\r", b"\n")


def media_type_of(head: bytes) -> str | None:
    """What a file is by its first bytes, None when it is not a picture that Discord shows."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def size_of(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, which stand in its first 24 bytes; None for other kinds."""
    if media_type_of(head) != "image/png" or len(head) < HEAD_BYTES:
        return None
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


class Base64File:
    """Base64 text in pieces of any length into one spool file. Its methods block and run on a thread.

    Line breaks are left out, missing padding at the end is forgiven. What is not a picture is never finished.

    Raises:
        BadAnswer: from `write` and `finish`, where the text is not the base64 of a picture.
    """

    def __init__(self, index: int, writer: SpoolWriter) -> None:
        self._index = index
        self._writer = writer
        self._left = b""
        self._head = b""
        self._is_padded = False

    def write(self, texts: Sequence[bytes]) -> None:
        text = b"".join([self._left, *texts])
        if any(blank in text for blank in _BLANKS):
            text = text.translate(None, b"".join(_BLANKS))
        whole = len(text) // 4 * 4
        self._left = text[whole:]
        self._decode(text[:whole])

    def finish(self) -> Picture:
        self._decode(self._left.ljust(4, b"=") if self._left else b"")
        media_type = self._checked_head()
        spooled = self._writer.finish()
        return Picture(self._index, spooled.file, spooled.sha256, spooled.size_bytes, media_type, size_of(self._head))

    def discard(self) -> None:
        self._writer.discard()

    def _decode(self, text: bytes) -> None:
        if not text:
            return
        if self._is_padded:
            raise BadAnswer(detail=f"picture {self._index} goes on after its padding")
        try:
            piece = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error as error:
            raise BadAnswer(detail=f"picture {self._index} is not base64: {error}") from error
        self._is_padded = text.endswith(b"=")
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._checked_head()
        self._writer.write(piece)

    def _checked_head(self) -> str:
        media_type = media_type_of(self._head)
        if media_type is None:
            raise BadAnswer(detail=f"picture {self._index} is not a picture: it begins with {self._head!r}")
        return media_type
