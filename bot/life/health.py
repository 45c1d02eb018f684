"""/healthz and /readyz for a supervisor on this machine: plain figures, on a thread of their own.

Whoever asks gets an answer within seconds also when the bot's event loop is stuck: that is when it matters.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import http_exceptions, web
from aiohttp.web_protocol import RequestHandler

from bot.settings import SettingsError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
END_S = 5.0
CONNECTION_S = 10.0  # more than an answer takes whose looks run into their deadlines
CONNECTIONS_MAX = 32
SEE_OUT_EVERY_S = 1.0

Answer = Callable[[], Awaitable[tuple[bool, dict[str, Any]]]]


@asynccontextmanager
async def served(port: int | None, *, health: Answer, readiness: Answer) -> AsyncIterator[None]:
    """Answer on that port for the length of the block; None serves nobody.

    Raises:
        SettingsError: the port cannot be had.
    """
    if port is None:
        yield
        return
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        reason = f"HEALTH_PORT: port {port} cannot be used ({error.strerror}). Choose another one."
        raise SettingsError([reason]) from None
    counter = _Counter(listening, {"/healthz": health, "/readyz": readiness})
    counter.start()
    try:
        yield
    finally:
        await asyncio.to_thread(counter.close)


class _Counter(threading.Thread):
    """A thread with a loop of its own, where it is asked and answers."""

    def __init__(self, listening: socket.socket, answers: dict[str, Answer]) -> None:
        super().__init__(name="health", daemon=True)
        self._listening = listening
        self._answers = answers
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self.join(END_S)

    def run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        for path, answer in self._answers.items():
            app.router.add_get(path, _handler(answer))  # HEAD too; everything else is 405
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, logger=_wire_log())
        await runner.setup()
        await web.SockSite(runner, self._listening).start()
        sweeping = asyncio.create_task(_see_out(runner))
        await self._over.wait()
        sweeping.cancel()
        await runner.cleanup()


def _wire_log() -> logging.Logger:
    """What asks in another language than HTTP is told so, and is no failure of the bot's."""
    wire_log = logging.getLogger(f"{__name__}.wire")
    wire_log.addFilter(_is_ours)
    return wire_log


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], http_exceptions.HttpProcessingError))


async def _see_out(runner: web.AppRunner) -> None:
    """Close connections that stay too long, and the oldest of too many: each takes a file that the bot may need."""
    since_s: dict[RequestHandler, float] = {}
    loop = asyncio.get_running_loop()
    while True:
        present = runner.server.connections if runner.server is not None else []
        since_s = {each: since_s.get(each, loop.time()) for each in present}
        oldest_first = sorted(since_s, key=lambda each: since_s[each])
        too_many = oldest_first[: max(0, len(oldest_first) - CONNECTIONS_MAX)]
        for each in oldest_first:
            if each in too_many or loop.time() - since_s[each] > CONNECTION_S:
                each.force_close()
        await asyncio.sleep(SEE_OUT_EVERY_S)


def _handler(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        is_good, figures = await answer()
        body = orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n"
        headers = {"Cache-Control": "no-store"}
        return web.Response(status=200 if is_good else 503, body=body, content_type="application/json", headers=headers)

    return handle
