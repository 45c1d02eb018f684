"""A picture from words: a scene and a figure that the words choose, the rest by the dice of prompt, seed and number."""

import io
import random
import re
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from sandbox.image_api.drawing.canvas import Canvas
from sandbox.image_api.drawing.captions import caption
from sandbox.image_api.drawing.figures import named_figure
from sandbox.image_api.drawing.palettes import palette_for
from sandbox.image_api.drawing.scenes import scene_for

# Scenes are painted at this size and scaled to the one that was asked for.
WORKING_EDGE_PX = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """One picture to paint: the words, the shape, which one of how many, and the seed that makes calls differ."""

    prompt: str
    width_px: int
    height_px: int
    index: int = 0
    count: int = 1
    seed: int = 0
    output_format: str = "png"
    compression: int = 100
    transparent: bool = False

    @property
    def size_px(self) -> tuple[int, int]:
        return self.width_px, self.height_px

    def dice(self) -> random.Random:
        """The same throws for the same commission, on every machine."""
        return random.Random(f"{self.prompt}|{self.seed}|{self.index}")


def paint(commission: Commission) -> bytes:
    """The file of a picture painted from the words alone."""
    words = words_of(commission.prompt)
    canvas = Canvas(*working_size(commission.size_px), commission.dice())
    scene = scene_for(set(words), random.Random(commission.prompt))
    palette = palette_for(set(words), canvas.chance)
    scene(canvas, palette, named_figure(words))
    image = canvas.image.resize(commission.size_px, Image.Resampling.LANCZOS)
    if not commission.transparent:  # a cut-out has no edge to print on
        image = caption(image, commission.prompt, commission.index, commission.count)
    return finished(image, commission)


def finished(image: Image.Image, commission: Commission) -> bytes:
    """The file in the format that was asked for."""
    if commission.transparent:
        image = image.convert("RGBA")
        image.putalpha(_vignette(image.size))
    content = io.BytesIO()
    if commission.output_format == "png":
        image.save(content, "PNG", compress_level=4)
    else:
        image.save(content, commission.output_format.upper(), quality=max(1, round(commission.compression * 0.95)))
    return content.getvalue()


def words_of(prompt: str) -> list[str]:
    return re.findall(r"\w+", prompt.casefold())


def working_size(size_px: tuple[int, int]) -> tuple[int, int]:
    scale = WORKING_EDGE_PX / max(size_px)
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def _vignette(size: tuple[int, int]) -> Image.Image:
    """Opaque in the middle, clear at the corners, as a sticker is cut."""
    mask = Image.new("L", (size[0] // 2 or 1, size[1] // 2 or 1))
    inset = min(mask.size) * 0.04
    corner = min(mask.size) * 0.3
    edges = (inset, inset, mask.width - inset, mask.height - inset)
    ImageDraw.Draw(mask).rounded_rectangle(edges, radius=corner, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(inset / 3)).resize(size, Image.Resampling.BICUBIC)
