"""Generic requests: any GET or POST on the service, for what has no function of its own.

They are what the SLINGR endpoint for DALL·E calls its HTTP requests and «Generic Flow Step». The texts of that document
are scrambled: under «Follow Redirect» stands what a download does (put the body into a file), under «Download» what
its HTTP service calls «download sync» (wait, and return what is known of the file). Here each does what its name says:
to follow redirects is to follow answers 3xx, and a download is waited for.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bot.errors import BadAnswer, ImageServiceError
from bot.image_api.generic.checks import checked_headers, checked_method, checked_path, checked_place
from bot.image_api.generic.files import KeptFile, derived_name, keep, workshop
from bot.image_api.wire.ask import Ask
from bot.image_api.wire.http import Http, Response, body_of, chunks_of
from bot.opening import carried_out
from bot.spool import SpooledFile, SpoolWriter

MEMORY_MAX_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 256 * 1024

_PRIVATE_FIELDS = ("prompt", "input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Where a body is kept. Without a name it gets one from the answer's headers, else from its address."""

    folder: Path
    name: str | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericRequest:
    """One GET or POST. What is None is the service's own; a time-out of 0 ms is none.

    path                below the base URL: `models`, `/v1/models` and `images/generations` are understood
    headers             of one's own; the key is not among them
    query               pairs of name and value; names may repeat
    body                a JSON object, for a POST
    read_timeout_ms     the longest silence; the time for a whole call counts beside it
    follow_redirects    to follow answers 3xx, ten at most; the key stays with the service's own address
    download            to keep a success as a file instead of in memory
    """

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    connect_timeout_ms: int | None = None
    read_timeout_ms: int | None = None
    follow_redirects: bool = False
    download: Download | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The full response, whatever it says; header names are in lower case.

    `body` is empty where a success was kept as `file`. `error` is what a refusal means, also one that calls itself a
    success; None for successes and for redirects that were not followed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    file: KeptFile | None = None
    error: ImageServiceError | None = None


async def request(http: Http, wish: GenericRequest) -> Reply:
    """Make a request once; it is never made again by itself.

    Raises:
        InvalidRequest: nothing was sent; the sentence says why.
        ImageServiceError: no answer came, or one too large for memory.
        OSError: the disk does not take the download.
    """
    if wish.download is not None:
        await asyncio.to_thread(
            checked_place, wish.download.folder, wish.download.name, overwrite=wish.download.overwrite
        )
    ask = _ask(http, wish)
    async with http.answered(ask) as response:
        if wish.download is not None and 200 <= response.status < 300:
            file = await _kept(response, ask.path, wish.download)
            return Reply(status=response.status, headers=_lower_case(response), file=file)
        body = await body_of(response, ask.path, most_bytes=MEMORY_MAX_BYTES)
        if len(body) == MEMORY_MAX_BYTES:
            raise BadAnswer(detail=f"{ask.path}: {len(body)} bytes or more, which only a download takes")
        error = _error(http, response, body, ask)
        return Reply(status=response.status, headers=_lower_case(response), body=body, error=error)


def _ask(http: Http, wish: GenericRequest) -> Ask:
    service = http.service
    method = checked_method(wish.method, wish.body)
    read_timeout_ms = service.read_timeout_ms if wish.read_timeout_ms is None else wish.read_timeout_ms
    fields = wish.body or {}
    return Ask(
        path=checked_path(wish.path, service.url("")),
        method=method,
        json=None if wish.body is None else orjson.dumps(dict(wish.body)),
        headers={"Accept": "*/*"} | checked_headers(wish.headers, keys=service.key_headers),
        query=wish.query,
        follow_redirects=wish.follow_redirects,
        connect_timeout_ms=wish.connect_timeout_ms,
        limit_s=service.call_limit_s,
        silence_s=read_timeout_ms / 1000 or None,
        private=tuple(fields[name] for name in _PRIVATE_FIELDS if isinstance(fields.get(name), str)),
    )


def _error(http: Http, response: Response, body: bytes, ask: Ask) -> ImageServiceError | None:
    if response.status >= 400:
        return http.refusal(ask, response, body)
    try:
        return http.error_in(orjson.loads(body), response, ask)
    except orjson.JSONDecodeError:
        return None


def _lower_case(response: Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


async def _kept(response: Response, path: str, download: Download) -> KeptFile:
    """The body in its place. It is written beside it first: a file under its own name is whole."""
    media_type = response.content_type
    name = download.name or derived_name(response.headers.get("Content-Disposition"), str(response.url), media_type)
    async with workshop(download.folder) as folder:
        spooled = await _received(response, path, SpoolWriter(folder / "body"))
        kept = keep(spooled.file, download.folder / name, overwrite=download.overwrite)
    return KeptFile(path=kept, size_bytes=spooled.size_bytes, sha256=spooled.sha256, media_type=media_type)


async def _received(response: Response, path: str, writer: SpoolWriter) -> SpooledFile:
    try:
        piece = bytearray()
        async for chunk in chunks_of(response, path):
            piece += chunk
            if len(piece) >= PIECE_BYTES:
                await asyncio.to_thread(writer.write, bytes(piece))
                piece.clear()
        await asyncio.to_thread(writer.write, bytes(piece))
        return await asyncio.to_thread(writer.finish)
    finally:
        await carried_out(writer.discard)  # waits for a write that a cancelled download left running
