"""Bodies of calls: JSON, or multipart whose files go to disk as they arrive."""

import asyncio
import base64
import binascii
import hashlib
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from aiohttp import BodyPartReader, web
from PIL import Image

from sandbox.image_api.errors import ApiError

READ_BYTES = 64 * 1024
TEXT_MAX_BYTES = 1024 * 1024
UPLOAD_MAX_BYTES = 64 * 1024 * 1024
DATA_URL = re.compile(r"data:(?P<media_type>[\w/+.-]*)(?:;[\w=-]+)*?;base64,(?P<content>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A picture that came with a call. `format`, `mode` and the sizes are None where it cannot be read as a picture."""

    field: str
    filename: str
    content_type: str | None
    size_bytes: int
    sha256: str
    file: Path
    format: str | None = None
    mode: str | None = None
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A body that could be read. Values of a multipart form are text."""

    fields: dict[str, Any]
    uploads: tuple[Upload, ...] = ()
    is_multipart: bool = False


async def read_form(request: web.Request, spool: Path) -> Form:
    """The body of a call; files land under `spool` and are the caller's to remove.

    Raises:
        ApiError: 400, not JSON or not a form.
    """
    if request.content_type == "multipart/form-data":
        try:
            return await _read_multipart(request, spool)
        except ValueError as problem:
            raise ApiError(400, f"Could not parse multipart form: {problem}") from problem
    body = await request.read()
    if not body:
        return Form({})
    if request.content_type != "application/json":
        raise ApiError(
            400, f"Unsupported content type: '{request.content_type}'. This API method only accepts 'application/json'."
        )
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise ApiError(400, "We could not parse the JSON body of your request. The API expects a JSON payload.")
    return Form(fields)


async def _read_multipart(request: web.Request, spool: Path) -> Form:
    fields: dict[str, Any] = {}
    uploads: list[Upload] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ApiError(400, "Could not parse multipart form: every part needs a name.")
        if part.filename is None:
            fields[part.name] = (await _read_text(part)).decode(errors="replace")
        else:
            uploads.append(await _read_upload(part, part.name, part.filename, spool))
    return Form(fields, tuple(uploads), is_multipart=True)


async def _read_text(part: BodyPartReader) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk(READ_BYTES):
        content += piece
        if len(content) > TEXT_MAX_BYTES:
            raise ApiError(413, "Request body too large.")
    return bytes(content)


async def _read_upload(part: BodyPartReader, name: str, filename: str, spool: Path) -> Upload:
    digest = hashlib.sha256()
    size_bytes = 0
    file = await asyncio.to_thread(_new_file, spool)
    while piece := await part.read_chunk(READ_BYTES):
        size_bytes += len(piece)
        if size_bytes > UPLOAD_MAX_BYTES:
            raise ApiError(413, "Request body too large.")
        digest.update(piece)
        await asyncio.to_thread(_append, file, piece)
    return await asyncio.to_thread(
        _measured,
        Upload(
            field=name,
            filename=filename,
            content_type=part.headers.get("Content-Type"),
            size_bytes=size_bytes,
            sha256=digest.hexdigest(),
            file=file,
        ),
    )


async def upload_from_data_url(url: str, *, name: str, spool: Path) -> Upload | None:
    """The picture inside a data: URL, put on disk; None when it is not one."""
    match = DATA_URL.fullmatch(url)
    if match is None:
        return None
    try:
        content = await asyncio.to_thread(base64.b64decode, match["content"], validate=True)
    except binascii.Error:
        return None
    file = await asyncio.to_thread(_new_file, spool)
    await asyncio.to_thread(_append, file, content)
    upload = Upload(
        field=name,
        filename="",
        content_type=match["media_type"],
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        file=file,
    )
    return await asyncio.to_thread(_measured, upload)


def _new_file(spool: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=spool, prefix="upload-", delete=False) as file:
        return Path(file.name)


def _append(file: Path, piece: bytes) -> None:
    with file.open("ab") as target:
        target.write(piece)


def _measured(upload: Upload) -> Upload:
    """The same with what its header says; whole decoding is left to the painter."""
    try:
        with Image.open(upload.file) as picture:
            width_px, height_px = picture.size
            return replace(upload, format=picture.format, mode=picture.mode, width_px=width_px, height_px=height_px)
    except (OSError, ValueError, Image.DecompressionBombError):
        return upload
