"""A bot without a library: REST calls and gateway payloads, written by the test itself."""

import io
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from sandbox.discord.server import BOT_TOKEN, FakeDiscord
from sandbox.discord.session import Intent
from sandbox.guest import Asked

INTENTS = int(Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES)
PAINT_OPTIONS: list[dict[str, Any]] = [
    {"type": 3, "name": "prompt", "description": "what", "required": True, "max_length": 20},
    {"type": 4, "name": "count", "description": "how many", "min_value": 1, "max_value": 4},
    {"type": 3, "name": "size", "description": "size", "choices": [{"name": "Small", "value": "s"}]},
    {"type": 3, "name": "model", "description": "model", "autocomplete": True},
    {"type": 6, "name": "friend", "description": "friend"},
    {"type": 11, "name": "image", "description": "image"},
]
COMMANDS: list[dict[str, Any]] = [
    {"name": "paint", "description": "Paint", "options": PAINT_OPTIONS},
    {"name": "Look", "type": 3},
    {"name": "rule", "description": "Rule", "default_member_permissions": 32, "contexts": [0]},
]


class Rest:
    """The bot's REST calls, made by hand."""

    def __init__(self, server: FakeDiscord, session: aiohttp.ClientSession) -> None:
        self.server = server
        self._session = session
        self.headers: dict[str, str] = {}

    async def __call__(
        self,
        method: str,
        path: str,
        payload: object = None,
        files: Sequence[tuple[str, bytes]] = (),
        token: str | None = BOT_TOKEN,
    ) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bot {token}"}
        body: Any = None
        if files:
            body = aiohttp.FormData(quote_fields=False)
            body.add_field("payload_json", orjson.dumps(payload).decode(), content_type="application/json")
            for number, (name, data) in enumerate(files):
                body.add_field(
                    f"files[{number}]", io.BytesIO(data), filename=name, content_type="application/octet-stream"
                )
        elif payload is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(payload)
        url = self.server.api_url + path
        async with self._session.request(method, url, data=body, headers=headers) as response:
            self.headers = dict(response.headers)
            text = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return response.status, orjson.loads(text) if is_json else text.decode()

    async def commands(self, *commands: dict[str, Any]) -> tuple[int, Any]:
        return await self("PUT", f"/applications/{self.server.world.application_id}/commands", list(commands))

    async def post(self, channel: str, payload: object, files: Sequence[tuple[str, bytes]] = ()) -> tuple[int, Any]:
        return await self("POST", f"/channels/{self.server.channel(channel).id}/messages", payload, files)

    async def answer(
        self, asked: Asked, kind: int, data: object = None, files: Sequence[tuple[str, bytes]] = (), query: str = ""
    ) -> tuple[int, Any]:
        path = f"/interactions/{asked.interaction.id}/{asked.interaction.token}/callback{query}"
        return await self("POST", path, {"type": kind, "data": data}, files, token=None)

    async def by_token(
        self,
        method: str,
        asked: Asked,
        tail: str = "/messages/@original",
        payload: object = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> tuple[int, Any]:
        path = f"/webhooks/{self.server.world.application_id}/{asked.interaction.token}{tail}"
        return await self(method, path, payload, files, token=None)


class Line:
    """One connection to the gateway; `hear` gives the next payload; `packed` counts those that came compressed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self.token = token
        self.packed = 0
        self._unpack = zlib.decompressobj()

    async def say(self, op: int, data: object) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def hear(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        text = message.data
        if message.type is aiohttp.WSMsgType.BINARY:
            self.packed += 1
            text = self._unpack.decompress(message.data)
        heard: dict[str, Any] = orjson.loads(text)
        return heard

    async def until(self, event: str) -> dict[str, Any]:
        while True:
            heard = await self.hear()
            if heard.get("t") == event:
                return heard

    async def closed(self) -> int | None:
        message = await self.socket.receive(timeout=5)
        while message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            message = await self.socket.receive(timeout=5)
        return self.socket.close_code

    async def identify(self, **more: object) -> dict[str, Any]:
        """The READY that answers; the servers follow."""
        await self.say(2, {"token": self.token, "intents": INTENTS, "properties": {}, **more})
        return await self.until("READY")

    async def resume(self, session_id: str, sequence: int) -> None:
        await self.say(6, {"token": self.token, "session_id": session_id, "seq": sequence})


@asynccontextmanager
async def line(server: FakeDiscord, query: str = "") -> AsyncIterator[Line]:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url + query) as socket:
        yield Line(socket, server.bot_token)
