"""Faults of the connection: silence, delay, drip, bodies cut off or without end, and a port that takes no calls."""

import asyncio
import socket
import struct
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from sandbox.image_api.answers import JSON, stream
from sandbox.image_api.faults.faults import Call, Fault

OPENING = b'{"created":1,"data":[{"b64_json":"'
ENDING = b'"}]}'
FILLER = b"A" * 65_536


def silence(seconds: float | None = None) -> Fault:
    """Take the call and say nothing; close the connection after that time, or when the service stops."""

    async def play(call: Call) -> web.StreamResponse:
        await call.pause(seconds)
        return hang_up(call.request)

    return Fault(play)


def slow_accept(seconds: float) -> Fault:
    """Leave the request unread for that long, then serve it."""

    async def play(call: Call) -> web.StreamResponse:
        await call.pause(seconds)
        return await (await call.work()).send(call.request)

    return Fault(play, reads_first=False)


def late(seconds: float) -> Fault:
    """Do the work at once (it is paid) and answer that much later."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        await call.pause(seconds)
        return await answer.send(call.request)

    return Fault(play)


def reset(*, after_the_work: bool = False) -> Fault:
    """Cut the connection without a byte of answer, before the work or after it."""

    async def play(call: Call) -> web.StreamResponse:
        if after_the_work:
            await call.work()
        return hang_up(call.request)

    return Fault(play)


def half_body() -> Fault:
    """Half of a good answer, then a reset."""

    async def play(call: Call) -> web.StreamResponse:
        response = await _half_sent(call)
        # A reset throws away what the client has not read yet: give it time to read.
        await call.pause(0.05)
        hang_up(call.request)
        return response

    return Fault(play)


def stall() -> Fault:
    """Half of a good answer, then silence until the client goes."""

    async def play(call: Call) -> web.StreamResponse:
        response = await _half_sent(call)
        await call.pause(None)
        hang_up(call.request)
        return response

    return Fault(play)


async def _half_sent(call: Call) -> web.StreamResponse:
    answer = await call.work()
    response = web.StreamResponse(headers={"Content-Type": answer.content_type})
    response.content_length = answer.length_bytes
    left_bytes = answer.length_bytes // 2
    with suppress(ConnectionResetError):
        await response.prepare(call.request)
        for piece in answer.pieces():
            await response.write(bytes(piece[:left_bytes]))
            left_bytes -= min(left_bytes, len(piece))
            if not left_bytes:
                break
    return response


def drip(bytes_per_s: float = 1.0) -> Fault:
    """A good answer, byte by byte: no single read takes long, and yet it does not end."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        response = web.StreamResponse(headers={"Content-Type": answer.content_type})
        response.content_length = answer.length_bytes
        with suppress(ConnectionResetError):
            await response.prepare(call.request)
            for piece in answer.pieces():
                for byte in bytes(piece):
                    await response.write(bytes((byte,)))
                    await call.pause(1 / bytes_per_s)
                    if call.is_over:
                        return hang_up(call.request)
        return response

    return Fault(play)


def trickle(pieces: int, pause_s: float) -> Fault:
    """A good answer in that many pieces with a pause before each: never silent for long, and slow as a whole."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        body = b"".join(bytes(piece) for piece in answer.pieces())
        response = web.StreamResponse(headers={"Content-Type": answer.content_type})
        response.content_length = len(body)
        step = -(-len(body) // pieces)
        with suppress(ConnectionResetError):
            await response.prepare(call.request)
            for start in range(0, len(body), step):
                await call.pause(pause_s)
                await response.write(body[start : start + step])
        return response

    return Fault(play)


def huge_body(size_bytes: int, opening: bytes = OPENING) -> Fault:
    """One picture of that many base64 characters without a length announced. `opening` may begin a stream instead."""

    async def play(call: Call) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": JSON})
        return await stream(call.request, response, _endless(size_bytes, opening), None)

    return Fault(play)


def gzip_bomb(size_bytes: int, opening: bytes = OPENING) -> Fault:
    """The same as a small gzip body that grows to that size when it is unpacked."""

    async def play(call: Call) -> web.StreamResponse:
        packed = await asyncio.to_thread(_packed, size_bytes, opening)
        response = web.StreamResponse(headers={"Content-Type": JSON, "Content-Encoding": "gzip"})
        return await stream(call.request, response, iter((packed,)), len(packed))

    return Fault(play)


def hang_up(request: web.Request) -> web.StreamResponse:
    """Reset the connection. The response that is returned cannot reach anyone."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


@asynccontextmanager
async def deaf_port() -> AsyncGenerator[str]:
    """A base URL whose port is open and never accepts: connecting to it times out (Linux: a full backlog)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(2)]
        try:
            for filler in fillers:
                filler.settimeout(0)
                filler.connect_ex(listener.getsockname())
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            for filler in fillers:
                filler.close()


def _endless(size_bytes: int, opening: bytes) -> Iterator[bytes]:
    yield opening
    for _ in range(size_bytes // len(FILLER)):
        yield FILLER
    yield FILLER[: size_bytes % len(FILLER)]
    yield ENDING


def _packed(size_bytes: int, opening: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=31)
    return b"".join(packer.compress(piece) for piece in _endless(size_bytes, opening)) + packer.flush()
