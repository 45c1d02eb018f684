"""Pictures by url: kept on disk, served until their time is over."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.pictures import Picture

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
EXPIRED = '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code></Error>'


@dataclass(frozen=True, slots=True)
class Kept:
    """A file and when its link dies, in seconds since 1970."""

    file: Path
    media_type: str
    until_s: float


class Links:
    """Every link handed out since the start. `path` is where they are, `{name}` filled in."""

    def __init__(self, spool: Path, now: Callable[[], float], path: str) -> None:
        self._spool = spool
        self._now = now
        self._path = path
        self._kept: dict[str, Kept] = {}

    async def keep(self, picture: Picture, *, lifetime_s: float) -> str:
        """The path of a new link."""
        name = f"img-{secrets.token_urlsafe(18)}.{picture.output_format}"
        file = self._spool / name
        await asyncio.to_thread(_write, file, picture)
        self._kept[name] = Kept(file, MEDIA_TYPES[picture.output_format], self._now() + lifetime_s)
        return self._path.format(name=name)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The file, or 404, or the 403 of a storage service whose signature has run out."""
        kept = self._kept.get(request.match_info["name"])
        if kept is None:
            return web.Response(status=404)
        if self._now() >= kept.until_s:
            return web.Response(status=403, text=EXPIRED, content_type="application/xml")
        return web.FileResponse(kept.file, headers={"Content-Type": kept.media_type})

    async def answer(self, request: web.Request) -> Answer:
        """The file whole, for a fault to spoil."""
        kept = self._kept[request.match_info["name"]]
        return Answer(file=await asyncio.to_thread(kept.file.read_bytes), content_type=kept.media_type)


async def redirect(request: web.Request) -> web.StreamResponse:
    """Where `?to=` says: a link that leads elsewhere than it looks."""
    return web.Response(status=302, headers={"Location": request.query["to"]})


def _write(file: Path, picture: Picture) -> None:
    with file.open("wb") as target:
        for piece in picture.pieces():
            target.write(piece)
