"""Reading a request's body: JSON, or a form whose files go to disk as they come."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from aiohttp import BodyPartReader, web

from sandbox.discord.cdn import Cdn
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.wire import Uploaded

REQUEST_MAX_BYTES = 25 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


@dataclass(slots=True)
class Intake:
    """`too_large` is only known at the end: Discord reads the whole request before it says so.

    `at_ms` is when the request came, on the machine's clock: people who watch are told that, whatever tests set.
    """

    at_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    payload: Any = None
    uploads: list[Uploaded] = field(default_factory=list)
    too_large: bool = False


async def take_in(request: web.Request, cdn: Cdn, intake: Intake) -> None:
    """Fill `intake`. Raises ApiError for a body that is not JSON where it should be."""
    intake.too_large = (request.content_length or 0) > REQUEST_MAX_BYTES
    if not request.can_read_body:
        return
    if not request.content_type.startswith("multipart/"):
        intake.payload = _json(await request.read())
        return
    size_bytes = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        found = re.fullmatch(r"files\[(\d+)\]", part.name or "")
        if part.name == "payload_json":
            intake.payload = _json(bytes(await part.read()))
        elif found is not None:
            upload = await _store(part, int(found[1]), cdn.new_path())
            intake.uploads.append(upload)
            size_bytes += upload.size_bytes
    intake.too_large = intake.too_large or size_bytes > REQUEST_MAX_BYTES


async def _store(part: BodyPartReader, number: int, path: Path) -> Uploaded:
    file: BinaryIO = await asyncio.to_thread(path.open, "wb")
    size_bytes = 0
    try:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            size_bytes += len(chunk)
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    kind = part.headers.get("Content-Type", "application/octet-stream")
    return Uploaded(number, part.filename or f"file{number}", kind, size_bytes, path)


def _json(body: bytes) -> Any:  # noqa: ANN401 - JSON of any shape
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ApiError(Refusal.INVALID_JSON) from None
