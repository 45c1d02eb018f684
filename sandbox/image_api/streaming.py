"""Answers as server-sent events: partial pictures first, then the finished one (OpenAI: Image streaming)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.pictures import Picture

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; `fields` are its data besides `type` and `b64_json`."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    picture: Picture | None = None

    @property
    def is_last(self) -> bool:
        return self.name.endswith(".completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How events are written. OpenAI's way is the default; faults choose another.

    `data_lines` writes each field of the data on a line of its own.
    """

    line_end: bytes = b"\n"
    says_event: bool = True
    says_type: bool = True
    type_is_last: bool = False
    data_lines: bool = False

    def pieces(self, event: Event) -> Iterator[bytes | memoryview]:
        if self.says_event:
            yield b"event: " + event.name.encode() + self.line_end
        yield b"data: {"
        comma = b""
        for part in self._parts(event):
            yield comma
            yield from part
            comma = b"," + self.line_end + b"data: " if self.data_lines else b","
        yield b"}" + self.line_end * 2

    def _parts(self, event: Event) -> Iterator[Iterator[bytes | memoryview]]:
        kind = [_member("type", event.name)] if self.says_type else []
        yield from () if self.type_is_last else map(iter, kind)
        if event.picture is not None:
            yield _picture(event.picture)
        yield from (iter(_member(name, value)) for name, value in event.fields.items())
        yield from map(iter, kind) if self.type_is_last else ()


OPENAI = Wording()


async def at_once() -> None:
    """No pause before an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedAnswer(Answer):
    """Events, each sent when the pause `before` it is over, and perhaps something at the end."""

    events: tuple[Event, ...]
    wording: Wording = OPENAI
    before: Callable[[], Awaitable[None]] = at_once
    closing: bytes = b""
    content_type: str = EVENT_STREAM

    @property
    def recorded(self) -> None:
        """Nothing: the contract check holds JSON bodies alone against the official document."""

    def pieces(self) -> Iterator[bytes | memoryview]:
        for event in self.events:
            yield from self.wording.pieces(event)
        yield self.closing

    @property
    def length_bytes(self) -> int:
        return sum(len(piece) for piece in self.pieces())

    async def send(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=dict(self.headers))
        response.headers["Content-Type"] = self.content_type
        response.enable_chunked_encoding()
        try:
            await response.prepare(request)
            for event in self.events:
                await self.before()
                for piece in self.wording.pieces(event):
                    await response.write(piece)
            if self.closing:
                await response.write(self.closing)
            await response.write_eof()
        except ConnectionError:  # a client that has gone is no error
            pass
        return response


def _member(name: str, value: object) -> list[bytes]:
    return [orjson.dumps(name) + b":" + orjson.dumps(value)]


def _picture(picture: Picture) -> Iterator[bytes | memoryview]:
    yield b'"b64_json":"'
    yield from picture.base64_pieces()
    yield b'"'
