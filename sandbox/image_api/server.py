"""The image service itself: one aiohttp server on loopback, its switches and what it has seen."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox.image_api.exchange import Exchange, Handler, add_headers
from sandbox.image_api.faults.faults import Call, Faults
from sandbox.image_api.gate import Gate
from sandbox.image_api.links import Links, redirect
from sandbox.image_api.model_routes import ModelRoutes
from sandbox.image_api.moderation_route import ModerationRoute
from sandbox.image_api.painter import Painter
from sandbox.image_api.picture_routes import PictureRoutes
from sandbox.image_api.rates import Rates
from sandbox.image_api.records import PICTURE_ROUTES, Received, Records, start_of_answer
from sandbox.image_api.refusals import picky
from sandbox.image_api.switches import Switches
from sandbox.patience import PATIENCE_S

BODY_MAX_BYTES = 512 * 1024 * 1024
STOP_S = 5.0


@dataclass(kw_only=True)
class FakeImageApi(Switches):
    """An OpenAI-compatible image service. Start it, point a client at `base_url` with `api_key`, stop it.

    `hold()` lets calls for pictures wait, checked but unpainted, until `release()`; `let_through` lets one go on by a
    step. A streamed call takes one step to be painted, and one for each of its events.
    """

    faults: Faults = field(default_factory=Faults, init=False)
    records: Records = field(default_factory=Records, init=False)
    gate: Gate = field(default_factory=Gate, init=False)
    base_url: str = field(default="", init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _runner: web.AppRunner | None = field(default=None, init=False, repr=False)
    _painter: Painter | None = field(default=None, init=False, repr=False)
    _spool: tempfile.TemporaryDirectory[str] | None = field(default=None, init=False, repr=False)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        self._spool = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="image-api-")
        self._painter = await Painter.hired(self.picture_bytes)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=STOP_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}{self.kind.base_path}"

    async def stop(self) -> None:
        """Let go of everything that waits, finish what is being painted, close."""
        self._stopping.set()
        self.gate.release()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._painter is not None:
            await asyncio.to_thread(self._painter.leave)
        if self._spool is not None:
            await asyncio.to_thread(self._spool.cleanup)

    @property
    def requests(self) -> list[Received]:
        return self.records.requests

    @property
    def unknown_routes(self) -> list[str]:
        return self.records.unknown_routes

    @property
    def paid_pictures(self) -> int:
        """Pictures that were painted, for which money would be due."""
        return self.records.paid_pictures

    @property
    def in_flight(self) -> int:
        return self.records.in_flight

    @property
    def most_in_flight(self) -> int:
        return self.records.most_in_flight

    def hold(self) -> None:
        self.gate.hold()

    def release(self) -> None:
        self.gate.release()

    def let_through(self, steps: int = 1) -> None:
        self.gate.let_through(steps)

    async def until_held(self, count: int, *, timeout_s: float = PATIENCE_S) -> None:
        """Until that many calls wait; raises TimeoutError when they do not come."""
        await self.gate.until_waiting(count, timeout_s=timeout_s)

    def _application(self) -> web.Application:
        assert self._spool is not None, "started"
        assert self._painter is not None, "started"
        spool = Path(self._spool.name)
        exchange = Exchange(self, self.records, self.faults, self._stopping, spool)
        links = Links(spool, self.now, self.kind.file_path)
        pictures = PictureRoutes(self, self.records, self.gate, self._painter, links)
        models = ModelRoutes(self)
        rates = Rates(self)
        application = web.Application(client_max_size=BODY_MAX_BYTES)
        application.on_response_prepare.extend((add_headers, start_of_answer))
        router = application.router
        handlers: dict[str, Handler] = {
            "models": models.all,
            "model": models.one,
            "moderations": ModerationRoute(self).answer,
        }
        handlers |= {route: rates.limited(picky(self, pictures.handler(route))) for route in PICTURE_ROUTES}
        for route, path in self.kind.paths.items():
            method = "GET" if route in ("models", "model") else "POST"
            router.add_route(method, path, exchange.route(route, handlers[route]))
        serve_file = partial(self._file, exchange, links)
        router.add_get(self.kind.file_path, serve_file)
        router.add_get("/redirect", redirect)
        router.add_route("*", "/{rest:.*}", self._unknown)
        return application

    async def _file(self, exchange: Exchange, links: Links, request: web.Request) -> web.StreamResponse:
        """A download is no call of the API: it needs no key unless the API's own paths hold the file, and it is not
        held against the official document.
        """
        received = self.records.arrives(request, "generated", exchange.key_of(request))
        fault = self.faults.take("generated")
        if fault is not None:
            call = Call(request, partial(links.answer, request), self.records, self._stopping)
            response = await fault.play(call)
        elif self.asks_for_key and self.kind.file_path.startswith("/v1/") and received.key != "right":
            response = web.Response(status=401)
        else:
            response = await links.serve(request)
        received.status = response.status
        self.records.leaves(received)
        return response

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        """OpenAI would say 404; a stand-in must not hide that it knows less than the real service."""
        self.unknown_routes.append(f"{request.method} {request.raw_path}")
        return web.json_response({"error": {"message": f"Not built here: {request.raw_path}"}}, status=501)
