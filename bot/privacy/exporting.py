"""A member's data as files: JSON in as many parts as the place needs, and a ZIP with the pictures that are kept.

Nothing is held whole in memory, and the files have no name on the disk: they go with the process.
"""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import orjson

from bot.clock import Clock
from bot.errors import BotError
from bot.spool import disk_trouble_in_words
from bot.store.belongings import FIRST, Belongings, Record

VERSION = 1
PAGE = 100
ENTRIES_PAGE = 500
AT_MOST_EVERY = timedelta(minutes=5)
ZIP_ENTRY_BYTES = 300  # of head and list, for each picture
TAIL_BYTES = 1_000
REQUESTS = "requests"


class ExportedLately(BotError):
    """One export is work for the bot; nobody needs the next one at once."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"You had your data a moment ago. Ask again <t:{int(again_at.timestamp()) + 1}:R>.")


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    size_bytes: int
    stream: BufferedIOBase


@dataclass(slots=True)
class Export:
    """`parts` are JSON; `pictures` is the ZIP, with the newest pictures that fit beside the first part."""

    parts: list[ExportFile] = field(default_factory=list)
    pictures: ExportFile | None = None
    requests: int = 0
    kept: int = 0
    zipped: int = 0


class Exporting:
    """`folder` is where temporary files may lie. One export at a time: members wait for each other."""

    def __init__(self, belongings: Belongings, folder: Path, clock: Clock) -> None:
        self._belongings = belongings
        self._folder = folder
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._last_at: dict[int, datetime] = {}

    def admit(self, user_id: int) -> None:
        """Note that a member gets his data now.

        Raises:
            ExportedLately: he had them within the last minutes.
        """
        now = self._clock.now()
        self._last_at = {member: at for member, at in self._last_at.items() if now - at < AT_MOST_EVERY}
        if user_id in self._last_at:
            raise ExportedLately(self._last_at[user_id] + AT_MOST_EVERY)
        self._last_at[user_id] = now

    def not_served(self, user_id: int) -> None:
        """It did not get through: he may ask again at once."""
        self._last_at.pop(user_id, None)

    @asynccontextmanager
    async def export(self, user_id: int, *, limit_bytes: int) -> AsyncIterator[Export]:
        """A member's data in files of at most `limit_bytes`, which are there for the length of the block.

        Raises:
            DiskFull: there is no room to put them together.
        """
        async with self._one_at_a_time:
            with ExitStack() as files:
                with disk_trouble_in_words():
                    writing = _Writing(files, self._folder, user_id, self._clock.now(), limit_bytes)
                    export = await self._write(user_id, writing)
                yield export

    async def _write(self, user_id: int, writing: "_Writing") -> Export:
        await asyncio.to_thread(writing.begin)
        await self._requests(user_id, writing)
        await self._entries(user_id, writing)
        books = await self._belongings.books(user_id)
        return await asyncio.to_thread(writing.finish, books)

    async def _requests(self, user_id: int, writing: "_Writing") -> None:
        after_id = 0
        while True:
            page, after_id = await self._belongings.requests(user_id, after_id=after_id, most=PAGE)
            if not page:
                return
            await asyncio.to_thread(writing.add, page)

    async def _entries(self, user_id: int, writing: "_Writing") -> None:
        page, last = await self._belongings.entries(user_id, after=FIRST, most=ENTRIES_PAGE)
        await asyncio.to_thread(writing.add_list, "entries", page)
        while page:
            page, last = await self._belongings.entries(user_id, after=last, most=ENTRIES_PAGE)
            await asyncio.to_thread(writing.go_on, page)


class _Writing:
    """The files as they grow. Everything here blocks."""

    def __init__(self, files: ExitStack, folder: Path, user_id: int, at: datetime, limit_bytes: int) -> None:
        self._files = files
        self._folder = folder
        self._about = {
            "version": VERSION,
            "user_id": str(user_id),
            "exported_at": at.isoformat(timespec="milliseconds"),
        }
        self._limit_bytes = limit_bytes
        self._streams: list[BufferedIOBase] = []
        self._list = REQUESTS
        self._is_first = True  # of the list in this part
        self._is_empty = True  # nothing in this part yet
        self._kept: list[tuple[str, Path, int]] = []
        self._export = Export()

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._next_part()

    def _temporary(self) -> BufferedIOBase:
        return cast(BufferedIOBase, self._files.enter_context(tempfile.TemporaryFile(dir=self._folder)))

    def _next_part(self) -> None:
        """Each part is a whole file; the list that one ends in goes on in the next."""
        if self._streams:
            self._streams[-1].write(b"]}")
        stream = self._temporary()
        head = orjson.dumps(self._about | {"part": len(self._streams) + 1})
        stream.write(head[:-1] + b',"%b":[' % REQUESTS.encode())
        self._streams.append(stream)
        self._is_first = self._is_empty = True
        if self._list != REQUESTS:
            self._begin(self._list)

    def _begin(self, name: str) -> None:
        self._list = name
        self._is_first = True
        self._streams[-1].write(b'],"%b":[' % name.encode())

    def add_list(self, name: str, items: list[Record]) -> None:
        """The list after those before; `go_on` adds more to it."""
        self._begin(name)
        self.go_on(items)

    def go_on(self, items: list[Record]) -> None:
        for item in items:
            self._write(orjson.dumps(item))

    def add(self, requests: list[Record]) -> None:
        for request in requests:
            for picture in request["pictures"]:
                self._look_at(request["id"], picture)
            self._write(orjson.dumps(request))
            self._export.requests += 1

    def _look_at(self, job_id: str, picture: Record) -> None:
        """Whether its file is still there; where it lies is nobody's business."""
        file = Path(picture.pop("file"))
        picture["kept"] = file.is_file()
        if picture["kept"]:
            suffix = str(picture["media_type"]).partition("/")[2].partition("+")[0]
            self._kept.append((f"{job_id}-{picture['number'] + 1}.{suffix}", file, picture["size_bytes"]))

    def _write(self, item: bytes) -> None:
        if not self._is_empty and self._streams[-1].tell() + len(item) + TAIL_BYTES > self._limit_bytes:
            self._next_part()
        self._streams[-1].write(item if self._is_first else b"," + item)
        self._is_first = self._is_empty = False

    def finish(self, books: dict[str, list[Record]]) -> Export:
        for name, items in books.items():
            self.add_list(name, items)
        self._streams[-1].write(b"]}")
        for number, stream in enumerate(self._streams, start=1):
            name = "my-data.json" if len(self._streams) == 1 else f"my-data-{number}-of-{len(self._streams)}.json"
            self._export.parts.append(_done(name, stream))
        self._export.kept = len(self._kept)
        self._zip(self._limit_bytes)
        return self._export

    def _zip(self, room_bytes: int) -> None:
        if not self._kept:
            return
        stream = self._temporary()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name, file, size_bytes in reversed(self._kept):  # the newest first
                if size_bytes + ZIP_ENTRY_BYTES > room_bytes:
                    continue
                try:
                    archive.write(file, name)
                except FileNotFoundError:  # tidied away in this moment
                    continue
                room_bytes -= size_bytes + ZIP_ENTRY_BYTES
                self._export.zipped += 1
        if self._export.zipped:
            self._export.pictures = _done("my-pictures.zip", stream)


def _done(name: str, stream: BufferedIOBase) -> ExportFile:
    size_bytes = stream.tell()
    stream.seek(0)
    return ExportFile(name, size_bytes, stream)
