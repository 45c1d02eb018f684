"""From a stranger's file to pixels, or to the reason why not. Runs in the child process only."""

import importlib
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.pictures.refusals import MAX_PIXELS, MAX_SIDE_PX, MEBIBYTE, Reason, Refused
from bot.pictures.task import PictureFacts

# MPO is what many phones write: a JPEG with more views behind the picture itself.
MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
FORMATS = ("PNG", "JPEG", "WEBP")
PAINTED_FORMATS = (*FORMATS, "GIF")  # what is taken from an image service; of what moves, the first picture counts
ANIMATABLE = ("PNG", "WEBP")
OTHER_KINDS = (
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
)
ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class Decoded:
    """A whole picture, RGB or RGBA, as it lies in the file. `orientation` is EXIF's, 1 to 8."""

    image: Image.Image
    facts: PictureFacts
    orientation: int
    icc_profile: bytes | None


def load_decoders() -> None:
    """Prepare Pillow once, before the forks; left alone, each of them would import all of its formats."""
    Image.preinit()
    for form in ("Png", "Jpeg", "Mpo", "WebP", "Gif"):
        importlib.import_module(f"PIL.{form}ImagePlugin")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def decode(source: Path, *, max_bytes: int, still_only: bool) -> Decoded:
    """Open, check from the header, then decode to the last row.

    Raises:
        Refused: the file cannot be used.
    """
    _check_size(source, max_bytes)
    try:
        image = _opened(source, FORMATS if still_only else PAINTED_FORMATS)
        _check_header(image, still_only=still_only)
        image.load()
        decoded = _ordinary(image)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - damaged files make decoders raise a dozen kinds
        raise Refused(Reason.DAMAGED, detail=f"{type(error).__name__}: {error}") from None
    return decoded


def _check_size(source: Path, max_bytes: int) -> None:
    size_bytes = source.stat().st_size
    if not size_bytes:
        raise Refused(Reason.EMPTY)
    if size_bytes > max_bytes:
        raise Refused(Reason.TOO_BIG, max_mb=max_bytes // MEBIBYTE, detail=f"{size_bytes} bytes")


def _opened(source: Path, formats: tuple[str, ...]) -> Image.Image:
    """The picture with its header read. Pillow compares it with MAX_IMAGE_PIXELS before it allocates anything."""
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            return Image.open(source, formats=formats)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused(Reason.TOO_MANY_PIXELS, detail=str(error)) from None
    except UnidentifiedImageError:
        raise _other_kind(source) from None


def _other_kind(source: Path) -> Refused:
    with source.open("rb") as stream:
        head = stream.read(32)
    for offset, mark, kind in OTHER_KINDS:
        if head.startswith(mark, offset):
            return Refused(Reason.OTHER_KIND, kind=kind)
    return Refused(Reason.NOT_A_PICTURE)


def _check_header(image: Image.Image, *, still_only: bool) -> None:
    if max(image.size) > MAX_SIDE_PX:
        raise Refused(Reason.SIDE_TOO_LONG, width_px=image.width, height_px=image.height)
    if not still_only or image.format not in ANIMATABLE:
        return  # to count the frames of a GIF means to read all of it
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise Refused(Reason.ANIMATED, frames=frames)


def _ordinary(image: Image.Image) -> Decoded:
    orientation = _orientation(image)
    width_px, height_px = image.size if orientation < 5 else image.size[::-1]
    facts = PictureFacts(width_px, height_px, MEDIA_TYPES[image.format or ""])
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
    if image.mode.startswith("I"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")  # `convert` alone would clip 16 bits to white
        image.info.pop("transparency", None)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return Decoded(image.convert(mode), facts, orientation, profile)


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(ORIENTATION_TAG, 1)
    except (ValueError, SyntaxError, OSError, struct.error):
        return 1  # broken EXIF does not make a bad picture
    return orientation if orientation in range(1, 9) else 1
