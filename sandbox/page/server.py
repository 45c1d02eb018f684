"""The page's server: the page itself, its live connection, and the files that it sends ahead."""

import asyncio
import logging
from pathlib import Path
from typing import Self

import orjson
from aiohttp import WSMsgType, web

from sandbox.discord.server import FakeDiscord
from sandbox.discord.wire import Json
from sandbox.discord.world import Person
from sandbox.page.desk import Desk
from sandbox.page.guards import Guards
from sandbox.page.places import everybody
from sandbox.page.session import Behind, Session
from sandbox.page.uploads import Uploads
from sandbox.page.uses import Uses

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
MESSAGE_MAX_BYTES = 512 * 1024
HEARTBEAT_S = 20.0
GOODBYE_S = 1.0
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
        self._uses = Uses(discord.interactions)
        self._dismissed: set[int] = set()
        self._sockets: set[web.WebSocketResponse] = set()
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
        """The pages that are open see it, and try to come back."""
        if self._runner is not None:
            if closing := [asyncio.create_task(socket.close()) for socket in self._sockets]:
                await asyncio.wait(closing, timeout=GOODBYE_S)
            for session in self.sessions:
                session.cut()
            await asyncio.gather(*closing, return_exceptions=True)
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        app = web.Application()
        Guards(self._discord.base_url).install(app)
        app.router.add_get("/", self._index)
        app.router.add_get("/live", self._live)
        app.router.add_post("/upload", Uploads(self._discord, lambda: self.sessions).take)
        app.router.add_get(r"/static/{name:(?:[a-z]+/)?[a-z][a-z-]*\.(?:js|css|svg)}", self._static)
        return app

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / request.match_info["name"])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_MAX_BYTES, heartbeat=HEARTBEAT_S, compress=False)
        await socket.prepare(request)
        if request.transport is None:
            return socket  # gone before it began
        session = Session(socket, request.transport, self._person(request.query.get("as", "")))
        desk = Desk(self._discord, session, self._uses, self._dismissed)
        self._sockets.add(socket)
        self.sessions.append(session)
        speaking = asyncio.create_task(session.speak())
        watching = asyncio.create_task(desk.watch())
        watching.add_done_callback(_say_why)
        try:
            desk.greet()
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(session, desk, frame.data)
        finally:
            if self._behind is not None:
                self._behind.detach(session)
            self.sessions.remove(session)
            self._sockets.discard(socket)
            for task in (speaking, watching):
                task.cancel()
            await asyncio.gather(speaking, watching, desk.leave(), return_exceptions=True)
        return socket

    def _person(self, wanted: str) -> Person:
        """Who sits at a new page: whom it names by id or name, else the first member."""
        everyone = everybody(self._discord.world)
        return next((each for each in everyone if wanted in (str(each.id), each.name)), everyone[0])

    async def _hear(self, session: Session, desk: Desk, frame: str) -> None:
        try:
            message: Json = orjson.loads(frame)
            kind = str(message["type"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return  # our own page does not write such a thing
        if not kind.startswith(BEHIND):
            await desk.hear(message)
        elif self._behind is not None:
            desk.go_on(desk.answer(message, self._behind.hears(session, message)))


def _say_why(watching: asyncio.Task[None]) -> None:
    """A page that is told nothing more looks as if nothing happened: that is to be seen in the log."""
    if not watching.cancelled() and (error := watching.exception()) is not None:
        log.error("a page is told nothing more", exc_info=error)
