"""The small print on a picture: the words it was painted from and its number, or a tag."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

LINE_MAX_CHARS = 90
FONT_PART = 0.024
FONT_MIN_PX = 10


def caption(image: Image.Image, text: str, index: int, count: int) -> Image.Image:
    """The picture with its words at the bottom left and «2 of 4» at the bottom right, on a soft shadow."""
    font = font_of(max(FONT_MIN_PX, round(min(image.size) * FONT_PART * 1.15)))
    margin = round(min(image.size) * 0.03)
    shadow_px = round(font.size * 4.2)
    image = image.convert("RGB")
    ground = (0, image.height - shadow_px)
    # Softened, so that the small print of a source does not show through that of its edit.
    strip = image.crop((*ground, *image.size)).filter(ImageFilter.GaussianBlur(font.size * 0.7))
    slope = Image.linear_gradient("L").resize((image.width, shadow_px))
    image.paste(strip, ground, slope.point(lambda value: min(255, value * 2)))
    image.paste((0, 0, 0), ground, slope.point(lambda value: round(value * 0.62)))
    pen = ImageDraw.Draw(image)
    bottom = image.height - margin
    number = f"{index + 1} of {count}" if count > 1 else ""
    pen.text((image.width - margin, bottom), number, font=font, fill=(255, 255, 255), anchor="rs")
    room_px = image.width - 2 * margin - round(pen.textlength(number + "    ", font=font))
    pen.text((margin, bottom), fitting(text, font, room_px), font=font, fill=(245, 245, 245), anchor="ls")
    return image


def tag(image: Image.Image, text: str) -> Image.Image:
    """The picture with a small label at the top left."""
    font = font_of(max(FONT_MIN_PX, round(min(image.size) * FONT_PART * 1.15)))
    margin = round(min(image.size) * 0.03)
    image = image.convert("RGB")
    pen = ImageDraw.Draw(image, "RGBA")
    shown = fitting(text, font, image.width - 4 * margin)
    left, top, right, bottom = pen.textbbox((margin * 1.6, margin * 1.4), shown, font=font)
    pad = font.size * 0.45
    pen.rounded_rectangle((left - pad, top - pad, right + pad, bottom + pad), radius=pad * 1.4, fill=(0, 0, 0, 130))
    pen.text((margin * 1.6, margin * 1.4), shown, font=font, fill=(255, 255, 255, 240))
    return image


def fitting(text: str, font: ImageFont.FreeTypeFont, room_px: int) -> str:
    """As much of one line as there is room for; marks that the font does not have become dots."""
    line = "".join(mark if _is_drawable(mark, font) else "·" for mark in " ".join(text.split())[:LINE_MAX_CHARS])
    if len(" ".join(text.split())) <= LINE_MAX_CHARS and font.getlength(line) <= room_px:
        return line
    while line and font.getlength(f"{line}…") > room_px:
        line = line[:-1]
    return f"{line.rstrip()}…" if line else ""


@lru_cache(maxsize=32)
def font_of(size_px: int) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface, the same on every machine."""
    font = ImageFont.load_default(size_px)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow is built with FreeType"
    return font


def _is_drawable(mark: str, font: ImageFont.FreeTypeFont) -> bool:
    return mark == " " or font.getmask(mark).getbbox() not in (None, font.getmask("\ufffe").getbbox())
