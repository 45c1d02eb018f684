"""Takes in pictures: written off the event loop, handed out when they are whole on the disk."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Self

from bot.download import Downloader
from bot.errors import BadAnswer, BadPicture, ImageServiceError, PictureUnavailable
from bot.image_api.answers.base64_file import Base64File
from bot.image_api.answers.cutter import PictureEnd, PictureText
from bot.image_api.answers.media_types import media_type_of, size_of
from bot.image_api.events import Preview
from bot.model import Picture
from bot.opening import carried_out
from bot.pictures.refusals import PAINTED_MAX_BYTES
from bot.spool import SpoolWriter

TEXT_MAX_BYTES = PAINTED_MAX_BYTES * 4 // 3 + 4
HOP_BYTES = 128 * 1024  # a thread's work; half costs a sixth more processor, twice 8 MiB more for 64 answers at once
PIECES_MAX = 4_096  # of those bytes; a piece weighs some 200 bytes, however short it is
ARRIVING = "arriving"
LOGGED_MAX = 10  # problems of one answer, which may hold millions

log = logging.getLogger(__name__)


class Intake:
    """Takes in the pictures of one answer; used as an async context manager, which forgets what is unfinished.

    A picture that has arrived whole is held until `keep`, `keep_as_preview` or `forget` says what it is: in a stream
    that may stand behind it. One that cannot be used is left out and the others still count; `problem` says what was
    wrong with the last such. Pictures beyond `count`, and of each picture previews beyond `previews`, are not kept.
    `new_file` opens a file by its name; a picture's name is its number, a preview's `preview-<picture>-<number>`.
    `decoding` bounds how many answers are decoded at a time: more threads only take the interpreter from the event
    loop (measured with 300 answers at once: it stood still for 2.4 s with six threads, for 0.2 s with two).
    """

    def __init__(
        self,
        *,
        first_index: int,
        count: int,
        previews: int = 0,
        may_be_svg: bool = False,
        new_file: Callable[[str], SpoolWriter],
        downloads: Downloader,
        decoding: asyncio.Semaphore,
    ) -> None:
        self._next_index = first_index
        self._end_index = first_index + count
        self._previews = previews
        self._may_be_svg = may_be_svg
        self._new_file = new_file
        self._downloads = downloads
        self._decoding = decoding
        self._file: Base64File | None = None
        self._held: list[Base64File] = []
        self._is_skipping = False
        self._batch: list[bytes | memoryview] = []
        self._batch_bytes = 0
        self._text_bytes = 0
        self._previews_kept = 0
        self.arrived = 0
        self.problem: ImageServiceError | None = None
        self._problems = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.forget()

    async def take(self, cut: PictureText | PictureEnd) -> None:
        """More of a picture's text, or its end.

        Raises:
            BadAnswer: too large; nothing more should be read from this answer.
        """
        match cut:
            case PictureText(text):
                await self._add(text)
            case PictureEnd():
                await self._end()

    async def keep(self) -> list[Picture]:
        """What is held are pictures: they are on the disk now."""
        pictures = []
        while self._held:
            pictures.append(self._arrived(await asyncio.to_thread(self._held[0].finish, str(self._next_index))))
            del self._held[0]
        return pictures

    async def keep_as_preview(self) -> Preview | None:
        """What is held is a preview of the next picture; None where that is not wanted."""
        preview = None
        if self._held and self._previews_kept < self._previews:
            name = f"preview-{self._next_index}-{self._previews_kept}"
            preview = Preview(await asyncio.to_thread(self._held[0].finish, name), self._previews_kept)
            self._previews_kept += 1
            del self._held[0]
        await self.forget()
        return preview

    async def forget(self) -> None:
        """What is held and what is arriving is not wanted."""
        files, self._held = [*self._held, *filter(None, [self._file])], []
        self._file, self._batch, self._batch_bytes = None, [], 0
        self._is_skipping, self._text_bytes = False, 0
        await carried_out(partial(_discard, files))

    async def follow(self, link: str) -> Picture | None:
        """The picture behind a link of the answer; None when it cannot be had or is not wanted."""
        if self.is_full:
            return None
        index = self._next_index
        try:
            spooled = await self._downloads.fetch_service_picture(link, self._new_file(str(index)))
        except (PictureUnavailable, BadPicture) as error:
            self.note(BadAnswer(detail=f"picture {index} by link: {error.detail}"))
            return None
        media_type = media_type_of(spooled.head, may_be_svg=self._may_be_svg)
        if media_type is None:
            await asyncio.to_thread(spooled.file.unlink)
            self.note(BadAnswer(detail=f"picture {index} by link is not a picture"))
            return None
        size_px = size_of(spooled.head)
        return self._arrived(Picture(index, spooled.file, spooled.sha256, spooled.size_bytes, media_type, size_px))

    @property
    def is_full(self) -> bool:
        """Whether all pictures that are wanted have arrived or are held."""
        return self._next_index + len(self._held) >= self._end_index

    def note(self, problem: ImageServiceError) -> None:
        """Something of the answer cannot be used."""
        self._problems += 1
        if self._problems <= LOGGED_MAX:
            log.warning("image_api picture left out: %s", problem.detail)
        self.problem = problem

    async def _add(self, text: bytes | memoryview) -> None:
        self._text_bytes += len(text)
        if self._text_bytes > TEXT_MAX_BYTES:
            raise BadAnswer(detail=f"picture {self._next_index} is larger than {PAINTED_MAX_BYTES} bytes")
        if self._is_skipping or self.is_full:
            return
        if self._file is None:
            index = self._next_index + len(self._held)
            self._file = Base64File(index, self._new_file(ARRIVING), may_be_svg=self._may_be_svg)
        self._batch.append(text)
        self._batch_bytes += len(text)
        if self._batch_bytes >= HOP_BYTES or len(self._batch) >= PIECES_MAX:
            await self._write(self._file)

    async def _end(self) -> None:
        file, self._text_bytes = self._file, 0
        if file is not None:
            await self._write(file, is_last=True)
        if self._file is not None:
            self._held.append(self._file)
        self._file, self._is_skipping = None, False

    async def _write(self, file: Base64File, *, is_last: bool = False) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        try:
            async with self._decoding:
                await asyncio.to_thread(_decode, file, batch, is_last=is_last)
        except BadAnswer as problem:
            self.note(problem)
            self._file, self._is_skipping = None, True
            await carried_out(file.discard)

    def _arrived(self, picture: Picture) -> Picture:
        self._next_index += 1
        self.arrived += 1
        self._previews_kept = 0
        return picture


def _discard(files: Iterable[Base64File]) -> None:
    for file in files:
        file.discard()


def _decode(file: Base64File, batch: list[bytes | memoryview], *, is_last: bool) -> None:
    file.write(batch)
    if is_last:
        file.end()
