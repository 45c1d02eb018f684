"""One open page: what is said to it, in order, and the files that it has sent ahead."""

import asyncio
import secrets
from collections import OrderedDict
from contextlib import suppress
from typing import Protocol

import orjson
from aiohttp import web

from sandbox.discord.keyboard import Upload
from sandbox.discord.seen import ClientRefused
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, Person

WAITING_MAX = 5_000  # messages that a page has not taken; one that is stuck is cut off, and comes back by itself
UPLOADS_MAX = 20  # files sent ahead and not yet used; the oldest goes


class Session:
    """`person` is who sits there, `channel` the one that is open. `key` proves that an upload comes from this page."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, person: Person) -> None:
        self.key = secrets.token_urlsafe(24)
        self.person = person
        self.channel: Channel | None = None
        self._socket = socket
        self._transport = transport
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING_MAX)
        self._uploads: OrderedDict[str, Upload] = OrderedDict()

    def send(self, message: Json) -> None:
        """Said in the order of the calls; never waits. To a page that is gone or stuck it says nothing."""
        if self._socket.closed:
            return
        try:
            self._waiting.put_nowait(orjson.dumps(message))
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """Without a goodbye: who takes nothing would not take that either, and we would wait for them."""
        self._transport.abort()

    async def speak(self) -> None:
        """Pass on what is sent, until the page is gone."""
        with suppress(ConnectionError):
            while not self._socket.closed:
                await self._socket.send_str((await self._waiting.get()).decode())

    def keep(self, upload: Upload) -> str:
        """The id by which a later message names the file."""
        name = secrets.token_urlsafe(12)
        self._uploads[name] = upload
        while len(self._uploads) > UPLOADS_MAX:
            self._uploads.popitem(last=False)
        return name

    def upload(self, name: str) -> Upload:
        """A file that was sent ahead; it stays, since an act may be refused and tried again."""
        if name not in self._uploads:
            raise ClientRefused("that file is not here any more: attach it once more")
        return self._uploads[name]

    def forget(self, names: list[str]) -> None:
        for name in names:
            self._uploads.pop(name, None)


class Behind(Protocol):
    """What sits behind the scenes of every page: it hears the messages whose type begins with `behind.`."""

    async def hears(self, session: Session, message: Json) -> None:
        """May take its time: each message runs as a task of its own. ClientRefused is told to the page."""

    def detach(self, session: Session) -> None:
        """The page is gone; until then `session.send` reaches it."""
