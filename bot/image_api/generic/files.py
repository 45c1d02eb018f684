"""Files that an owner keeps: names that are safe whoever thought of them, and places where nothing is overwritten."""

import asyncio
import contextlib
import itertools
import mimetypes
import re
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.request import clean

NAME_MAX_BYTES = 120
NAMELESS = "download"

_FOLDERS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # by Windows, and in the way at a shell
_STARTS = " .-~"  # hidden files, options of a command, somebody's home


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A whole file where the owner wanted it."""

    path: Path
    size_bytes: int
    sha256: str
    media_type: str


def safe_name(wanted: str) -> str:
    """The last part of what a stranger calls a file: one visible line, no folder, not hidden, not long.

    Empty where nothing of it is left.
    """
    visible = "".join(mark for mark in _FOLDERS.split(wanted)[-1] if mark.isprintable())
    last = clean(_FORBIDDEN.sub("_", visible)).lstrip(_STARTS).rstrip(" .")
    stem, dot, suffix = last.rpartition(".")
    if not stem or len(suffix.encode()) > NAME_MAX_BYTES // 2:
        stem, dot, suffix = last, "", ""
    room_bytes = NAME_MAX_BYTES - len(f"{dot}{suffix}".encode())
    return f"{stem.encode()[:room_bytes].decode(errors='ignore').rstrip(' .')}{dot}{suffix}"


def derived_name(disposition: str | None, url: str, media_type: str) -> str:
    """A safe name from Content-Disposition, else from the address, with a suffix of its kind where it has none."""
    for wanted in (_filename_in(disposition or ""), unquote(urlsplit(url).path.rstrip("/"))):
        if name := safe_name(wanted):
            break
    else:
        name = NAMELESS
    if Path(name).suffix:
        return name
    return name + (mimetypes.guess_extension(media_type, strict=False) or "")


@asynccontextmanager
async def workshop(beside: Path) -> AsyncIterator[Path]:
    """A hidden folder for what is not whole yet, on the same disk; removed with what is left in it.

    Made on the event loop, as `keep` renames there: no interrupt comes between its making and its removal.
    """
    folder = tempfile.TemporaryDirectory(prefix=".easel-", dir=beside)
    try:
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


def keep(file: Path, place: Path, *, overwrite: bool = False) -> Path:
    """Move a whole file of the same disk to its place, with the rights that new files have there.

    Blocks for as long as a rename takes, and is called on the event loop for that: there no interrupt comes between.
    Where the place is taken and must stay, the next free one is used: `fox-2.png`, `fox-3.png`, …
    """
    place = place if overwrite else _claimed(place)
    if not place.exists():
        place.touch()
    file.chmod(stat.S_IMODE(place.stat().st_mode))
    return file.replace(place)


def _claimed(place: Path) -> Path:
    """The first free place, made an empty file at once: from then on nobody else takes it for free."""
    numbered = (place.with_stem(f"{place.stem}-{number}") for number in itertools.count(2))
    for free in itertools.chain((place,), numbered):
        with contextlib.suppress(FileExistsError):
            free.open("xb").close()
            return free
    raise AssertionError("the numbers do not end")


def _filename_in(disposition: str) -> str:
    """The file's name in a Content-Disposition, `filename*` included (RFC 6266)."""
    message = Message()
    message["Content-Disposition"] = " ".join(disposition.split())
    try:
        return message.get_filename("")
    except (LookupError, ValueError):  # a character set that does not exist
        return ""
