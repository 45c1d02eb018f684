"""Whole scenes: mountains, a sea, a forest, a city, dunes and space, each different with every throw of the dice."""

import math
import random
from collections.abc import Callable, Sequence

from PIL import ImageChops

from sandbox.image_api.drawing.canvas import Canvas, Point, ground, mixed, ridge
from sandbox.image_api.drawing.figures import FLOATING, Figure, Spot, balloon, fox, house, rocket, sailboat
from sandbox.image_api.drawing.palettes import Palette
from sandbox.image_api.drawing.scenery import crest, fir, heavens, height_at, place, tower, trees, waves, windows

Scene = Callable[[Canvas, Palette, Figure | None], None]


def mountains(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """Ridges that grow darker as they come nearer, mist between them."""
    chance = canvas.chance
    heavens(canvas, palette, light_height=chance.uniform(0.18, 0.4))
    layers = chance.randint(4, 6)
    skyline: Sequence[Point] = ()
    for layer in range(layers):
        part = layer / (layers - 1)
        base = 0.5 + 0.38 * part + chance.uniform(-0.02, 0.02)
        skyline = ridge(chance, base, 0.34 * (1 - part) + 0.1, roughness=0.5 + 0.06 * (1 - part))
        shade = mixed(palette.far, palette.near, part**1.2)
        canvas.fill(canvas.polygons([ground(skyline)]), shade, mixed(shade, palette.horizon, 0.45 * (1 - part)))
    trees(canvas, palette, skyline)
    place(canvas, palette, figure or chance.choice((balloon, None, house)), skyline)


def sea(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """A low sun over water, its light broken by the waves."""
    chance = canvas.chance
    horizon = chance.uniform(0.5, 0.6)
    light_x = heavens(canvas, palette, light_height=chance.uniform(0.2, horizon - 0.06), until=horizon)
    far = ridge(chance, horizon - 0.015, 0.09, roughness=0.55)
    coast = [(x, min(y, horizon)) for x, y in far]
    canvas.fill(canvas.polygons([[*coast, (1, horizon), (0, horizon)]]), mixed(palette.far, palette.horizon, 0.35))
    water = canvas.polygons([[(0, horizon), (1, horizon), (1, 1.01), (0, 1.01)]])
    canvas.fill(water, mixed(palette.horizon, palette.middle, 0.45), mixed(palette.near, palette.top, 0.5))
    canvas.fill(
        canvas.polygons(waves(canvas, horizon, 0.5, 0.8, 90)), mixed(palette.near, palette.top, 0.4), opacity=0.28
    )
    canvas.fill(canvas.polygons(waves(canvas, horizon, light_x, 0.1, 150)), palette.light, opacity=0.75)
    spot = Spot(canvas, chance.uniform(0.2, 0.8), chance.uniform(horizon + 0.1, 0.78), 0.3, palette.near, palette.light)
    shown = figure or sailboat
    if shown in FLOATING:
        spot = Spot(canvas, spot.x, chance.uniform(0.3, horizon - 0.02), 0.3, palette.near, palette.light)
    shown(spot)


def forest(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """Rows of firs that vanish in the mist."""
    chance = canvas.chance
    heavens(canvas, palette, light_height=chance.uniform(0.15, 0.3))
    skyline: Sequence[Point] = ()
    for layer in range(5):
        part = layer / 4
        skyline = ridge(chance, 0.5 + 0.36 * part, 0.1, roughness=0.4, steps=5)
        shade = mixed(palette.far, palette.near, part)
        size = 0.1 + 0.22 * part
        firs = [
            fir(canvas, x, height_at(skyline, x) + 0.02, size * chance.uniform(0.6, 1.15))
            for x in (chance.uniform(-0.02, 1.02) for _ in range(round(46 - 30 * part)))
            if layer < 4 or abs(x - 0.5) > 0.2
        ]
        canvas.fill(canvas.polygons([ground(skyline), *(outline for fir in firs for outline in fir)]), shade)
        canvas.mist(0.42 + 0.36 * part, 0.62 + 0.36 * part, palette.horizon, opacity=0.34 * (1 - part))
    place(canvas, palette, figure or chance.choice((fox, house)), skyline, x=chance.uniform(0.42, 0.58))


def city(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """Towers in three rows with light in their windows."""
    chance = canvas.chance
    heavens(canvas, palette, light_height=chance.uniform(0.14, 0.34))
    for row in range(3):
        part = row / 2
        shade = mixed(palette.far, palette.near, 0.2 + 0.8 * part)
        towers, lights = [], []
        x = -0.03
        while x < 1.02:
            width = chance.uniform(0.05, 0.11) * (0.7 + 0.5 * part)
            top = 0.84 - chance.uniform(0.12, 0.52) * (1 - 0.35 * part) - 0.05 * (1 - part)
            towers += tower(canvas, x, width, top)
            lights += windows(canvas, x, width, top, lit=0.2 + 0.25 * palette.is_night)
            x += width * chance.uniform(0.92, 1.25)
        canvas.fill(canvas.polygons(towers), shade, mixed(shade, palette.horizon, 0.35 * (1 - part)))
        canvas.fill(canvas.polygons(lights), (255, 221, 150), opacity=0.35 + 0.5 * part)
        canvas.mist(0.6, 1.0, palette.horizon, opacity=0.3 * (1 - part))
    street = [(0.0, 0.93), (1.0, 0.93)]
    canvas.fill(canvas.polygons([ground(street)]), mixed(palette.near, (0, 0, 0), 0.35))
    if figure is not None:
        place(canvas, palette, figure, street)


def dunes(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """Slow waves of sand, one side in the light."""
    chance = canvas.chance
    heavens(canvas, palette, light_height=chance.uniform(0.18, 0.42))
    sand = mixed(palette.horizon, (226, 168, 104), 0.65)
    skyline: Sequence[Point] = ()
    for layer in range(5):
        part = layer / 4
        phase, waves = chance.uniform(0, math.tau), chance.uniform(0.7, 1.6)
        base, swing = 0.56 + 0.3 * part, 0.05 + 0.03 * part
        skyline = [(i / 80, base + swing * crest(i / 80 * waves * math.tau + phase)) for i in range(81)]
        lit = mixed(sand, palette.near, 0.12 + 0.3 * part)
        canvas.fill(canvas.polygons([ground(skyline)]), mixed(lit, palette.light, 0.25), mixed(lit, palette.near, 0.35))
        lee = [(x, y + 1.5 * swing * max(0.0, math.cos(x * waves * math.tau + phase)) ** 2) for x, y in skyline]
        canvas.fill(canvas.polygons([[*skyline, *reversed(lee)]]), mixed(lit, palette.near, 0.45), lit, opacity=0.8)
    place(canvas, palette, figure or balloon, skyline)


def space(canvas: Canvas, palette: Palette, figure: Figure | None) -> None:
    """A planet with its night side, rings, and clouds of light."""
    chance = canvas.chance
    canvas.sky(mixed(palette.top, (2, 2, 12), 0.8), mixed(palette.top, (8, 6, 30), 0.6), (6, 5, 22))
    for tint in (palette.middle, palette.far, palette.horizon):
        canvas.glow(chance.random(), chance.random(), chance.uniform(0.5, 0.9), tint, strength=0.4)
    canvas.stars(420, lowest=1.0)
    x, y, size = chance.uniform(0.35, 0.65), chance.uniform(0.4, 0.55), chance.uniform(0.2, 0.3)
    canvas.glow(x, y, size * 2.2, palette.horizon, strength=0.35)
    body = canvas.discs([(x, y, size)])
    canvas.fill(body, mixed(palette.horizon, palette.middle, 0.3), palette.far)
    for _ in range(7):
        band = y + chance.uniform(-0.9, 0.9) * size
        stripe = canvas.polygons(
            [[(0, band), (1, band - 0.03), (1, band - 0.01), (0, band + chance.uniform(0.01, 0.03))]]
        )
        canvas.fill(ImageChops.multiply(body, stripe), chance.choice((palette.light, palette.near)), opacity=0.16)
    shadow = canvas.discs([(x - size * 0.55, y - size * 0.5, size * 1.25)])
    canvas.fill(ImageChops.subtract(body, shadow), (3, 3, 14), opacity=0.8)
    canvas.fill(canvas.discs([(chance.uniform(0.08, 0.9), chance.uniform(0.08, 0.25), size * 0.16)]), palette.light)
    soil = ridge(chance, 0.88, 0.12, roughness=0.45)
    canvas.fill(canvas.polygons([ground(soil)]), mixed(palette.far, palette.near, 0.55), palette.near)
    place(canvas, palette, figure or rocket, soil, x=chance.choice((0.2, 0.8)))


SCENES: dict[str, Scene] = {
    "mountains": mountains,
    "sea": sea,
    "forest": forest,
    "city": city,
    "dunes": dunes,
    "space": space,
}
SCENE_WORDS = {
    "space": ("space", "planet", "galaxy", "astronaut", "rocket", "alien", "universe", "cosmic", "saturn", "spaceship"),
    "city": ("city", "town", "street", "neon", "cyberpunk", "skyscraper", "skyline", "tokyo", "paris", "urban"),
    "sea": (
        "sea",
        "ocean",
        "boat",
        "ship",
        "beach",
        "lake",
        "water",
        "whale",
        "island",
        "lighthouse",
        "harbour",
        "fish",
    ),
    "forest": ("forest", "tree", "trees", "wood", "woods", "jungle", "fox", "deer", "bear", "badger", "wolf"),
    "dunes": ("desert", "dune", "dunes", "camel", "egypt", "mars", "sand", "pyramid"),
    "mountains": ("mountain", "mountains", "alps", "peak", "valley", "dragon", "castle", "hill", "cat", "balloon"),
}


def scene_for(words: set[str], chance: random.Random) -> Scene:
    """The scene that the words name, else one by chance."""
    named = [scene for scene, names in SCENE_WORDS.items() if words.intersection(names)]
    return SCENES[named[0] if named else chance.choice(list(SCENES))]
