"""An open page without a browser: what it says to the server, and what it hears."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import orjson

from sandbox.page.server import PageServer

Json = dict[str, Any]
LIMIT_S = 15.0


class Tab:
    """`heard` is everything so far, `messages` the open channel as the page shows it, by id."""

    def __init__(
        self, server: PageServer, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        self.heard: list[Json] = []
        self.messages: dict[str, Json] = {}
        self.ready: Json = {}
        self.places: Json = {}
        self._server = server
        self._session = session
        self._socket = socket
        self._asked = 0
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for frame in self._socket:
            self._take(orjson.loads(frame.data))
            self._news.set()

    def _take(self, message: Json) -> None:
        self.heard.append(message)
        match message["type"]:
            case "ready":
                self.ready, self.messages = message, {}
            case "places":
                self.places = message
            case "messages":
                self.messages = {each["id"]: each for each in message["messages"]}
            case "earlier":
                self.messages = {each["id"]: each for each in message["messages"]} | self.messages
            case "message":
                self.messages[message["message"]["id"]] = message["message"]
            case "gone":
                self.messages.pop(message["message"], None)

    async def until(self, look: Callable[[Self], Any]) -> Any:  # noqa: ANN401 -- whatever is looked for
        """What `look` finds, as soon as it finds something."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while not (found := look(self)):
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            last = [each for each in self.heard if each["type"] != "places"][-6:]
            raise AssertionError(f"did not come; heard last: {last}") from None

    async def until_heard(self, kind: str, **facts: object) -> Json:
        def look(tab: "Tab") -> Json | None:
            fits = [each for each in tab.heard if each["type"] == kind and facts.items() <= each.items()]
            return fits[-1] if fits else None

        found: Json = await self.until(look)
        return found

    async def until_shows(self, *words: str, pictures: int | None = None, private: bool | None = None) -> Json:
        """The newest message that holds these words and, where it is said, so many pictures."""

        def look(tab: "Tab") -> Json | None:
            fits = [
                each
                for each in tab.messages.values()
                if all(word in str(each) for word in words)
                and pictures in (None, len(each["attachments"]))
                and private in (None, bool(each["flags"] & 64))
            ]
            return fits[-1] if fits else None

        found: Json = await self.until(look)
        return found

    async def say(self, kind: str, **more: object) -> str:
        """The number by which an answer names it."""
        self._asked += 1
        await self._socket.send_str(orjson.dumps({"type": kind, "ask": str(self._asked), **more}).decode())
        return str(self._asked)

    async def raw(self, text: str) -> None:
        await self._socket.send_str(text)

    async def ask(self, kind: str, **more: object) -> Json:
        """Say something, and hear what came of it: not that it is pending, but how it ended."""
        ask = await self.say(kind, **more)
        found: Json = await self.until(
            lambda tab: next(
                (each for each in tab.heard if each.get("ask") == ask and each.get("state") != "pending"), None
            )
        )
        return found

    async def slash(self, command: str, channel: str = "general", **options: object) -> Json:
        return await self.ask("slash", channel=self.channel(channel), command=command, options=options)

    async def open(self, channel: str = "general") -> list[Json]:
        before = len(self.heard)
        await self.say("open", channel=self.channel(channel))
        await self.until(lambda tab: any(each["type"] in ("messages", "refused") for each in tab.heard[before:]))
        return list(self.messages.values())

    async def upload(self, name: str, data: bytes, channel: str = "general", key: str = "") -> tuple[int, Json]:
        query = {"key": key or self.ready["key"], "channel": self.channel(channel), "name": name}
        headers = {"Origin": self._server.url.removesuffix("/")}
        url = f"{self._server.url}upload"
        async with self._session.post(url, params=query, data=io.BytesIO(data), headers=headers) as response:
            return response.status, await response.json()

    def channel(self, name: str) -> str:
        kind = "direct" if name == "dm" else None
        return next(
            str(each["id"])
            for each in self.places["channels"]
            if (kind is None and each["name"] == name) or each["kind"] == kind
        )

    def person(self, name: str) -> str:
        return next(str(each["id"]) for each in self.ready["people"] if each["name"] == name)

    def offered(self, channel: str = "general") -> set[str]:
        names = {each["id"]: each["name"] for each in self.places["commands"]}
        place = self.channel(channel)
        return {names[each] for one in self.places["channels"] if one["id"] == place for each in one["commands"]}


@asynccontextmanager
async def opened_tab(server: PageServer, name: str = "Ada", channel: str | None = "general") -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession() as session:
        origin = server.url.removesuffix("/")
        async with session.ws_connect(f"{server.url}live", params={"as": name}, origin=origin) as socket:
            tab = Tab(server, session, socket)
            listening = asyncio.create_task(tab.listen())
            try:
                await tab.until(lambda each: each.ready and each.places)
                if channel is not None:
                    await tab.open(channel)
                yield tab
            finally:
                listening.cancel()


def control(message: Json, label: str) -> str:
    """The custom id of a button, by its label."""
    rows = message["components"]
    return next(str(each["custom_id"]) for row in rows for each in row["components"] if each.get("label") == label)


def press(message: Json, label: str) -> Json:
    return {"channel": message["channel_id"], "message": message["id"], "control": control(message, label)}


def at(message: Json) -> Json:
    return {"channel": message["channel_id"], "message": message["id"]}
