"""One gateway session of the bot: what it asked for, what was sent to it, and the connection it has just now."""

import asyncio
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

import orjson
from aiohttp import web

from sandbox.discord.wire import Json

REPLAY_MAX_EVENTS = 2000


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


class Connection:
    """One web socket. Everything goes out through `put`, in order; `run` sends it and ends with the socket."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.closed_by_us = False
        self.is_mute = False
        self.is_cut = False
        self._request = request
        self._outbox: asyncio.Queue[Json | int | str | bytes] = asyncio.Queue()
        compressed = request.query.get("compress") == "zlib-stream"
        self._zlib = zlib.compressobj() if compressed else None

    def put(self, payload: Json) -> None:
        self._outbox.put_nowait(payload)

    def put_raw(self, frame: str | bytes) -> None:
        """A frame as it is: text, or bytes in the middle of the compressed stream."""
        self._outbox.put_nowait(frame)

    def close(self, code: int) -> None:
        """A proper close frame, after what was put before."""
        self._outbox.put_nowait(code)

    def cut(self) -> None:
        """The TCP connection is gone, without a word."""
        self.is_cut = True
        if self._request.transport is not None:
            self._request.transport.abort()

    async def run(self) -> None:
        while True:
            item = await self._outbox.get()
            if self.is_mute:
                continue
            if isinstance(item, int):
                self.closed_by_us = True
                await self.socket.close(code=item)
                return
            try:
                if isinstance(item, bytes):
                    await self.socket.send_bytes(item)
                    continue
                text = item.encode() if isinstance(item, str) else orjson.dumps(item)
                if self._zlib is None:
                    await self.socket.send_str(text.decode())
                else:
                    packed = self._zlib.compress(text) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(packed)
            except ConnectionError:
                return


@dataclass(slots=True)
class Session:
    """It outlives its connection for some minutes: what happens meanwhile is replayed to a RESUME."""

    intents: Intent
    shard: tuple[int, int]
    connection: Connection | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    left_ms: int | None = None
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_MAX_EVENTS))

    def send(self, event: str, data: Any) -> None:  # noqa: ANN401 -- faults send anything
        self.sequence += 1
        payload = {"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.sent.append(payload)
        if self.connection is not None:
            self.connection.put(payload)

    def can_replay(self, sequence: int) -> bool:
        oldest = self.sent[0]["s"] if self.sent else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence

    def missed(self, sequence: int) -> list[Json]:
        """What was sent after the event of that number."""
        return [payload for payload in self.sent if payload["s"] > sequence]

    def resume(self, connection: Connection, sequence: int) -> None:
        self.connection, self.left_ms = connection, None
        for payload in self.missed(sequence):
            connection.put(payload)
        self.send("RESUMED", {})
