"""Answers as they leave: JSON whose pictures are written in pieces, so that hundreds at once stay small."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from sandbox.image_api.errors import ApiError
from sandbox.image_api.pictures import Picture, sliced

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and a body: a JSON object, the bytes of a file, or nothing.

    `pictures` go into the object's `data` as `b64_json`, one item each, with `extra` beside it.
    """

    body: Mapping[str, Any] | None = None
    status: int = 200
    pictures: tuple[Picture, ...] = ()
    file: bytes | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @property
    def recorded(self) -> Mapping[str, Any] | None:
        """The body with the base64 of each picture cut short: what goes into the traffic log."""
        if self.body is None or not self.pictures:
            return self.body
        return {**self.body, "data": [{"b64_json": f"({p.size_bytes} bytes)", **self.extra} for p in self.pictures]}

    def pieces(self) -> Iterator[bytes | memoryview]:
        if self.file is not None:
            return sliced(self.file)
        if self.body is None:
            return iter(())
        if not self.pictures:
            return iter((orjson.dumps(dict(self.body)),))
        return self._with_pictures()

    def _with_pictures(self) -> Iterator[bytes | memoryview]:
        yield b'{"data":['
        for number, picture in enumerate(self.pictures):
            yield b',{"b64_json":"' if number else b'{"b64_json":"'
            yield from picture.base64_pieces()
            yield b'",' + orjson.dumps(dict(self.extra))[1:] if self.extra else b'"}'
        yield b"]," + orjson.dumps(dict(self.body or {}))[1:]

    @property
    def length_bytes(self) -> int:
        """Length of the body without making it."""
        if self.file is not None:
            return len(self.file)
        base64_bytes = sum(4 * ((picture.size_bytes + 2) // 3) for picture in self.pictures)
        around = Answer(body=self.body, pictures=tuple(NO_PICTURE for _ in self.pictures), extra=self.extra)
        return base64_bytes + sum(len(piece) for piece in around.pieces())

    async def send(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=dict(self.headers))
        if self.body is not None or self.file is not None:
            response.headers["Content-Type"] = self.content_type
        return await stream(request, response, self.pieces(), self.length_bytes)


@dataclass(frozen=True, slots=True)
class _NoPicture:
    """Nothing: measures what stands around the pictures."""

    size_bytes: int = 0
    output_format: str = "png"

    def pieces(self) -> Iterator[bytes]:
        return iter(())

    base64_pieces = pieces


NO_PICTURE = _NoPicture()


def refused(error: ApiError) -> Answer:
    return Answer(body=error.body, status=error.status)


def nothing(status: int = 404) -> Answer:
    """A status without a body or content type: what OpenAI answers where it has no route."""
    return Answer(status=status)


async def stream(
    request: web.Request,
    response: web.StreamResponse,
    pieces: Iterator[bytes | memoryview],
    length_bytes: int | None,
) -> web.StreamResponse:
    """Send a body in pieces, waiting for the client to take them. A client that has gone is not an error."""
    if length_bytes is None:
        response.enable_chunked_encoding()
    else:
        response.content_length = length_bytes
    try:
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except ConnectionError:
        pass
    return response
