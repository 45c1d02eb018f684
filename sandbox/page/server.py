"""The page's server: the page itself, its live connection, and the files that it sends ahead."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self

import orjson
from aiohttp import WSMsgType, web

from sandbox.discord.keyboard import Upload
from sandbox.discord.seen import ClientRefused
from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.page.guards import Guards
from sandbox.page.session import Behind, Session

STATIC = Path(__file__).parent / "static"
MESSAGE_MAX_BYTES = 512 * 1024
BEHIND = "behind."


class PageServer:
    """Discord in the browser, on loopback; port 0 takes a free one. Use it as `async with`, while `discord` runs.

    `behind` hears what the drawer behind the scenes says, see Behind.
    """

    def __init__(self, discord: FakeDiscord, *, behind: Behind | None = None, port: int = 0) -> None:
        self.port = port
        self.sessions: list[Session] = []
        self._discord = discord
        self._behind = behind
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        app = web.Application()
        Guards(self._discord.base_url).install(app)
        app.router.add_get("/", self._index)
        app.router.add_get("/live", self._live)
        app.router.add_static("/static", STATIC)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_MAX_BYTES, heartbeat=20.0)
        await socket.prepare(request)
        person = next(each for each in self._discord.world.people.values() if not each.is_bot)
        session = Session(socket, person)
        self.sessions.append(session)
        if self._behind is not None:
            self._behind.attach(session)
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(session.speak())
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    message: Json = orjson.loads(frame.data)
                    if message["type"].startswith(BEHIND) and self._behind is not None:
                        tasks.create_task(self._behind.hears(session, message))
            speaking.cancel()
        self.sessions.remove(session)
        if self._behind is not None:
            self._behind.detach(session)
        return socket


__all__ = ["ClientRefused", "PageServer", "Upload", "suppress"]
