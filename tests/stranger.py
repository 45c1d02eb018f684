"""Another server on this machine, which writes down everything it is told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    """One request, with header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Stranger:
    """`location` makes it send everybody on."""

    port: int = 0
    location: str | None = None
    heard: list[Heard] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/caught"

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append(Heard(request.method, request.path, headers, await request.read()))
        if self.location is not None:
            return web.Response(status=302, headers={"Location": self.location})
        return web.json_response({"caught": True})


@asynccontextmanager
async def a_stranger() -> AsyncIterator[Stranger]:
    stranger = Stranger()
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", stranger.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stranger.port = runner.addresses[0][1]
    try:
        yield stranger
    finally:
        await runner.cleanup()
