"""A page with its drawer open, over the real socket, with the real bot as a process behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.demo.page import opened_page
from sandbox.demo.stage import Stage, opened

Json = dict[str, Any]
LIMIT_S = 40.0


@dataclass
class Drawer:
    """`said` is all that the page was told, `requests` each request as it was told last, in the order they came."""

    stage: Stage
    url: str
    socket: aiohttp.ClientWebSocketResponse
    said: list[Json] = field(default_factory=list)
    requests: dict[str, Json] = field(default_factory=dict)
    others: list[Json] = field(default_factory=list)
    switches: dict[str, Json] = field(default_factory=dict)
    bot: Json = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        async for frame in self.socket:
            message = frame.json()
            self.said.append(message)
            match message["type"]:
                case "behind.state":
                    self.requests = {each["id"]: each for each in message["requests"]}
                    self.others, self.bot = message["others"], message["bot"]
                    self.switches = {each["name"]: each for each in message["switches"]}
                case "behind.request":
                    self.requests[message["request"]["id"]] = message["request"]
                case "behind.others":
                    self.others = message["others"]
                case "behind.switches":
                    self.switches = {each["name"]: each for each in message["switches"]}
                case "behind.bot":
                    self.bot = message["bot"]
            self._news.set()

    @asynccontextmanager
    async def another(self) -> "AsyncIterator[Drawer]":
        """A second page, with its drawer open."""
        async with drawer_open(self.stage, self.url) as other:
            yield other

    async def tell(self, kind: str, **more: Any) -> None:  # noqa: ANN401 -- JSON
        await self.socket.send_json({"type": kind, **more})

    async def until(self, is_so: Callable[[], Any]) -> Any:  # noqa: ANN401 -- whatever it finds
        """What `is_so` finds, as soon as that is something, in what the page has been told."""
        async with asyncio.timeout(LIMIT_S):
            while not (found := is_so()):
                self._news.clear()
                await self._news.wait()
        return found

    async def turn(self, name: str, *, on: bool) -> None:
        await self.tell("behind.switch", name=name, on=on)
        await self.until(lambda: self.switches[name]["on"] is on)

    async def until_step(self, request_id: int, name: str) -> None:
        await self.until(lambda: name in steps(self.requests.get(str(request_id), {"steps": []})))

    async def told(self, request_id: int) -> Json:
        """The request when nothing more is to come."""
        found: Json = await self.until(lambda: self._over(str(request_id)))
        return found

    def _over(self, request_id: str) -> Json | None:
        found = self.requests.get(request_id)
        return found if found is not None and found["over"] else None


def steps(request: Json, *but: str) -> list[str]:
    """The names of its steps, in order."""
    return [step["name"] for step in request["steps"] if step["name"] not in but]


def step(request: Json, name: str) -> Json:
    (only,) = [each for each in request["steps"] if each["name"] == name]
    return dict(only)


@asynccontextmanager
async def page_open(folder: Path) -> AsyncIterator[Drawer]:
    """The stage, its page, and one drawer open at it; the bot is connected."""
    async with opened(folder / "bot.log") as stage, opened_page(stage) as page, drawer_open(stage, page.url) as drawer:
        yield drawer


@asynccontextmanager
async def drawer_open(stage: Stage, url: str) -> AsyncIterator[Drawer]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}live", origin=url.rstrip("/")) as socket:
        drawer = Drawer(stage, url, socket)
        reading = asyncio.create_task(drawer.read())
        await drawer.tell("behind.open")
        await drawer.until(lambda: drawer.bot)
        yield drawer
        reading.cancel()
