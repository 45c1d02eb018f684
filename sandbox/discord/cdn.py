"""Where attachments live: files on disk behind links that are signed and expire (Discord: Reference, Signed URLs)."""

import asyncio
import hashlib
import hmac
import mimetypes
import re
import secrets
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlsplit

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from sandbox.discord.clock import SandboxClock, SnowflakeMint
from sandbox.discord.faults import Hold
from sandbox.discord.message import Attachment
from sandbox.discord.wire import Uploaded

LINK_LIFE_S = 24 * 60 * 60
REPLACED_LIFE_S = 60
GONE = "This content is no longer available."


class Cdn:
    """`spool` None means a temporary folder that goes away with `close`. With a `hold` every link waits for it."""

    def __init__(self, clock: SandboxClock, mint: SnowflakeMint, spool: Path | None) -> None:
        self.base_url = ""
        self._clock = clock
        self._mint = mint
        self._given = spool
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._spool = Path()
        self._key = secrets.token_bytes(32)
        self._kept: dict[int, Attachment] = {}
        self._paths: set[Path] = set()
        self._replaced: dict[int, tuple[Attachment, int]] = {}
        self.hold: Hold | None = None

    async def open(self) -> None:
        if self._given is None:
            self._temporary = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="discord-cdn-")
            self._spool = Path(self._temporary.name)
        else:
            await asyncio.to_thread(self._given.mkdir, parents=True, exist_ok=True)
            self._spool = self._given

    async def close(self) -> None:
        if self._temporary is not None:
            await asyncio.to_thread(self._temporary.cleanup)
            self._temporary = None

    def new_path(self) -> Path:
        """A place in the spool that nothing uses yet."""
        return self._spool / secrets.token_hex(16)

    async def keep(
        self,
        upload: Uploaded,
        *,
        channel_id: int,
        filename: str | None = None,
        description: str | None = None,
        ephemeral: bool = False,
    ) -> Attachment:
        """From now on the uploaded file can be fetched; a picture's size is read from its header."""
        name = clean_filename(filename or upload.filename)
        kind, size_px = await asyncio.to_thread(_look_at, upload.path, name)
        attachment = Attachment(
            self._mint.new(), channel_id, name, upload.size_bytes, upload.path, kind, size_px, description, ephemeral
        )
        self._kept[attachment.id] = attachment
        self._paths.add(attachment.path)
        return attachment

    async def forget(self, attachment: Attachment) -> None:
        self._kept.pop(attachment.id, None)
        self._paths.discard(attachment.path)
        await asyncio.to_thread(attachment.path.unlink, missing_ok=True)

    async def replace(self, attachment: Attachment) -> None:
        """It is in no message any more. Whoever is just about to show it still gets it for a while."""
        now_ms = self._clock.now_ms()
        self._kept.pop(attachment.id, None)
        self._replaced[attachment.id] = (attachment, now_ms + REPLACED_LIFE_S * 1000)
        gone = [old for old, until_ms in self._replaced.values() if until_ms < now_ms]
        for old in gone:
            self._replaced.pop(old.id, None)  # another edit may be doing the same
            await self.forget(old)

    async def drop_unused(self, uploads: Iterable[Uploaded]) -> None:
        """Remove uploads that became no attachment."""
        for upload in uploads:
            if upload.path not in self._paths:
                await asyncio.to_thread(upload.path.unlink, missing_ok=True)

    def link(self, attachment: Attachment) -> str:
        """A fresh link, good for a day of the stand-in's clock."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        path = f"/{folder}/{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"
        issued_s = self._clock.now_ms() // 1000
        issued, expires = f"{issued_s:x}", f"{issued_s + LINK_LIFE_S:x}"
        return f"{self.base_url}{path}?ex={expires}&is={issued}&hm={self._sign(path, expires, issued)}&"

    def attachment_of(self, url: str) -> Attachment | None:
        """The attachment behind one of our own links, whatever its age."""
        parts = urlsplit(url)
        found = re.fullmatch(r"/(?:ephemeral-)?attachments/\d+/(\d+)/[^/]+", parts.path)
        if found is None or not url.startswith(f"{self.base_url}/"):
            return None
        return self._kept.get(int(found[1]))

    def files(self) -> list[Path]:
        """Where everything lies that links lead to."""
        return [attachment.path for attachment in self._kept.values()]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET of a link. 404 and a sentence when it is forged, expired, or its message is gone."""
        if self.hold is not None:
            await self.hold.wait()
        attachment = self._served(int(request.match_info["attachment_id"]))
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        signed = hmac.compare_digest(request.query.get("hm", ""), self._sign(request.rel_url.raw_path, expires, issued))
        if attachment is None or not signed or int(expires, 16) * 1000 < self._clock.now_ms():
            return web.Response(status=404, text=GONE)
        kind = attachment.content_type or "application/octet-stream"
        return web.FileResponse(attachment.path, headers={"Content-Type": kind})

    def _served(self, attachment_id: int) -> Attachment | None:
        replaced, until_ms = self._replaced.get(attachment_id, (None, 0))
        return replaced if until_ms > self._clock.now_ms() else self._kept.get(attachment_id)

    def _sign(self, path: str, expires: str, issued: str) -> str:
        return hmac.new(self._key, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()


def clean_filename(name: str) -> str:
    """Discord keeps letters, digits, dots, dashes and underscores; spaces become underscores."""
    return re.sub(r"[^A-Za-z0-9._-]", "", re.sub(r"\s+", "_", name)).lstrip(".") or "unknown"


def _look_at(path: Path, name: str) -> tuple[str | None, tuple[int, int] | None]:
    """Content type and size in pixels, from the bytes where they are a picture, else from the name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # only its head is read
            picture = Image.open(path)
        with picture:
            return Image.MIME.get(picture.format or ""), picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return mimetypes.guess_type(name)[0], None
