"""Pictures on their way out: bytes in pieces, plain or as base64, never a second whole copy."""

import base64
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

PIECE_BYTES = 48 * 1024  # a multiple of three, so that pieces of base64 join without padding
SIGNATURE = b"\x89PNG\r\n\x1a\n"
OPENING_BYTES = 96  # signature, header and number of a prepared picture; a multiple of three


class Picture(Protocol):
    """A finished picture."""

    @property
    def size_bytes(self) -> int: ...

    @property
    def output_format(self) -> str: ...

    def pieces(self) -> Iterator[bytes | memoryview]: ...

    def base64_pieces(self) -> Iterator[bytes | memoryview]: ...


@dataclass(frozen=True, slots=True)
class PaintedPicture:
    """A picture painted for one call."""

    content: bytes
    output_format: str

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[memoryview]:
        return sliced(self.content)

    def base64_pieces(self) -> Iterator[bytes]:
        return (base64.b64encode(piece) for piece in self.pieces())


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """One big picture shared by every answer; only its first bytes, which hold a number, are its own."""

    opening: bytes
    rest: bytes
    rest_base64: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.opening) + len(self.rest)

    @property
    def output_format(self) -> str:
        return "png"

    def numbered(self, number: int) -> "PreparedPicture":
        """The same pixels in a file that differs from every other number's."""
        return PreparedPicture(self.opening[:33] + text_chunk(number), self.rest, self.rest_base64)

    def pieces(self) -> Iterator[bytes | memoryview]:
        yield self.opening
        yield from sliced(self.rest)

    def base64_pieces(self) -> Iterator[bytes | memoryview]:
        yield base64.b64encode(self.opening)
        yield from sliced(self.rest_base64)


def prepare(size_bytes: int) -> PreparedPicture:
    """A valid PNG of about that size: a square of noise, which no compression would make smaller."""
    edge_px = max(1, int((size_bytes / 3) ** 0.5))
    noise = random.Random(edge_px)
    rows = b"".join(b"\x00" + noise.randbytes(edge_px * 3) for _ in range(edge_px))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", edge_px, edge_px, 8, 2, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(rows, level=0)) + chunk(b"IEND", b"")
    return PreparedPicture(SIGNATURE + header + text_chunk(0), rest, base64.b64encode(rest))


def text_chunk(number: int) -> bytes:
    """A PNG text chunk that brings signature and header to OPENING_BYTES."""
    room = OPENING_BYTES - len(SIGNATURE) - 25 - 12
    return chunk(b"tEXt", f"Comment\x00{number}".encode().ljust(room))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file (W3C: Portable Network Graphics, 5.3)."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def sliced(content: bytes) -> Iterator[memoryview]:
    view = memoryview(content)
    return (view[start : start + PIECE_BYTES] for start in range(0, len(view), PIECE_BYTES))
