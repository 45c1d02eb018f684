"""A JSON body with pictures in it leaves in pieces: right to the last byte, and never whole in memory."""

import asyncio
import base64
import json
import tracemalloc
from contextlib import aclosing
from pathlib import Path

import aiohttp
import pytest

from bot.download import Downloader
from bot.errors import RequestRejected
from bot.image_api.call import Call
from bot.image_api.client import ImageApi
from bot.image_api.events import Failed
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from bot.image_api.wire.json_with_pictures import PIECE_BYTES, length_of, pieces_of
from bot.model import Endpoint
from bot.spool import Spool
from tests.clock import FakeClock
from tests.image_api.conftest import CATALOGUE, Source

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.mark.parametrize("size_bytes", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 2])
async def test_a_body_is_as_long_as_it_says_and_holds_its_pictures(tmp_path: Path, size_bytes: int) -> None:
    content = bytes(at % 251 for at in range(size_bytes))
    (tmp_path / "a.png").write_bytes(content)
    picture = Source(tmp_path / "a.png", "image/png")
    parts = (b'{"prompt":"a fox","image":"', picture, b'","again":"', picture, b'"}')

    body = b"".join([piece async for piece in pieces_of(parts)])

    assert len(body) == await length_of(parts)
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert json.loads(body) == {"prompt": "a fox", "image": url, "again": url}


class Sink:
    """A service that takes a request to its end, counts it, keeps its head alone, and refuses."""

    def __init__(self) -> None:
        self.head = b""
        self.body_bytes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.head = await reader.readuntil(b"\r\n\r\n")
        (length,) = [line for line in self.head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while self.body_bytes < int(length.split(b":")[1]):
            self.body_bytes += len(await reader.read(64 * 1024))
        writer.write(REFUSAL)
        await writer.drain()
        writer.close()


async def test_memory_does_not_grow_with_the_pictures_of_a_json_edit(tmp_path: Path) -> None:
    sink = Sink()
    file = tmp_path / "big.png"
    file.write_bytes(bytes(32 * 1024 * 1024))
    sources = (Source(file, "image/png"),) * 3
    call = Call(endpoint=Endpoint.EDITS, model="grok", prompt="in winter", sources=sources)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, aiohttp.ClientSession() as session, Downloader() as downloads:
        http = Http(session, Service(base_url=address, dialect_name="xai"), clock=FakeClock())
        api = ImageApi(http, CATALOGUE, downloads=downloads)
        tracemalloc.start()
        async with aclosing(api.paint(call, new_file=lambda name: Spool(tmp_path).new(1, name))) as events:
            (last,) = [event async for event in events]
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert isinstance(last, Failed)
    assert isinstance(last.error, RequestRejected)
    assert sink.body_bytes > 3 * 32 * 1024 * 1024 * 4 // 3
    assert b"transfer-encoding" not in sink.head.lower()
    assert peak_bytes < 6 * 1024 * 1024
