"""Takes the pictures out of an answer: written off the event loop, handed out when they are whole on the disk."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from bot.download import Downloader
from bot.errors import BadAnswer, PictureUnavailable
from bot.image_api.base64_file import Base64File, media_type_of, size_of
from bot.image_api.cutter import PictureCutter, PictureEnd, PictureText
from bot.model import Picture
from bot.pictures.refusals import PAINTED_MAX_BYTES
from bot.spool import SpoolWriter

TEXT_MAX_BYTES = PAINTED_MAX_BYTES * 4 // 3 + 4
HOP_BYTES = 64 * 1024

log = logging.getLogger(__name__)


class Intake:
    """Takes the pictures out of one answer; used as an async context manager, which forgets what is unfinished.

    A picture that cannot be used is left out and the others still count; `problem` says what was wrong with the last
    such. Pictures beyond `count` are not wanted and not kept. `new_file` opens the file of a picture by its number.
    `decoding` bounds how many answers are decoded at a time: more threads only take the interpreter from the event
    loop (measured with 300 answers at once: it stood still for 2.4 s with six threads, for 0.2 s with two).
    """

    def __init__(
        self,
        *,
        first_index: int,
        count: int,
        new_file: Callable[[int], SpoolWriter],
        downloads: Downloader,
        decoding: asyncio.Semaphore,
    ) -> None:
        self._next_index = first_index
        self._end_index = first_index + count
        self._new_file = new_file
        self._downloads = downloads
        self._decoding = decoding
        self._cutter = PictureCutter()
        self._file: Base64File | None = None
        self._is_skipping = False
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._text_bytes = 0
        self.arrived = 0
        self.problem: BadAnswer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._drop()

    async def take(self, chunk: bytes) -> AsyncIterator[Picture]:
        """The pictures that the next bytes of the answer complete.

        Raises:
            BadAnswer: nothing more can be read from this answer.
        """
        for event in self._cutter.feed(chunk):
            match event:
                case PictureText(text):
                    await self._add(text)
                case PictureEnd():
                    picture = await self._complete()
                    if picture is not None:
                        yield picture

    def finish(self) -> object:
        """The answer without its pictures.

        Raises:
            ServiceLost: it stopped in the middle.
            BadAnswer: it is not JSON.
        """
        return self._cutter.finish()

    async def follow(self, link: str) -> Picture | None:
        """The picture behind a link of the answer; None when it cannot be had or is not wanted."""
        if self._is_full:
            return None
        index = self._next_index
        try:
            spooled = await self._downloads.fetch_service_picture(link, self._new_file(index))
        except PictureUnavailable as error:
            self._note(BadAnswer(detail=f"picture {index} by link: {error.detail}"))
            return None
        media_type = media_type_of(spooled.head)
        if media_type is None:
            await asyncio.to_thread(spooled.file.unlink)
            self._note(BadAnswer(detail=f"picture {index} by link is not a picture"))
            return None
        size_px = size_of(spooled.head)
        return self._arrived(Picture(index, spooled.file, spooled.sha256, spooled.size_bytes, media_type, size_px))

    @property
    def _is_full(self) -> bool:
        return self._next_index >= self._end_index

    async def _add(self, text: bytes) -> None:
        self._text_bytes += len(text)
        if self._text_bytes > TEXT_MAX_BYTES:
            raise BadAnswer(detail=f"picture {self._next_index} is larger than {PAINTED_MAX_BYTES} bytes")
        if self._is_skipping or self._is_full:
            return
        if self._file is None:
            self._file = Base64File(self._next_index, self._new_file(self._next_index))
        self._batch.append(text)
        self._batch_bytes += len(text)
        if self._batch_bytes >= HOP_BYTES:
            await self._write(self._file)

    async def _write(self, file: Base64File) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        try:
            async with self._decoding:
                await asyncio.to_thread(file.write, batch)
        except BadAnswer as problem:
            await self._leave_out(problem)

    async def _complete(self) -> Picture | None:
        file, self._text_bytes = self._file, 0
        if file is not None:
            await self._write(file)
        if self._is_skipping or file is None:
            self._is_skipping = False
            return None
        try:
            picture = await asyncio.to_thread(file.finish)
        except BadAnswer as problem:
            await self._leave_out(problem)
            self._is_skipping = False
            return None
        self._file = None
        return self._arrived(picture)

    def _arrived(self, picture: Picture) -> Picture:
        self._next_index += 1
        self.arrived += 1
        return picture

    async def _leave_out(self, problem: BadAnswer) -> None:
        self._note(problem)
        self._is_skipping = True
        await self._drop()

    def _note(self, problem: BadAnswer) -> None:
        log.warning("image_api picture left out: %s", problem.detail)
        self.problem = problem

    async def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            await asyncio.to_thread(file.discard)
