"""Faults of a stream's connection: cut off within an event, held open after its end, in crumbs, or without end."""

from contextlib import suppress

from aiohttp import web

from sandbox.image_api.faults.faults import Call, Fault
from sandbox.image_api.faults.stream import DONE, streamed, told
from sandbox.image_api.faults.wire import hang_up
from sandbox.image_api.streaming import EVENT_STREAM, StreamedAnswer

OPENING = b'event: image_generation.completed\ndata: {"b64_json":"'  # of a huge body
EMPTY_LINES = b"\n" * 65_536


def half_event() -> Fault:
    """The first event and half of the next, then a reset."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        first, second = (b"".join(answer.wording.pieces(event)) for event in answer.events[:2])
        response = await _begun(call, first, second[: len(second) // 2])
        # A reset throws away what the client has not read yet: give it time to read.
        await call.pause(0.05)
        hang_up(call.request)
        return response

    return streamed(play)


def left_open(*, done: bool = False) -> Fault:
    """The whole stream, or all but its finished picture and then `[DONE]`; and nobody hangs up."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        events = answer.events[:-1] if done else answer.events
        pieces = [piece for event in events for piece in answer.wording.pieces(event)]
        response = await _begun(call, *map(bytes, pieces), *([DONE] if done else []))
        await call.pause(None)
        return response

    return streamed(play)


def in_crumbs(crumb_bytes: int) -> Fault:
    """A good stream in pieces of that size, each on its way alone."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        body = b"".join(answer.pieces())
        return await told(call, (body[at : at + crumb_bytes] for at in range(0, len(body), crumb_bytes)))

    return streamed(play)


def endless_previews(previews: int) -> Fault:
    """The first partial picture over and over, and never the finished one."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        piece = b"".join(answer.wording.pieces(answer.events[0]))
        return await told(call, (piece for _ in range(previews)))

    return streamed(play)


def blanks(size_bytes: int) -> Fault:
    """Empty lines and nothing else; nobody paints."""

    async def play(call: Call) -> web.StreamResponse:
        return await told(call, (EMPTY_LINES for _ in range(size_bytes // len(EMPTY_LINES))))

    return Fault(play)


def over_and_over(lines: bytes, size_bytes: int, opening: bytes = b"") -> Fault:
    """The same lines until the stream is that long; nobody paints."""
    piece = lines * (len(EMPTY_LINES) // len(lines))

    async def play(call: Call) -> web.StreamResponse:
        return await told(call, (opening, *(piece for _ in range(size_bytes // len(piece)))))

    return Fault(play)


def just(body: bytes) -> Fault:
    """These bytes under the name of a stream; nobody paints."""

    async def play(call: Call) -> web.StreamResponse:
        return await told(call, [body])

    return Fault(play)


async def _begun(call: Call, *pieces: bytes) -> web.StreamResponse:
    """A stream that has said this, and is not over."""
    response = web.StreamResponse(headers={"Content-Type": EVENT_STREAM})
    response.enable_chunked_encoding()
    with suppress(ConnectionResetError):
        await response.prepare(call.request)
        for piece in pieces:
            await response.write(piece)
    return response
