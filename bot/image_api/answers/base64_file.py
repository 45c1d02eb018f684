"""A picture from base64 text to a file on the spool, in pieces."""

import binascii
from collections.abc import Sequence

import pybase64

from bot.errors import BadAnswer
from bot.image_api.answers.media_types import media_type_of, size_of
from bot.model import Picture
from bot.spool import HEAD_BYTES, SpoolWriter

_BLANKS = (b" ", b"\t", b"\r", b"\n")


class Base64File:
    """Base64 text in pieces of any length into one spool file. Its methods block and run on a thread.

    Line breaks are left out, missing padding at the end is forgiven. What is not a picture is never finished;
    `may_be_svg` where the call asked for SVG.

    Raises:
        BadAnswer: from `write`, `end` and `finish`, where the text is not the base64 of a picture.
    """

    def __init__(self, index: int, writer: SpoolWriter, *, may_be_svg: bool = False) -> None:
        self._index = index
        self._writer = writer
        self._may_be_svg = may_be_svg
        self._left = b""
        self._head = b""
        self._is_padded = False

    def write(self, texts: Sequence[bytes | memoryview]) -> None:
        text = b"".join([self._left, *texts])
        if any(blank in text for blank in _BLANKS):
            text = text.translate(None, b"".join(_BLANKS))
        whole = len(text) // 4 * 4
        self._left = text[whole:]
        self._decode(memoryview(text)[:whole])

    def end(self) -> None:
        """The text is complete; `finish` may come much later."""
        self._decode(self._left.ljust(4, b"=") if self._left else b"")
        self._left = b""
        self._checked_head()

    def finish(self, name: str | None = None) -> Picture:
        """The picture on the disk: under its file's own name, or under another in the same folder."""
        self.end()
        media_type = self._checked_head()
        spooled = self._writer.finish(name)
        return Picture(self._index, spooled.file, spooled.sha256, spooled.size_bytes, media_type, size_of(self._head))

    def discard(self) -> None:
        self._writer.discard()

    def _decode(self, text: bytes | memoryview) -> None:
        if not text:
            return
        if self._is_padded:
            raise BadAnswer(detail=f"picture {self._index} goes on after its padding")
        try:
            piece = pybase64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise BadAnswer(detail=f"picture {self._index} is not base64: {error}") from error
        self._is_padded = text[-1] == ord("=")
        if len(self._head) < HEAD_BYTES:
            self._head += piece[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._checked_head()
        self._writer.write(piece)

    def _checked_head(self) -> str:
        media_type = media_type_of(self._head, may_be_svg=self._may_be_svg)
        if media_type is None:
            raise BadAnswer(detail=f"picture {self._index} is not a picture")
        return media_type
