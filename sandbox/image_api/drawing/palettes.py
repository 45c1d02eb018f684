"""Colours of a scene, from the mood of the words or by chance."""

import random
from dataclasses import dataclass

from sandbox.image_api.drawing.canvas import Colour, colour


@dataclass(frozen=True, slots=True)
class Palette:
    """Sky from top to horizon, the light (sun or moon), the farthest land and the nearest."""

    top: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour
    is_night: bool = False


def _palette(*names: str, is_night: bool = False) -> Palette:
    top, middle, horizon, light, far, near = (colour(name) for name in names)
    return Palette(top, middle, horizon, light, far, near, is_night)


MOODS = {
    "dusk": (
        _palette("#2b2d6e", "#b4567f", "#ffc27a", "#fff1c9", "#a0567c", "#231a3a"),
        _palette("#3a1c5a", "#d2556a", "#ffb25e", "#ffe9b8", "#b14a68", "#2a1433"),
        _palette("#16405f", "#e07a5f", "#ffd9a0", "#fff4d6", "#8d5a6b", "#172433"),
    ),
    "dawn": (
        _palette("#6fa8dc", "#f5c6d6", "#ffe8cf", "#fffbe9", "#b59cc4", "#3b4a6b"),
        _palette("#8ec5d6", "#f7d9c4", "#fff1dc", "#fffdf0", "#a9b9c9", "#36505c"),
    ),
    "day": (
        _palette("#2f7fc8", "#84c1ea", "#e5f4fb", "#fffde8", "#8fb4c9", "#1f5a4a"),
        _palette("#3a8fb7", "#9fd6d2", "#f6f3df", "#fffdf0", "#86b8a8", "#2c5b45"),
    ),
    "night": (
        _palette("#070b24", "#1b2a5c", "#4b5f9e", "#f4f1dc", "#34467f", "#060a1c", is_night=True),
        _palette("#0a1029", "#20355f", "#3f7d8c", "#e9f5ef", "#2a5068", "#050d18", is_night=True),
        _palette("#140a2e", "#3c2169", "#8a4b93", "#ffe9d6", "#4d2f78", "#0d0720", is_night=True),
    ),
    "cold": (
        _palette("#5b8fb9", "#b6d6e6", "#f4fafc", "#ffffff", "#a9c3d6", "#4a6a86"),
        _palette("#7f95b8", "#cdd8e8", "#fbf4ee", "#ffffff", "#b3bfd3", "#3f5573"),
    ),
    "autumn": (
        _palette("#7a8fa6", "#e3c39a", "#fbe3b5", "#fff6da", "#c98b5b", "#5a2c1c"),
        _palette("#4d6a7a", "#d9a566", "#ffdf9e", "#fff3cf", "#b06a3a", "#3c2117"),
    ),
}
MOOD_WORDS = {
    "night": (
        "night",
        "midnight",
        "moon",
        "moonlight",
        "dark",
        "stars",
        "starry",
        "neon",
        "cyberpunk",
        "space",
        "galaxy",
    ),
    "cold": ("snow", "snowy", "winter", "ice", "icy", "frozen", "arctic", "cold", "polar"),
    "dusk": ("sunset", "dusk", "evening", "twilight", "fire", "volcano", "golden"),
    "dawn": ("dawn", "sunrise", "morning", "spring", "blossom", "pink", "pastel", "mist", "misty", "fog"),
    "autumn": ("autumn", "fall", "october", "harvest", "orange"),
    "day": ("day", "noon", "summer", "sunny", "blue", "green", "beach"),
}


def palette_for(words: set[str], chance: random.Random) -> Palette:
    """The mood that the words name, else any; within a mood, pictures differ."""
    named = [mood for mood, names in MOOD_WORDS.items() if words.intersection(names)]
    mood = named[0] if named else chance.choice(["dusk", "dusk", "dawn", "day", "night", "cold", "autumn"])
    return chance.choice(MOODS[mood])
