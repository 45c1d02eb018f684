"""Parts that scenes share: the heavens, firs, towers, waves, and where a figure can stand."""

import math
from collections.abc import Sequence

from sandbox.image_api.drawing.canvas import Canvas, Point, mixed
from sandbox.image_api.drawing.figures import FLOATING, Figure, Spot
from sandbox.image_api.drawing.palettes import Palette

WHITE = (255, 255, 255)


def heavens(canvas: Canvas, palette: Palette, *, light_height: float, until: float = 1.0) -> float:
    """Sky, sun or moon, stars or clouds; returns where the light stands from left to right."""
    chance = canvas.chance
    canvas.sky(palette.top, palette.middle, palette.horizon, until=until)
    if palette.is_night:
        canvas.stars(chance.randint(160, 260))
    x, size = chance.uniform(0.22, 0.78), chance.uniform(0.055, 0.1)
    canvas.glow(x, light_height, 0.75, mixed(palette.horizon, palette.light, 0.5), strength=0.55)
    canvas.glow(x, light_height, size * 2.6, palette.light, strength=0.8)
    disc = canvas.discs([(x, light_height, size)])
    canvas.fill(disc, palette.light, mixed(palette.light, palette.horizon, 0.25))
    if not palette.is_night:
        tint = mixed(palette.horizon, WHITE, 0.5)
        canvas.clouds(chance.randint(3, 7), tint, lowest=min(0.42, until * 0.8), opacity=0.55)
        birds(canvas, palette)
    return x


def birds(canvas: Canvas, palette: Palette) -> None:
    """A loose flock far away."""
    chance = canvas.chance
    x, y = chance.uniform(0.2, 0.8), chance.uniform(0.16, 0.34)
    outlines = []
    for _ in range(chance.randint(0, 6)):
        left, top, span = x + chance.gauss(0, 0.06), y + chance.gauss(0, 0.025), chance.uniform(0.008, 0.014)
        rise = span * 0.55 * canvas.aspect
        outlines.append(
            [(left - span, top - rise), (left, top), (left + span, top - rise), (left, top + rise * 0.32)],
        )
    canvas.fill(canvas.polygons(outlines), palette.near, opacity=0.7)


def fir(canvas: Canvas, x: float, foot: float, height: float) -> list[list[Point]]:
    """Three skirts and a trunk."""
    half = height * 0.26 / canvas.aspect
    skirts = []
    for level in range(3):
        low, high = foot - height * (0.08 + 0.27 * level), foot - height * (0.52 + 0.24 * level)
        reach = half * (1 - 0.27 * level)
        skirts.append([(x - reach, low), (x, high), (x + reach, low)])
    return [*skirts, [(x - half * 0.1, foot), (x + half * 0.1, foot), (x + half * 0.1, foot - height * 0.1)]]


def trees(canvas: Canvas, palette: Palette, skyline: Sequence[Point]) -> None:
    """A few firs on the nearest ridge."""
    chance = canvas.chance
    places = [chance.choice((chance.uniform(0, 0.36), chance.uniform(0.64, 1))) for _ in range(chance.randint(12, 26))]
    firs = [fir(canvas, x, height_at(skyline, x) + 0.015, chance.uniform(0.06, 0.15)) for x in places]
    canvas.fill(canvas.polygons([outline for one in firs for outline in one]), mixed(palette.near, (0, 0, 0), 0.15))


def tower(canvas: Canvas, x: float, width: float, top: float) -> list[list[Point]]:
    """A block to the ground, sometimes with a smaller one or a mast on top."""
    chance = canvas.chance
    blocks = [[(x, top), (x + width, top), (x + width, 1.01), (x, 1.01)]]
    if chance.random() < 0.45:
        step = width * 0.24
        rise = chance.uniform(0.02, 0.06)
        blocks.append(
            [(x + step, top - rise), (x + width - step, top - rise), (x + width - step, top), (x + step, top)]
        )
    if chance.random() < 0.25:
        middle = x + width / 2
        blocks.append(
            [(middle - 0.002, top - 0.12), (middle + 0.002, top - 0.12), (middle + 0.002, top), (middle - 0.002, top)]
        )
    return blocks


def windows(canvas: Canvas, x: float, width: float, top: float, *, lit: float) -> list[list[Point]]:
    """The windows of a tower that have light."""
    columns = max(2, round(width / 0.016))
    step_x, step_y = width / (columns + 0.5), 0.022 * min(1.4, canvas.aspect)
    found = []
    for row in range(int((0.93 - top) / step_y) - 1):
        for column in range(columns):
            if canvas.chance.random() < lit:
                left, upper = x + step_x * (column + 0.4), top + step_y * (row + 0.7)
                right, lower = left + step_x * 0.55, upper + step_y * 0.5
                found.append([(left, upper), (right, upper), (right, lower), (left, lower)])
    return found


def waves(canvas: Canvas, horizon: float, x: float, spread: float, count: int) -> list[list[Point]]:
    """Thin lens-shaped strokes on water around `x`, longer and wider apart towards the reader."""
    chance = canvas.chance
    strokes = []
    for _ in range(count):
        depth = chance.random() ** 1.3
        y = horizon + 0.006 + (0.99 - horizon) * depth
        middle = x + chance.gauss(0, spread * (0.3 + 0.9 * depth))
        reach, thick = chance.uniform(0.008, 0.035) * (0.4 + 1.5 * depth), 0.0012 + 0.0042 * depth
        strokes.append([(middle - reach, y), (middle, y - thick), (middle + reach, y), (middle, y + thick)])
    return strokes


def crest(angle: float) -> float:
    """A wave with a slow and a steep side, -1…1."""
    return math.sin(angle + 0.45 * math.sin(angle))


def height_at(skyline: Sequence[Point], x: float) -> float:
    place = min(max(x, 0.0), 1.0) * (len(skyline) - 1)
    left = min(int(place), len(skyline) - 2)
    part = place - left
    return skyline[left][1] * (1 - part) + skyline[left + 1][1] * part


def place(
    canvas: Canvas, palette: Palette, figure: Figure | None, skyline: Sequence[Point], *, x: float | None = None
) -> None:
    """Stand a figure on a skyline, or let it float above."""
    if figure is None:
        return
    chance = canvas.chance
    at = chance.uniform(0.3, 0.7) if x is None else x
    shade = mixed(palette.near, (0, 0, 0), 0.3)
    if figure in FLOATING:
        figure(Spot(canvas, at, chance.uniform(0.38, 0.5), 0.24, shade, palette.light))
    else:
        figure(Spot(canvas, at, height_at(skyline, at) + 0.012, 0.23, shade, palette.light))
