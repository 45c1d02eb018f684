"""Small figures that stand in a scene: a cat, a fox, a boat, a balloon, a house, a lighthouse, a rocket, a person."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.image_api.drawing.canvas import Canvas, Colour, Point, mixed


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a figure stands: its feet at (x, y) of the canvas, `height` a part of the shorter edge.

    Figures are drawn in their own measure: u to the right of the feet, v up from the ground, 1 being their height.
    """

    canvas: Canvas
    x: float
    y: float
    height: float
    shade: Colour
    light: Colour

    def at(self, u: float, v: float) -> Point:
        width_px, height_px = self.canvas.image.size
        unit = self.height * min(width_px, height_px)
        return self.x + u * unit / width_px, self.y - v * unit / height_px

    def draw(self, *outlines: Sequence[Point], tint: Colour | None = None) -> None:
        mask = self.canvas.polygons([[self.at(u, v) for u, v in outline] for outline in outlines])
        self.canvas.fill(mask, tint or self.shade)


Figure = Callable[[Spot], None]


def oval(u: float, v: float, reach_u: float, reach_v: float, *, turned: float = 0.0) -> list[Point]:
    """An ellipse as an outline; `turned` in degrees, anticlockwise."""
    cosine, sine = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    ring = [(reach_u * math.cos(i * math.tau / 36), reach_v * math.sin(i * math.tau / 36)) for i in range(36)]
    return [(u + a * cosine - b * sine, v + a * sine + b * cosine) for a, b in ring]


