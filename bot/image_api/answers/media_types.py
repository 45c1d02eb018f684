"""What a picture's file is, told by its first bytes, whatever the service calls it."""

import re

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_PNG_HEADER_BYTES = 24
# Perhaps a byte order mark, an XML declaration, comments and a document type, then the element itself.
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+|<!--.*?-->\s*+|<!DOCTYPE\s[^>\[]*+>\s*+)*+<svg[\s/>]", re.DOTALL
)


def media_type_of(head: bytes, *, may_be_svg: bool = False) -> str | None:
    """The media type of a file that begins like this, None when it is no picture.

    SVG is text with programs in it: it counts only where somebody asked for it.
    """
    for magic, media_type in _MAGIC.items():
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/svg+xml" if may_be_svg and _SVG.match(head) else None


def size_of(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, which stand in its first 24 bytes; None for other kinds."""
    if media_type_of(head) != "image/png" or len(head) < _PNG_HEADER_BYTES:
        return None
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
