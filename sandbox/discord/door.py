"""The way of one REST request: fault, token, limit, body, work, answer, record."""

import asyncio
import contextlib
import re
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from aiohttp import web

from sandbox.discord.cdn import Cdn
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.faults import Answer, Fault, Faults, Hang, Hold, Late, Reset
from sandbox.discord.intake import Intake, take_in
from sandbox.discord.limits import Bucket, Limits
from sandbox.discord.wire import Call, Reply
from sandbox.traffic import TrafficLog

Handler = Callable[[Call], Awaitable[Reply]]
Watch = Callable[[str, str, bool], None]
"""Hears of a request: its method, its path after the API's base, and whether it is over."""

VIA = {"Via": "1.1 sandbox"}
TOO_LARGE = ApiError(Refusal.TOO_LARGE).reply()
NO_STATUS = 599  # recorded for a connection that was reset; nobody receives it


@dataclass(frozen=True, slots=True)
class Route:
    """`resource` is the path parameter that rate limits count by.

    A route without `needs_token` holds an interaction's token in its path and is outside the global limit too.
    `in_contract`: the official document, against which recorded traffic is held, has it.
    """

    method: str
    path: str
    handler: Handler
    resource: str = ""
    bucket: Bucket = Bucket.OTHER
    needs_token: bool = True
    in_contract: bool = True


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it came. `authorisation` says whether the bot's token was there and right.

    `at_ms` is when it came and `took_ms` how long it was here, on the machine's clock.
    """

    method: str
    path: str
    status: int
    authorisation: Literal["bot", "wrong", "none"]
    json: Any
    files: tuple[str, ...] = ()
    at_ms: int = 0
    took_ms: int = 0


class ConnectionReset(Exception):
    """The request's connection was reset on purpose."""


class Door:
    def __init__(
        self, cdn: Cdn, faults: Faults, limits: Limits, log: TrafficLog, bot_token: str, watch: Watch | None = None
    ) -> None:
        self.requests: list[RequestRecord] = []
        self.unknown_routes: list[str] = []
        self._cdn = cdn
        self._faults = faults
        self._limits = limits
        self._log = log
        self._token = bot_token
        self._watch = watch or (lambda _method, _path, _is_over: None)

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = _path(request)
            self._watch(request.method, path, False)  # noqa: FBT003  the three words of a Watch
            try:
                return await self._handle(request, route, path)
            finally:
                self._watch(request.method, path, True)  # noqa: FBT003

        return handle

    async def _handle(self, request: web.Request, route: Route, path: str) -> web.StreamResponse:
        fault = self._faults.take(request.method, path)
        intake = Intake()
        headers: dict[str, str] = {}
        try:
            await _strike(request, fault, after_work=False)
            reply, headers = await self._answer(request, route, intake, fault)
            await _strike(request, fault, after_work=True)
        except (ConnectionReset, ConnectionError):  # the latter: a client that died while it was sending
            reply = Reply(NO_STATUS)
        self._record(request, route, path, reply, intake)
        await self._cdn.drop_unused(intake.uploads)
        via = VIA if not isinstance(fault, Answer) or fault.via else {}
        return _response(reply, headers | via)

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """A route that the stand-in does not have is a defect of one of us, and nobody shall miss it."""
        path = _path(request)
        self.unknown_routes.append(f"{request.method} {path}")
        reply = Reply(501, {"message": f"the sandbox has no route {request.method} {path}", "code": 0})
        record = RequestRecord(request.method, path, 501, self._authorisation(request), None, at_ms=_now_ms())
        self.requests.append(record)
        return _response(reply, VIA)

    async def _answer(
        self, request: web.Request, route: Route, intake: Intake, fault: Fault | None
    ) -> tuple[Reply, dict[str, str]]:
        """`intake` is filled on the way, so that whatever happens can be recorded."""
        headers: dict[str, str] = {}
        try:
            await take_in(request, self._cdn, intake)
            if isinstance(fault, Hold) and fault.after_reading:
                await fault.wait()
            if isinstance(fault, Answer) and not fault.after_work:
                return fault.reply, headers
            self._check_token(request, route)
            resource = request.match_info.get(route.resource, "")
            name = f"{route.method} {route.path}"
            verdict = self._limits.take(route.bucket, name, resource, is_global=route.needs_token)
            headers = verdict.headers
            if verdict.refusal is not None:
                return verdict.refusal, headers
            call = Call(dict(request.match_info), dict(request.query), intake.payload, tuple(intake.uploads))
            reply = TOO_LARGE if intake.too_large else await route.handler(call)
        except ApiError as refused:
            reply = refused.reply()
        return (fault.reply if isinstance(fault, Answer) else reply), headers

    def _check_token(self, request: web.Request, route: Route) -> None:
        if route.needs_token and self._authorisation(request) != "bot":
            raise ApiError(Refusal.UNAUTHORIZED)

    def _authorisation(self, request: web.Request) -> Literal["bot", "wrong", "none"]:
        given = request.headers.get("Authorization")
        if given is None:
            return "none"
        return "bot" if given == f"Bot {self._token}" else "wrong"

    def _record(self, request: web.Request, route: Route, path: str, reply: Reply, intake: Intake) -> None:
        names = tuple(upload.filename for upload in intake.uploads)
        authorisation = self._authorisation(request)
        took_ms = max(0, _now_ms() - intake.at_ms)
        record = RequestRecord(
            request.method, path, reply.status, authorisation, intake.payload, names, intake.at_ms, took_ms
        )
        self.requests.append(record)
        if not route.in_contract or reply.status == NO_STATUS:
            return
        files = [
            {
                "field": f"files[{upload.number}]",
                "filename": upload.filename,
                "content_type": upload.content_type,
                "size": upload.size_bytes,
            }
            for upload in intake.uploads
        ]
        self._log.write(
            service="discord",
            method=request.method,
            path=path,
            status=reply.status,
            request_json=intake.payload,
            files=files,
            response_json=reply.json,
        )


async def _strike(request: web.Request, fault: Fault | None, *, after_work: bool) -> None:
    """Let the fault happen if this is its moment. Raises ConnectionReset."""
    if fault is None or fault.after_work is not after_work:
        return
    match fault:
        case Reset():
            _reset(request)
        case Hang(seconds=seconds):
            await asyncio.sleep(seconds)
            _reset(request)
        case Late(seconds=seconds):
            await asyncio.sleep(seconds)
        case Hold(after_reading=False):
            await fault.wait()
        case Answer():
            pass


def _reset(request: web.Request) -> None:
    """Closing with a zero linger time makes the kernel send RST instead of FIN."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    raise ConnectionReset


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _path(request: web.Request) -> str:
    """The path after the API's base, with its query."""
    path = re.sub(r"^.*?/api/v10", "", request.path, count=1)
    return f"{path}?{request.query_string}" if request.query_string else path


def _response(reply: Reply, headers: dict[str, str]) -> web.Response:
    """discord.py reads a body as JSON only when the content type is exactly this, without a charset."""
    sent = {**headers, **reply.headers}
    if reply.json is None:
        return web.Response(status=reply.status, headers=sent)
    if isinstance(reply.json, str):
        return web.Response(status=reply.status, headers=sent, text=reply.json)
    sent["Content-Type"] = "application/json"
    return web.Response(status=reply.status, headers=sent, body=orjson.dumps(reply.json))
