"""Files that a page sends ahead of the message or the option that will name them."""

import hmac
from collections.abc import Callable

import orjson
from aiohttp import web

from sandbox.discord.keyboard import Upload
from sandbox.discord.server import FakeDiscord
from sandbox.page.places import file_limit_bytes
from sandbox.page.session import Session

CHUNK_BYTES = 256 * 1024
TOO_LARGE = "«{name}» is too large: at most {most:,.0f} MB a file here."
MEGABYTE = 1024 * 1024
ID_MAX_DIGITS = 20  # of 64 bits


class Uploads:
    """POST /upload?key=…&channel=…&name=…: the file is the body, as it is. `sessions` are the pages that are open."""

    def __init__(self, discord: FakeDiscord, sessions: Callable[[], list[Session]]) -> None:
        self._discord = discord
        self._sessions = sessions

    async def take(self, request: web.Request) -> web.Response:
        """200 {"upload"}, or a refusal {"words"}."""
        session = self._session(request.query.get("key", ""))
        channel_id = request.query.get("channel", "")
        is_id = channel_id.isdecimal() and len(channel_id) <= ID_MAX_DIGITS
        channel = self._discord.world.find_channel(int(channel_id)) if is_id else None
        if session is None or channel is None:
            return _answer(403, words="This page is not connected any more.")
        name = request.query.get("name", "") or "unknown"
        limit_bytes = file_limit_bytes(self._discord.world, channel)
        data = bytearray()
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            data += chunk
            if len(data) > limit_bytes:
                return _answer(413, words=TOO_LARGE.format(name=name, most=limit_bytes / MEGABYTE))
        return _answer(200, upload=session.keep(Upload(name, bytes(data))))

    def _session(self, key: str) -> Session | None:
        return next((each for each in self._sessions() if hmac.compare_digest(each.key.encode(), key.encode())), None)


def _answer(status: int, **told: str) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(told), content_type="application/json")
