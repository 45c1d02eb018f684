"""What becomes of one picture: a small copy to look at, forms to upload, a copy that fits. In the child process only.

No file written here carries anything of its source but pixels (and, for posting, the colour profile).
"""

import hashlib
import io
import math
from pathlib import Path

from PIL import Image

from bot.pictures.decoding import Decoded, decode
from bot.pictures.task import Converted, Form, Made, Task

SMALL_SIDE_PX = 512
VARIATION_SIDE_PX = 1_024  # OpenAI, Create image variation: «less than 4MB, and square»; this side takes 3.6 at most
EDIT_SIDE_PX = 2_048  # more than models look at; as PNG at most 13 MB, where services take 20 to 50
FIT_MAX_PIXELS = 3_840 * 2_160  # the largest that models paint; a limit for strangers' services
FIT_QUALITIES = (90, 75)

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def carry_out(task: Task) -> Made:
    """Check the picture and make what the task asks for.

    Raises:
        Refused: the picture cannot be used. Nothing was written.
    """
    picture = decode(Path(task.source), max_bytes=task.max_bytes, still_only=task.still_only)
    makers = {Form.VARIATION: for_variations, Form.EDIT: for_edits}
    return Made(
        facts=picture.facts,
        small_jpeg=small_jpeg(picture) if task.small_jpeg else b"",
        uploads={form: makers[form](picture, Path(to)) for form, to in task.uploads.items()},
        fitted=fit(picture, Path(task.fit_to), task.fit_bytes) if task.fit_to else None,
    )


def small_jpeg(picture: Decoded) -> bytes:
    """At most 512 px, white behind transparency: what moderation looks at."""
    stream = io.BytesIO()
    flat(upright(shrunk(picture.image, SMALL_SIDE_PX), picture.orientation)).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def for_variations(picture: Decoded, to: Path) -> Converted:
    """The middle square as RGBA PNG, at most 1024 px.

    The middle, since bars around the whole would be painted too. Opaque, since what lies behind transparency
    would reach the image service without having been seen by moderation, and would be taken for a mask.
    """
    square = upright(middle_square(picture.image, VARIATION_SIDE_PX), picture.orientation)
    return saved(flat(square).convert("RGBA"), to, "PNG")


def for_edits(picture: Decoded, to: Path) -> Converted:
    """The whole picture, at most 2048 px, opaque as for variations: PNG from a PNG, else JPEG."""
    whole = flat(upright(shrunk(picture.image, EDIT_SIDE_PX), picture.orientation))
    if picture.facts.media_type == "image/png":
        return saved(whole, to, "PNG")
    return saved(whole, to, "JPEG", quality=95, subsampling="4:4:4")


def fit(picture: Decoded, to: Path, limit_bytes: int) -> Converted:
    """A WebP of at most `limit_bytes`: first at less quality, then smaller."""
    image = picture.image
    image = shrunk(image, int(max(image.size) * math.sqrt(FIT_MAX_PIXELS / (image.width * image.height))))
    image = upright(image, picture.orientation)
    for quality in FIT_QUALITIES:
        made = saved(image, to, "WEBP", quality=quality, method=2, icc_profile=picture.icc_profile)
        if made.size_bytes <= limit_bytes:
            return made
    while made.size_bytes > limit_bytes and max(image.size) > 1:
        scale = min(0.9, math.sqrt(limit_bytes / made.size_bytes))
        image = shrunk(image, int(max(image.size) * scale))
        made = saved(image, to, "WEBP", quality=FIT_QUALITIES[-1], method=2, icc_profile=picture.icc_profile)
    if made.size_bytes > limit_bytes:
        to.unlink()
        raise ValueError(f"no picture fits into {limit_bytes} bytes")
    return made


def shrunk(image: Image.Image, side_px: int) -> Image.Image:
    """The same picture with no side longer than `side_px`; never enlarged."""
    scale = min(1.0, side_px / max(image.size))
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def middle_square(image: Image.Image, side_px: int) -> Image.Image:
    """The square in the middle, with sides of at most `side_px`; never enlarged."""
    edge_px = min(image.size)
    left_px, top_px = (image.width - edge_px) // 2, (image.height - edge_px) // 2
    box = (left_px, top_px, left_px + edge_px, top_px + edge_px)
    side_px = min(edge_px, side_px)
    return image.resize((side_px, side_px), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image


def flat(image: Image.Image) -> Image.Image:
    """The picture on white, as a new one that carries no metadata."""
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image if image.mode == "RGBA" else None)
    return paper


def saved(image: Image.Image, to: Path, form: str, **options: object) -> Converted:
    """Write under a temporary name, then under its own: a file that is there is whole."""
    unfinished = to.with_name(f".{to.name}.part")
    try:
        with unfinished.open("wb") as stream:
            image.save(stream, form, **options)
        with unfinished.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size_bytes = unfinished.stat().st_size
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)
    return Converted(
        file=to,
        media_type=Image.MIME[form],
        width_px=image.width,
        height_px=image.height,
        size_bytes=size_bytes,
        sha256=sha256,
    )
