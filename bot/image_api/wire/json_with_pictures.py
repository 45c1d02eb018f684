"""JSON bodies with pictures in them, sent in pieces: each file becomes a `data:` URL on its way out."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import BinaryIO

from bot.image_api.call import Upload
from bot.opening import opened_to_read

PIECE_BYTES = 192 * 1024  # a multiple of three, so that pieces of base64 join without padding


async def length_of(parts: Sequence[bytes | Upload]) -> int:
    """Bytes of the whole body, told from the sizes of the files."""
    return sum([len(part) if isinstance(part, bytes) else await _length_of_url(part) for part in parts])


async def pieces_of(parts: Sequence[bytes | Upload]) -> AsyncIterator[bytes]:
    """The body, never more than a piece of a picture at a time; files are read off the event loop."""
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        yield _head(part)
        file = await opened_to_read(part.file)
        try:
            while piece := await asyncio.to_thread(_next, file):
                yield piece
        finally:
            file.close()  # at once: whoever gives up half-way does not wait for a thread


def _next(file: BinaryIO) -> bytes:
    return base64.b64encode(file.read(PIECE_BYTES))


async def _length_of_url(picture: Upload) -> int:
    return url_bytes(picture, await asyncio.to_thread(_size_of, picture.file))


def url_bytes(picture: Upload, size_bytes: int) -> int:
    """Bytes, and so characters, of the `data:` URL of a picture of this size."""
    return len(_head(picture)) + 4 * ((size_bytes + 2) // 3)


def _size_of(file: Path) -> int:
    return file.stat().st_size


def _head(picture: Upload) -> bytes:
    return f"data:{picture.media_type};base64,".encode()
