"""The bot's event stream (Discord: Gateway; Opcodes and Status Codes), with faults on demand."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from sandbox.discord import payloads
from sandbox.discord.changes import Changes
from sandbox.discord.session import Connection, Intent, Op, Session
from sandbox.discord.wire import Json
from sandbox.discord.world import World

HEARTBEAT_MS = 41_250
SESSION_KEPT_MS = 3 * 60 * 1000
PAYLOAD_MAX_BYTES = 4096
EVENTS_PER_MINUTE = 120
ENDS_THE_SESSION = {4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}

EventData = Callable[[Session], Any]  # mostly Json; whatever can be sent, where a fault is played


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on the bot's stream: an event's name, or IDENTIFY, RESUME or LOST. `about` is the id in the event.

    `is_kept`: there is no connection just now; the event waits for a RESUME, as long as the session does.
    """

    at_ms: int
    what: str
    about: int | None = None
    is_kept: bool = False


class GatewayClosed(Exception):
    """The client broke a rule: the connection is closed with this code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"close {code}")


class Gateway:
    def __init__(self, world: World, changes: Changes, bot_token: str) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.happenings: list[Happening] = []
        self.identifies = 0
        self.resumes = 0
        self._world = world
        self._changes = changes
        self._token = bot_token
        self.is_away = False
        self.in_outage: set[int] = set()
        self._connections: set[Connection] = set()
        self._closes_arrivals = (4000, 0)
        self.heartbeat_ms = HEARTBEAT_MS
        self.refuses_sessions = 0
        self.connections_made = 0
        self.refuses_connections = 0
        self.half_welcomes = 0  # the next so many READYs lack the bot's own user
        self.starts_used = 0  # by others, of the day's session starts
        self._twice: Counter[str] = Counter()
        self._withheld: list[Callable[[], None]] | None = None
        self._withheld_event: str | None = None

    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connection is not None]

    def dispatch(self, event: str, data: EventData, guild_id: int | None, intent: Intent | None = None) -> None:
        """To every session whose shard and intents cover it. Events without a server go to shard 0."""

        def send() -> None:
            times = 2 if self._twice[event] else 1
            self._twice[event] = max(0, self._twice[event] - 1)
            for session in self.sessions.values():
                number, count = session.shard
                covered = ((guild_id or 0) >> 22) % count == number and (intent is None or intent in session.intents)
                for _ in range(times if covered else 0):
                    session.send(event, data(session))
                    is_kept = session.connection is None or session.connection.is_cut
                    self._note(event, session.sent[-1]["d"], is_kept=is_kept)

        if self._withheld is not None and self._withheld_event in (None, event):
            self._withheld.append(send)
        else:
            send()

    def _note(self, what: str, data: Any = None, *, is_kept: bool = False) -> None:  # noqa: ANN401 -- as it is sent
        about = data.get("id") if isinstance(data, dict) else None
        number = int(about) if isinstance(about, str) and about.isdecimal() else None
        self.happenings.append(Happening(time.time_ns() // 1_000_000, what, number, is_kept))

    # Faults

    def cut(self) -> None:
        """Cut the TCP connection of every session."""
        for connection in list(self._connections):
            connection.cut()

    def reconnect(self) -> None:
        """Ask every session to reconnect (opcode 7)."""
        for connection in self._connections:
            connection.put({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Opcode 9 to every session; what is not resumable is forgotten, with the events it missed."""
        for session in self.connected():
            if session.connection is not None:
                session.connection.put({"op": Op.INVALID_SESSION, "d": resumable})
            if not resumable:
                session.connection = None
        if not resumable:
            self.sessions.clear()
            self._changes.happened()

    def close(self, code: int) -> None:
        """Close every connection with this code."""
        for connection in self._connections:
            connection.close(code)
        if code in ENDS_THE_SESSION:
            self.sessions.clear()

    def garble(self, frame: str | bytes) -> None:
        """The same frame to every session, whatever it is: it has no sequence number and is not replayed."""
        for connection in self._connections:
            connection.put_raw(frame)

    def refuse_sessions(self, times: int) -> None:
        """The next so many IDENTIFYs and RESUMEs are answered with opcode 9 (false)."""
        self.refuses_sessions = times

    def refuse_connections(self, times: int) -> None:
        """The next so many connections do not come about: HTTP 503."""
        self.refuses_connections = times

    def close_on_arrival(self, code: int, times: int) -> None:
        """The next so many connections are closed with this code when they want to identify or resume."""
        self._closes_arrivals = (code, times)

    def mute(self) -> None:
        """Nothing is said on the connections of now, not even that a heartbeat was heard; events are kept."""
        for connection in self._connections:
            connection.is_mute = True

    def duplicate_next(self, event: str) -> None:
        """The next event of this name arrives twice."""
        self._twice[event] += 1

    def withhold(self, event: str | None = None) -> None:
        """Keep events back (all, or those of one name) until `release`."""
        self._withheld, self._withheld_event = [], event

    def release(self, *, backwards: bool = False) -> None:
        waiting, self._withheld = self._withheld or [], None
        for send in reversed(waiting) if backwards else waiting:
            send()

    # The connection

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self.connections_made += 1
        if self.is_away:
            raise web.HTTPServiceUnavailable
        if self.refuses_connections:
            self.refuses_connections -= 1
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=1.0)
        try:
            await socket.prepare(request)
        except ConnectionError as gone:  # the client hung up in the middle of the handshake, and is told nothing
            raise asyncio.CancelledError from gone
        connection = Connection(socket, request)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.run())
        connection.put({"op": Op.HELLO, "d": {"heartbeat_interval": self.heartbeat_ms, "_trace": []}})
        try:
            await self._listen(connection)
        except GatewayClosed as closed:
            connection.close(closed.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(writer), 1)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._connections.discard(connection)
            self._left(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        session: Session | None = None
        received_ms: list[int] = []
        async for message in connection.socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            received_ms = [at for at in received_ms if at > self._world.clock.now_ms() - 60_000]
            received_ms.append(self._world.clock.now_ms())
            if len(received_ms) > EVENTS_PER_MINUTE:
                raise GatewayClosed(4008)
            payload = _decode(message.data)
            match payload.get("op"):
                case Op.HEARTBEAT:
                    connection.put({"op": Op.HEARTBEAT_ACK})
                case Op.IDENTIFY | Op.RESUME if session is None:
                    session = self._opened(connection, payload["op"], payload["d"])
                case Op.IDENTIFY | Op.RESUME:
                    raise GatewayClosed(4005)
                case Op.PRESENCE | Op.VOICE_STATE if session is not None:
                    pass
                case Op.PRESENCE | Op.VOICE_STATE:
                    raise GatewayClosed(4003)
                case _:
                    raise GatewayClosed(4001)

    def _opened(self, connection: Connection, op: int, data: Json) -> Session | None:
        code, times = self._closes_arrivals
        if times or self.refuses_sessions:
            self.identifies += op == Op.IDENTIFY
            self.resumes += op == Op.RESUME
        if times:
            self._closes_arrivals = (code, times - 1)
            if code in ENDS_THE_SESSION:
                self.sessions.pop(str(data.get("session_id")), None)
            raise GatewayClosed(code)
        if self.refuses_sessions:
            self.refuses_sessions -= 1
            connection.put({"op": Op.INVALID_SESSION, "d": False})
            return None
        return self._identify(connection, data) if op == Op.IDENTIFY else self._resume(connection, data)

    def _identify(self, connection: Connection, data: Json) -> Session:
        self.identifies += 1
        if data.get("token") != self._token:
            raise GatewayClosed(4004)
        shard = tuple(data.get("shard") or (0, 1))
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            raise GatewayClosed(4010)
        intents = Intent(data.get("intents", -1)) if data.get("intents", -1) >= 0 else None
        if intents is None or int(intents) >> 26:
            raise GatewayClosed(4013)
        if self._not_allowed(intents):
            raise GatewayClosed(4014)
        self._note("IDENTIFY")
        session = Session(intents, (shard[0], shard[1]), connection)
        self.sessions[session.id] = session
        self._welcome(session)
        self._changes.happened()
        return session

    def _not_allowed(self, intents: Intent) -> Intent:
        granted = Intent(0)
        if self._world.message_content_intent:
            granted |= Intent.MESSAGE_CONTENT
        if self._world.members_intent:
            granted |= Intent.GUILD_MEMBERS
        privileged = Intent.MESSAGE_CONTENT | Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
        return intents & privileged & ~granted

    def _welcome(self, session: Session) -> None:
        number, count = session.shard
        guilds = [guild for guild in self._world.guilds_of_bot() if (guild.id >> 22) % count == number]
        ready = {
            "v": 10,
            "user": payloads.myself(self._world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self._world.application_id), "flags": 0},
            "private_channels": [],
            "relationships": [],
        }
        if self.half_welcomes:
            self.half_welcomes -= 1
            del ready["user"]
        session.send("READY", ready)
        if Intent.GUILDS in session.intents:
            all_members = Intent.GUILD_MEMBERS in session.intents
            for guild in (each for each in guilds if each.id not in self.in_outage):
                session.send("GUILD_CREATE", payloads.guild_create(self._world, guild, all_members=all_members))

    def _resume(self, connection: Connection, data: Json) -> Session | None:
        """The session with what it missed, or opcode 9 (false) when it is too old or unknown."""
        self.resumes += 1
        if data.get("token") != self._token:
            raise GatewayClosed(4004)
        self._forget_old()
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not isinstance(sequence, int) or not session.can_replay(sequence):
            connection.put({"op": Op.INVALID_SESSION, "d": False})
            return None
        self._note("RESUME")
        for missed in session.missed(sequence):
            self._note(missed["t"], missed["d"])
        session.resume(connection, sequence)
        self._changes.happened()
        return session

    def _left(self, connection: Connection) -> None:
        """A clean close by the client ends the session; after any other end it waits for a RESUME."""
        for session in list(self.sessions.values()):
            if session.connection is connection:
                self._note("LOST")
                session.connection, session.left_ms = None, self._world.clock.now_ms()
                if connection.socket.close_code in (1000, 1001) and not connection.closed_by_us:
                    del self.sessions[session.id]
        self._changes.happened()

    def _forget_old(self) -> None:
        now_ms = self._world.clock.now_ms()
        for session in list(self.sessions.values()):
            if session.left_ms is not None and now_ms - session.left_ms > SESSION_KEPT_MS:
                del self.sessions[session.id]


def _decode(text: str | bytes) -> Json:
    if len(text) > PAYLOAD_MAX_BYTES:
        raise GatewayClosed(4002)
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise GatewayClosed(4002) from None
    if not isinstance(payload, dict):
        raise GatewayClosed(4002)
    return payload
