"""The one place where discord.py's private parts are changed: `discord.shard.DiscordWebSocket` is ours.

discord.py ends the whole client over one event that its parsers do not understand, goes round without a pause while
Discord closes its connections, and forgets a session that could be resumed when the first try to connect fails. All
that passes through the class by which every shard makes its connections; nothing else is replaced. Should discord.py
change it, tests/end_to_end/test_malformed_events.py fails.
"""

import asyncio
import logging
import re
from typing import Any, Protocol, Self, cast

import aiohttp
import discord.shard
import orjson
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure

from bot.gateway.connections import Connections
from bot.log import incident

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Z][A-Z_]{0,40}")
LEAST_OF_DISCORDS_CODES = 4000
PASSING = (ReconnectWebSocket, WebSocketClosure, discord.ConnectionClosed, aiohttp.ClientError, OSError, TimeoutError)
"""How the connection says that it is over."""


class _HasConnections(Protocol):
    connections: Connections


class SteadySocket(DiscordWebSocket):
    """A connection of one shard."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(socket, loop=loop)
        self._is_up = False
        self._hear = socket.receive
        socket.receive = self._heard  # type: ignore[method-assign]

    async def _heard(self, timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109 -- aiohttp's own
        """aiohttp forgets the code of a close when the other side hangs up before the answer to it is out."""
        message = await self._hear(timeout=timeout)
        if message.type is aiohttp.WSMsgType.CLOSE and message.data >= LEAST_OF_DISCORDS_CODES:
            self._close_code = message.data
        return message

    @classmethod
    async def from_client(
        cls,
        client: discord.Client,
        *,
        initial: bool = False,
        gateway: yarl.URL | None = None,
        shard_id: int | None = None,
        session: str | None = None,
        sequence: int | None = None,
        resume: bool = False,
        encoding: str = "json",
        compress: bool = True,
    ) -> Self:
        """discord.py asks for a new session after a connection that could not be made: the old one may still live."""
        last = cast("_HasConnections", client).connections.sessions.get(shard_id or 0)
        if not resume and last is not None and last.session_id is not None and last.sequence is not None:
            gateway, session, sequence, resume = last.gateway, last.session_id, last.sequence, True
        return await super().from_client(
            client,
            initial=initial,
            gateway=gateway,
            shard_id=shard_id,
            session=session,
            sequence=sequence,
            resume=resume,
            encoding=encoding,
            compress=compress,
        )

    @property
    def _client(self) -> discord.Client:
        return self._connection._get_client()  # noqa: SLF001

    @property
    def _known(self) -> Connections:
        return cast("_HasConnections", self._client).connections

    async def identify(self) -> None:
        try:
            await self._known.until_may_identify()
            await super().identify()
        except BaseException:  # given up, by a deadline of discord.py's: nobody would close it
            await self.close(code=4000)
            raise
        self._known.identified()

    async def poll_event(self) -> None:
        try:
            await super().poll_event()
        except ReconnectWebSocket as lost:
            await self._known.pause(self.shard_id or 0, resumable=lost.resume)
            raise
        except BaseException:
            self._known.down(self.shard_id or 0)
            raise

    async def received_message(self, msg: Any, /) -> None:  # noqa: ANN401 -- bytes or text
        """What cannot be understood is left out, or asked for again; it never ends the bot."""
        sequence = self.sequence
        try:
            text = self._decompressor.decompress(msg) if isinstance(msg, bytes) else msg
        except Exception as error:  # noqa: BLE001 -- of zlib or zstd, as it may be
            await self._break_off("frame", error)
            return
        if text is None:  # there is more to come
            return
        try:
            await super().received_message(text)
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001 -- a parser can raise anything
            await self._survive(text, sequence, error)
        if type(self.sequence) is not int:
            self.sequence = sequence  # a RESUME with it would be refused
        if not self._is_up and self.session_id is not None and self.sequence != sequence:  # READY, or what was missed
            self._is_up = True
            self._known.up(self.shard_id or 0, self)

    async def _survive(self, text: str, sequence: int | None, error: Exception) -> None:
        """An event that a parser fell over is left out; without the others there would be no connection."""
        event = _event_of(text)
        if event is None or event == "READY":
            self.sequence = sequence
            await self._break_off(event or "frame", error, resumable=event is None)
            return
        self._note(event, error)

    async def _break_off(self, what: str, error: Exception, *, resumable: bool = True) -> None:
        """The stream cannot be read on from here: a RESUME brings what came after the last whole event."""
        self._note(what, error)
        is_fruitless = self._known.is_fruitless(self.shard_id or 0, self.sequence)
        await self.close(code=4000)
        if is_fruitless or not resumable:
            self.session_id = None
        raise ReconnectWebSocket(self.shard_id, resume=self.session_id is not None)

    def _note(self, event: str, error: Exception) -> None:
        """What stands in the event or in the error's own words may be a member's: neither is logged."""
        self._known.malformed[event] += 1
        place = _place_of(error)
        log.error("malformed event=%s error=%s at=%s incident=%s", event, type(error).__name__, place, incident())


def _event_of(text: str) -> str | None:
    """The name of a dispatched event, `?` where it is none; None for what is no event."""
    try:
        payload = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(payload, dict) or payload.get("op") != DiscordWebSocket.DISPATCH:
        return None
    name = payload.get("t")
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "?"


def _place_of(error: Exception) -> str:
    """The innermost line of code that the error passed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "-" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


def connect_steadily() -> None:
    """From now on every shard connects so. Before anything connects."""
    if not hasattr(discord.shard, "DiscordWebSocket"):
        raise RuntimeError("discord.py makes its connections in another way than bot/gateway/socket.py knows")
    discord.shard.DiscordWebSocket = SteadySocket  # type: ignore[misc]
