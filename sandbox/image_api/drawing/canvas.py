"""A canvas with the few strokes that all scenes are made of. Coordinates are parts of width and height, 0…1."""

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]

# Masks are drawn larger and shrunk: Pillow's shapes have hard edges of their own.
SMOOTHING = 2


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """`one` at part 0, `other` at part 1."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def colour(text: str) -> Colour:
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


class Canvas:
    """A picture in the making."""

    def __init__(self, width_px: int, height_px: int, chance: random.Random) -> None:
        self.image = Image.new("RGB", (width_px, height_px))
        self.chance = chance

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.image.width / self.image.height

    def sky(self, top: Colour, middle: Colour, bottom: Colour, *, until: float = 1.0) -> None:
        """A smooth sky down to that height."""
        size = (self.image.width, max(1, round(self.image.height * until)))
        slope = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
        self.image.paste(ImageOps.colorize(slope, top, bottom, mid=middle), (0, 0))

    def fill(self, mask: Image.Image, top: Colour, bottom: Colour | None = None, *, opacity: float = 1.0) -> None:
        """Colour where the mask is white, fading from `top` to `bottom` over the mask's own height."""
        box = mask.getbbox()
        if box is None:
            return
        if opacity < 1:
            mask = mask.point(lambda value: round(value * opacity))
        size = (box[2] - box[0], box[3] - box[1])
        slope = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
        paint = ImageOps.colorize(slope, top, bottom or top)
        self.image.paste(paint, box[:2], mask.crop(box))

    def shape(self, draw: Callable[[ImageDraw.ImageDraw, Callable[[float, float], Point]], None]) -> Image.Image:
        """A mask with soft edges; `draw` gets the pen and a function from parts to its pixels."""
        width_px, height_px = self.image.width * SMOOTHING, self.image.height * SMOOTHING
        mask = Image.new("L", (width_px, height_px))
        draw(ImageDraw.Draw(mask), lambda x, y: (x * width_px, y * height_px))
        return mask.reduce(SMOOTHING)

    def polygons(self, outlines: Iterable[Sequence[Point]]) -> Image.Image:
        def draw(pen: ImageDraw.ImageDraw, at: Callable[[float, float], Point]) -> None:
            for outline in outlines:
                pen.polygon([at(x, y) for x, y in outline], fill=255)

        return self.shape(draw)

    def discs(self, discs: Iterable[tuple[float, float, float]]) -> Image.Image:
        """Discs as (x, y, radius); the radius is a part of the shorter edge, so that they stay round."""
        edge_px = min(self.image.size) * SMOOTHING

        def draw(pen: ImageDraw.ImageDraw, at: Callable[[float, float], Point]) -> None:
            for x, y, radius in discs:
                left, top = at(x, y)
                reach = radius * edge_px
                pen.ellipse((left - reach, top - reach, left + reach, top + reach), fill=255)

        return self.shape(draw)

    def glow(self, x: float, y: float, radius: float, light: Colour, *, strength: float = 1.0) -> None:
        """Light around a point, added to what is there."""
        reach_px = max(2, round(radius * min(self.image.size)))
        falloff = Image.radial_gradient("L").resize((2 * reach_px, 2 * reach_px), Image.Resampling.BICUBIC)
        falloff = falloff.point([round(255 * strength * max(0.0, 1 - value / 181) ** 2.2) for value in range(256)])
        left, top = round(x * self.image.width) - reach_px, round(y * self.image.height) - reach_px
        mask = Image.new("L", self.image.size)
        mask.paste(falloff, (left, top))
        lit = Image.composite(Image.new("RGB", self.image.size, light), Image.new("RGB", self.image.size), mask)
        self.image = ImageChops.screen(self.image, lit)

    def mist(self, top: float, bottom: float, tint: Colour, *, opacity: float = 0.6) -> None:
        """Haze that thickens from `top` to `bottom` and ends there."""
        first_px, last_px = round(top * self.image.height), round(bottom * self.image.height)
        slope = Image.linear_gradient("L").resize((self.image.width, max(1, last_px - first_px)))
        self.image.paste(tint, (0, first_px), slope.point(lambda value: round(value * opacity)))

    def clouds(self, count: int, tint: Colour, *, lowest: float = 0.45, opacity: float = 0.5) -> None:
        """Drawn small and blown up, which makes them soft."""
        width_px, height_px = 256, max(32, round(256 / self.aspect))
        mask = Image.new("L", (width_px, height_px))
        pen = ImageDraw.Draw(mask)
        for _ in range(count):
            x, y = self.chance.uniform(-0.1, 1.1) * width_px, self.chance.uniform(0.04, lowest) * height_px
            for _ in range(self.chance.randint(4, 8)):
                reach_x, reach_y = self.chance.uniform(8, 30), self.chance.uniform(2, 6)
                left, top = x + self.chance.gauss(0, 22), y + self.chance.gauss(0, 3)
                pen.ellipse((left - reach_x, top - reach_y, left + reach_x, top + reach_y), fill=255)
        soft = mask.filter(ImageFilter.GaussianBlur(3.2)).resize(self.image.size, Image.Resampling.BICUBIC)
        self.fill(soft, tint, opacity=opacity)

    def stars(self, count: int, *, lowest: float = 0.7) -> None:
        pen = ImageDraw.Draw(self.image)
        for _ in range(count):
            x, y = self.chance.random() * self.image.width, self.chance.random() ** 1.3 * lowest * self.image.height
            reach_px = self.chance.choice((0.6, 0.6, 0.9, 1.4)) * self.image.width / 900
            shade = self.chance.randint(150, 255)
            pen.ellipse((x - reach_px, y - reach_px, x + reach_px, y + reach_px), fill=(shade, shade, 240))


def ridge(chance: random.Random, base: float, height: float, *, roughness: float = 0.5, steps: int = 7) -> list[Point]:
    """A skyline from left to right by midpoint displacement, `height` above and below `base`."""
    heights = [chance.uniform(-0.5, 0.5), chance.uniform(-0.5, 0.5)]
    reach = 1.0
    for _ in range(steps):
        between = [(a + b) / 2 + chance.uniform(-0.5, 0.5) * reach for a, b in pairwise(heights)]
        heights = [value for pair in zip(heights, between, strict=False) for value in pair] + heights[-1:]
        reach *= roughness
    return [(i / (len(heights) - 1), base + value * height) for i, value in enumerate(heights)]


def ground(skyline: Sequence[Point]) -> list[Point]:
    """Everything below a skyline."""
    return [*skyline, (1.0, 1.01), (0.0, 1.01)]
