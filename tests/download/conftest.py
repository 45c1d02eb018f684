"""Servers on loopback that misbehave as a test tells them, and a spool to fetch into."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.spool import Spool


class Host:
    """A raw HTTP server. It answers every request with what was last said, and remembers who came."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.requests: list[str] = []
        self.talk: Callable[[asyncio.StreamWriter], Awaitable[None]] = self._say
        self._answer = b""
        self._talks: set[asyncio.Future[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def says(self, status: str, body: bytes, *headers: str, length: int | None = None) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
        self._answer = "\r\n".join(lines).encode() + body

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Host"]:
        server = await asyncio.start_server(self._meet, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
            await asyncio.wait_for(asyncio.gather(*self._talks), timeout=10)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._talks.add(asyncio.ensure_future(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            await self.talk(writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _say(self, writer: asyncio.StreamWriter) -> None:
        writer.write(self._answer)
        await writer.drain()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with Host().running() as host:
        yield host


@pytest.fixture
async def other() -> AsyncIterator[Host]:
    async with Host().running() as host:
        yield host


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")
