"""Variations and edits: the source stays recognisable, yet each picture differs from it and from the others."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from sandbox.image_api.drawing.canvas import Canvas
from sandbox.image_api.drawing.captions import caption, tag
from sandbox.image_api.drawing.painting import Commission, finished, words_of

Look = Callable[[Image.Image, random.Random], Image.Image]
INSET_PART = 0.2
MOST_INSETS = 4


def vary(commission: Commission, source: Path) -> bytes:
    """The source mirrored, turned a little, moved nearer and recoloured, with a tag."""
    dice = commission.dice()
    image = _moved(opened(source, commission.size_px), dice, commission.index)
    look = list(LOOKS.values())[commission.index % len(LOOKS)]
    image = tag(look(image, dice), f"variation {commission.index + 1} of {commission.count}")
    return finished(image, commission)


def edit(commission: Commission, sources: Sequence[Path], mask: Path | None, markup: Path | None = None) -> bytes:
    """The first source in a look that the words name, further sources as small insets, the words below.

    With a mask only its clear places change. A markup lies over the first source, so its marks are seen.
    """
    dice = commission.dice()
    before = opened(sources[0], commission.size_px)
    if markup is not None:
        before = _marked(before, markup)
    after = before if mask else _moved(before, dice, commission.index)
    after = _look_for(words_of(commission.prompt), commission.index)(after, dice)
    if mask is not None:
        after = Image.composite(before, after, _kept(mask, commission.size_px))
    after = _with_insets(after, sources[1:])
    return finished(caption(after, commission.prompt, commission.index, commission.count), commission)


def opened(file: Path, size_px: tuple[int, int]) -> Image.Image:
    """A picture cut to the shape that was asked for; clear places become white.

    Raises:
        OSError: it cannot be decoded.
    """
    with Image.open(file) as image:
        whole = ImageOps.exif_transpose(image).convert("RGBA")
    flat = Image.new("RGB", whole.size, "white")
    flat.paste(whole, mask=whole.getchannel("A"))
    return ImageOps.fit(flat, size_px, Image.Resampling.LANCZOS)


def _marked(image: Image.Image, markup: Path) -> Image.Image:
    with Image.open(markup) as marks:
        over = ImageOps.fit(marks.convert("RGBA"), image.size)
    marked = image.copy()
    marked.paste(over, mask=over.getchannel("A"))
    return marked


def _kept(mask: Path, size_px: tuple[int, int]) -> Image.Image:
    """White where the mask is opaque: these places stay."""
    with Image.open(mask) as image:
        return ImageOps.fit(image.convert("RGBA").getchannel("A"), size_px)


def _moved(image: Image.Image, dice: random.Random, index: int) -> Image.Image:
    """Every second picture mirrored, all turned and brought nearer so far that no corner shows."""
    if index % 2:
        image = ImageOps.mirror(image)
    turned = image.rotate(dice.uniform(-4, 4), Image.Resampling.BICUBIC)
    near = dice.uniform(0.09, 0.15)
    left, top = near * image.width * dice.uniform(0.7, 1.3), near * image.height * dice.uniform(0.7, 1.3)
    right, bottom = image.width * (1 - near), image.height * (1 - near)
    return turned.resize(image.size, Image.Resampling.LANCZOS, box=(left, top, right, bottom))


def _with_insets(image: Image.Image, sources: Sequence[Path]) -> Image.Image:
    edge_px = round(min(image.size) * INSET_PART)
    gap_px = round(edge_px * 0.14)
    for number, source in enumerate(sources[:MOST_INSETS]):
        inset = ImageOps.expand(opened(source, (edge_px, edge_px)), border=max(1, edge_px // 40), fill="white")
        image.paste(inset, (image.width - inset.width - gap_px, gap_px + number * (inset.height + gap_px)))
    return image


def _toned(image: Image.Image, dark: str, middle: str, light: str, part: float) -> Image.Image:
    tones = ImageOps.colorize(ImageOps.grayscale(image), dark, light, mid=middle)
    return Image.blend(image, tones, part)


def warm(image: Image.Image, _: random.Random) -> Image.Image:
    return _toned(image, "#2a1433", "#d2685a", "#ffe9b8", 0.55)


def cool(image: Image.Image, _: random.Random) -> Image.Image:
    return _toned(image, "#04132a", "#2f7f9e", "#eafaf6", 0.6)


def painted(image: Image.Image, dice: random.Random) -> Image.Image:
    """Broad strokes and strong colours."""
    # Small, because this filter does not let other threads run meanwhile.
    broad = (
        image.reduce(max(1, min(image.size) // 256))
        .filter(ImageFilter.ModeFilter(5))
        .filter(ImageFilter.SMOOTH)
        .resize(image.size, Image.Resampling.BICUBIC)
    )
    return ImageEnhance.Color(broad).enhance(dice.uniform(1.5, 1.9))


def other_hues(image: Image.Image, dice: random.Random) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    shift = dice.randint(70, 180)
    hue = hue.point([(shade + shift) % 256 for shade in range(256)])
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def night(image: Image.Image, dice: random.Random) -> Image.Image:
    """Dark blue, with stars and a moon."""
    dark = ImageChops.multiply(
        _toned(image, "#02040f", "#28407e", "#b9c9ee", 0.7), Image.new("RGB", image.size, "#8c93b8")
    )
    canvas = Canvas(*image.size, dice)
    canvas.image = dark
    canvas.stars(120, lowest=0.5)
    x = dice.uniform(0.15, 0.6)
    canvas.glow(x, 0.16, 0.3, (220, 226, 255), strength=0.7)
    canvas.fill(canvas.discs([(x, 0.16, 0.055)]), (250, 246, 226))
    return canvas.image


def snow(image: Image.Image, dice: random.Random) -> Image.Image:
    """Pale, with flakes."""
    canvas = Canvas(*image.size, dice)
    canvas.image = _toned(image, "#3b4f6b", "#a9c0d6", "#ffffff", 0.6)
    flakes = [(dice.random(), dice.random(), dice.choice((0.002, 0.003, 0.005))) for _ in range(260)]
    canvas.fill(canvas.discs(flakes), (255, 255, 255), opacity=0.9)
    return canvas.image


def sketch(image: Image.Image, _: random.Random) -> Image.Image:
    """Pencil on paper."""
    grey = ImageOps.grayscale(image)
    blurred = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(max(2, min(image.size) / 90)))
    lines = ImageOps.autocontrast(ImageChops.add(grey, blurred, scale=1, offset=-25), cutoff=1)
    return ImageOps.colorize(lines, "#2b2622", "#f7f0df", mid="#9a8f80")


LOOKS: dict[str, Look] = {"warm": warm, "cool": cool, "painted": painted, "other_hues": other_hues}
LOOK_WORDS: dict[str, tuple[str, ...]] = {
    "night": ("night", "midnight", "moon", "dark", "stars"),
    "snow": ("snow", "winter", "ice", "cold", "christmas"),
    "sketch": ("sketch", "pencil", "drawing", "ink", "lines"),
    "warm": ("sunset", "evening", "warm", "autumn", "golden", "dusk"),
    "cool": ("cool", "blue", "sea", "rain", "underwater"),
    "painted": ("painting", "painted", "oil", "watercolour", "watercolor", "brush"),
}


def _look_for(words: Sequence[str], index: int) -> Look:
    """The look that the words name, else one for each picture in turn."""
    every = {**LOOKS, "night": night, "snow": snow, "sketch": sketch}
    named = [every[look] for look, names in LOOK_WORDS.items() if set(names).intersection(words)]
    return named[0] if named else list(LOOKS.values())[index % len(LOOKS)]
