"""Where painted pictures go: planned and checked before anything is paid, kept one by one as they arrive. Blocks."""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import InvalidRequest
from bot.image_api.generic.files import KeptFile, keep
from bot.model import Picture

SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/svg+xml": (".svg",),
}
_PICTURES = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """`remark` is what its owner should know: that the file is called otherwise than asked."""

    file: KeptFile
    size_px: tuple[int, int] | None
    remark: str | None


class Places:
    """FILE for one picture, FILE-1, FILE-2, … for several. A file that is there stays, unless `overwrite`.

    Raises:
        InvalidRequest: from the start, when a picture could not be kept.
    """

    def __init__(self, file: Path, *, count: int, overwrite: bool, output_format: str | None) -> None:
        self._file = file
        self._count = count
        self._overwrite = overwrite
        self._check(next((kind for kind in SUFFIXES if kind.startswith(f"image/{output_format}")), "image/png"))

    @property
    def folder(self) -> Path:
        return self._file.parent

    def keep(self, picture: Picture) -> KeptPicture:
        """Move a finished picture to its place; what was painted is kept, if need be under the next free name."""
        planned = self._planned(picture.index)
        place = _with_true_suffix(planned, picture.media_type)
        kept = keep(picture.file, place, overwrite=self._overwrite)
        file = KeptFile(path=kept, size_bytes=picture.size_bytes, sha256=picture.sha256, media_type=picture.media_type)
        remark = None
        if kept != place:
            remark = f"{place} is there already: the picture is {kept}"
        elif planned.suffix.lower() in _PICTURES and place != planned:
            remark = f"the picture is {picture.media_type}: it is {kept}, not {planned.name}"
        return KeptPicture(file=file, size_px=picture.size_px, remark=remark)

    def _planned(self, index: int) -> Path:
        return self._file if self._count == 1 else self._file.with_stem(f"{self._file.stem}-{index + 1}")

    def _check(self, likely_type: str) -> None:
        if not self._file.name or self._file.is_dir():
            raise InvalidRequest(f"{self._file} is a folder: name a file in it.")
        if not self.folder.is_dir() or not os.access(self.folder, os.W_OK | os.X_OK):
            raise InvalidRequest(f"{self.folder} is not a folder that can be written.")
        for index in range(self._count):
            planned = self._planned(index)
            place = planned if planned.suffix.lower() in _PICTURES else _with_true_suffix(planned, likely_type)
            if place.is_dir() or (place.exists() and not self._overwrite):
                raise InvalidRequest(f"{place} is there already: --overwrite replaces it.")


def _with_true_suffix(planned: Path, media_type: str) -> Path:
    """The suffix says what the bytes are: that of another kind is replaced, none or a stranger's is added to."""
    suffixes = SUFFIXES[media_type]
    if planned.suffix.lower() in suffixes:
        return planned
    if planned.suffix.lower() in _PICTURES:
        return planned.with_suffix(suffixes[0])
    return planned.with_name(planned.name + suffixes[0])