def stroke(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """A line as an outline that is `start` thick at first and `end` at last."""
    left, right = [], []
    for number, (u, v) in enumerate(points):
        before, after = points[max(0, number - 1)], points[min(len(points) - 1, number + 1)]
        length = math.hypot(after[0] - before[0], after[1] - before[1]) or 1.0
        thick = (start + (end - start) * number / (len(points) - 1)) / 2
        across = (-(after[1] - before[1]) / length * thick, (after[0] - before[0]) / length * thick)
        left.append((u + across[0], v + across[1]))
        right.append((u - across[0], v - across[1]))
    return left + right[::-1]


def cat(spot: Spot) -> None:
    """Sitting, seen from behind, tail to the side."""
    tail = [(0.16 + 0.34 * math.sin(i / 9 * 2.2), 0.06 + 0.42 * (i / 9) ** 1.6) for i in range(10)]
    spot.draw(
        oval(0, 0.28, 0.25, 0.3),
        oval(0, 0.5, 0.16, 0.24),
        oval(0, 0.76, 0.19, 0.16),
        [(-0.19, 0.78), (-0.17, 1.0), (-0.04, 0.88)],
        [(0.19, 0.78), (0.17, 1.0), (0.04, 0.88)],
        stroke(tail, 0.1, 0.05),
    )


def fox(spot: Spot) -> None:
    """Standing in profile, a bushy tail with a pale tip; passes for other four-legged animals at this size."""
    legs = [[(u, 0), (u + 0.07, 0), (u + 0.09, 0.4), (u - 0.02, 0.4)] for u in (-0.42, -0.28, 0.2, 0.33)]
    spot.draw(
        oval(0, 0.5, 0.46, 0.17),
        *legs,
        [(0.24, 0.5), (0.42, 0.88), (0.6, 0.72), (0.42, 0.4)],
        oval(0.5, 0.8, 0.16, 0.12),
        [(0.56, 0.86), (0.82, 0.74), (0.56, 0.7)],
        [(0.4, 0.85), (0.41, 1.04), (0.5, 0.9)],
        [(0.5, 0.88), (0.55, 1.04), (0.6, 0.86)],
        oval(-0.62, 0.5, 0.3, 0.1, turned=-28),
    )
    spot.draw(oval(-0.83, 0.61, 0.08, 0.055, turned=-28), tint=mixed(spot.shade, spot.light, 0.75))


def badger(spot: Spot) -> None:
    """Upright and facing the reader: striped head, white shirt front, bow tie."""
    white = (240, 238, 230)
    spot.draw(
        oval(0, 0.3, 0.3, 0.34),
        oval(0, 0.75, 0.23, 0.2),
        oval(-0.17, 0.92, 0.065, 0.065),
        oval(0.17, 0.92, 0.065, 0.065),
        oval(-0.28, 0.3, 0.08, 0.22, turned=-14),
        oval(0.28, 0.3, 0.08, 0.22, turned=14),
        oval(-0.14, 0.02, 0.12, 0.05),
        oval(0.14, 0.02, 0.12, 0.05),
    )
    spot.draw([(-0.11, 0.53), (0.11, 0.53), (0, 0.16)], tint=white)
    spot.draw(oval(0, 0.77, 0.065, 0.18), oval(-0.165, 0.72, 0.035, 0.13, turned=-12), tint=white)
    spot.draw(oval(0.165, 0.72, 0.035, 0.13, turned=12), oval(0, 0.64, 0.1, 0.075), tint=white)
    spot.draw(oval(-0.1, 0.79, 0.022, 0.026), oval(0.1, 0.79, 0.022, 0.026), tint=white)
    spot.draw(oval(0, 0.665, 0.042, 0.03), tint=(30, 26, 32))
    bow = [[(0, 0.525), (-0.11, 0.575), (-0.11, 0.475)], [(0, 0.525), (0.11, 0.575), (0.11, 0.475)]]
    spot.draw(*bow, tint=(196, 52, 62))


def sailboat(spot: Spot) -> None:
    pale = mixed(spot.light, (255, 255, 255), 0.4)
    spot.draw(
        [(-0.4, 0.16), (0.44, 0.16), (0.3, 0), (-0.28, 0)], [(-0.012, 0.1), (0.012, 0.1), (0.012, 1), (-0.012, 1)]
    )
    spot.draw([(0.03, 0.98), (0.03, 0.22), (0.38, 0.22)], tint=pale)
    spot.draw([(-0.03, 0.86), (-0.03, 0.22), (-0.3, 0.22)], tint=mixed(pale, spot.shade, 0.25))


def balloon(spot: Spot) -> None:
    """Striped, floating: its feet are the basket."""
    bright = (226, 88, 72)
    spot.draw([(-0.2, 0.4), (-0.06, 0.13), (0.06, 0.13), (0.2, 0.4)], oval(0, 0.66, 0.34, 0.34), tint=bright)
    for reach, tint in ((0.22, (250, 200, 96)), (0.09, (243, 238, 222))):
        neck = reach * 0.28
        spot.draw(
            oval(0, 0.66, reach, 0.335),
            [(-reach * 0.7, 0.4), (-neck, 0.14), (neck, 0.14), (reach * 0.7, 0.4)],
            tint=tint,
        )
        inner = reach * 0.72
        spot.draw(oval(0, 0.66, inner, 0.33), tint=bright if reach > 0.1 else tint)
    spot.draw(
        [(-0.07, 0.1), (0.07, 0.1), (0.055, 0), (-0.055, 0)],
        [(-0.055, 0.13), (-0.045, 0.13), (-0.06, 0.09)],
        tint=(84, 52, 40),
    )


def house(spot: Spot) -> None:
    """A cabin with light in its windows and a chimney."""
    spot.draw(
        [(-0.42, 0), (0.42, 0), (0.42, 0.48), (-0.42, 0.48)],
        [(-0.54, 0.46), (0.54, 0.46), (0, 0.95)],
        [(0.22, 0.6), (0.34, 0.6), (0.34, 0.98), (0.22, 0.98)],
    )
    for u in (-0.27, 0.13):
        spot.draw([(u, 0.16), (u + 0.15, 0.16), (u + 0.15, 0.36), (u, 0.36)], tint=(255, 214, 122))
    spot.canvas.glow(*spot.at(-0.2, 0.26), spot.height * 0.5, (255, 190, 90), strength=0.35)


def lighthouse(spot: Spot) -> None:
    spot.draw([(-0.62, -0.06), (-0.4, 0.04), (-0.2, 0.1), (0.18, 0.11), (0.42, 0.05), (0.66, -0.06)])
    spot.draw([(-0.13, 0.05), (0.13, 0.05), (0.085, 0.78), (-0.085, 0.78)], tint=(240, 236, 226))
    for low in (0.2, 0.48):
        spot.draw([(-0.12, low), (0.12, low), (0.105, low + 0.13), (-0.105, low + 0.13)], tint=(196, 70, 62))
    spot.draw([(-0.12, 0.78), (0.12, 0.78), (0.12, 0.81), (-0.12, 0.81)], tint=(60, 52, 66))
    spot.draw([(-0.1, 0.92), (0.1, 0.92), (0, 1.02)], tint=(196, 70, 62))
    spot.draw([(-0.06, 0.81), (0.06, 0.81), (0.06, 0.92), (-0.06, 0.92)], tint=(255, 226, 140))
    spot.canvas.glow(*spot.at(0, 0.86), spot.height * 0.9, (255, 220, 150), strength=0.7)


def rocket(spot: Spot) -> None:
    flame = [(-0.07, 0.16), (0.07, 0.16), (0, -0.22)]
    spot.canvas.glow(*spot.at(0, 0.02), spot.height * 0.7, (255, 170, 80), strength=0.8)
    spot.draw(flame, tint=(255, 190, 90))
    spot.draw([(-0.14, 0.2), (-0.26, 0.1), (-0.13, 0.42)], [(0.14, 0.2), (0.26, 0.1), (0.13, 0.42)], tint=(206, 74, 66))
    spot.draw(oval(0, 0.56, 0.16, 0.44), tint=(236, 236, 240))
    spot.draw([(-0.13, 0.82), (0.13, 0.82), (0.05, 0.97), (0, 1.02), (-0.05, 0.97)], tint=(206, 74, 66))
    spot.draw(oval(0, 0.64, 0.075, 0.075), tint=(70, 110, 150))


def person(spot: Spot) -> None:
    """A wanderer with a coat."""
    spot.draw(
        oval(0, 0.9, 0.075, 0.1),
        [(-0.08, 0.8), (0.08, 0.8), (0.17, 0.28), (-0.17, 0.28)],
        [(-0.1, 0.3), (-0.02, 0.3), (-0.04, 0), (-0.12, 0)],
        [(0.02, 0.3), (0.1, 0.3), (0.12, 0), (0.04, 0)],
        [(0.16, 0.55), (0.19, 0.55), (0.27, 0), (0.24, 0)],
    )


FIGURE_WORDS: Mapping[str, Figure] = (
    dict.fromkeys(("cat", "cats", "kitten", "kitty"), cat)
    | dict.fromkeys(("fox", "dog", "wolf", "puppy", "animal", "horse", "deer", "bear", "sloth"), fox)
    | dict.fromkeys(("badger", "badgers", "tuxedo", "panda"), badger)
    | dict.fromkeys(("boat", "ship", "sailboat", "sailing", "yacht", "pirate"), sailboat)
    | dict.fromkeys(("balloon", "balloons", "airship"), balloon)
    | dict.fromkeys(("house", "cabin", "cottage", "home", "hut", "castle", "village"), house)
    | dict.fromkeys(("lighthouse", "tower"), lighthouse)
    | dict.fromkeys(("rocket", "spaceship", "shuttle", "robot"), rocket)
    | dict.fromkeys(("man", "woman", "person", "girl", "boy", "wizard", "knight", "astronaut", "traveller"), person)
)
FLOATING = frozenset({balloon, rocket})


def named_figure(words: Sequence[str]) -> Figure | None:
    """The first figure that the words name."""
    return next((FIGURE_WORDS[word] for word in words if word in FIGURE_WORDS), None)
