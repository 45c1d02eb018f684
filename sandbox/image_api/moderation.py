"""Verdicts on words and pictures, in the form of OpenAI's moderations endpoint.

Words are flagged when they hold a flagged word. A picture is flagged when its top left corner (an eighth of
its width and height) has the colour of a category in MARKERS: that survives scaling and JPEG, so a marked
picture can be sent through a whole bot.
"""

import hashlib
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageStat

SCORED_IN_PICTURES = frozenset(
    {"self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "violence", "violence/graphic"}
)
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
DEFAULT_CATEGORY = "violence"
MARKERS = {"sexual": (255, 0, 255), "violence": (0, 255, 255)}
CORNER_PART = 8
COLOUR_TOLERANCE = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was flagged, and in which kinds of input it could have been."""

    text: frozenset[str] = frozenset()
    image: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset({"text"})
    about: str = ""

    @property
    def result(self) -> dict[str, object]:
        """One item of `results` with OpenAI's 13 categories."""
        flagged = self.text | self.image
        return {
            "flagged": bool(flagged),
            "categories": {name: name in flagged for name in CATEGORIES},
            "category_scores": {name: self._score(name, flagged=name in flagged) for name in CATEGORIES},
            "category_applied_input_types": {name: self._applied(name) for name in CATEGORIES},
        }

    def _score(self, category: str, *, flagged: bool) -> float:
        """0…1: high where flagged, else a small number that depends on the input alone."""
        noise = int.from_bytes(hashlib.sha256(f"{category}|{self.about}".encode()).digest()[:2]) / 65535
        return round(0.93 + noise * 0.06, 6) if flagged else round(noise * 0.004, 6)

    def _applied(self, category: str) -> list[str]:
        kinds = ["text"] if "text" in self.kinds else []
        if "image" in self.kinds and category in SCORED_IN_PICTURES:
            kinds.append("image")
        return kinds


def flagged_categories(text: str, words: Mapping[str, str] | Collection[str]) -> frozenset[str]:
    """The categories of the words that `text` holds, whole and in any case.

    `words` maps words to categories; words without one count as DEFAULT_CATEGORY.
    """
    categories = words if isinstance(words, Mapping) else dict.fromkeys(words, DEFAULT_CATEGORY)
    folded = text.casefold()
    return frozenset(
        category
        for word, category in categories.items()
        if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", folded)
    )


def judge(texts: Iterable[str], pictures: Iterable[Path], words: Mapping[str, str] | Collection[str]) -> Verdict:
    """One verdict on words and pictures together. Opens files: run it on a thread when there are pictures."""
    texts, pictures = list(texts), list(pictures)
    return Verdict(
        text=frozenset().union(*(flagged_categories(text, words) for text in texts)),
        image=frozenset().union(*(marked_categories(picture) for picture in pictures)),
        kinds=frozenset({"text"} if texts else ()) | frozenset({"image"} if pictures else ()),
        about="|".join(texts),
    )


def marked_categories(picture: Path) -> frozenset[str]:
    with Image.open(picture) as image:
        corner = image.convert("RGB").crop(
            (0, 0, max(1, image.width // CORNER_PART), max(1, image.height // CORNER_PART))
        )
    colour = ImageStat.Stat(corner).median
    return frozenset(
        category
        for category, marker in MARKERS.items()
        if all(abs(seen - wanted) <= COLOUR_TOLERANCE for seen, wanted in zip(colour, marker, strict=True))
    )


def marked_picture(category: str, *, edge_px: int = 256) -> bytes:
    """A PNG that this service flags with `category`, a key of MARKERS."""
    image = Image.new("RGB", (edge_px, edge_px), (90, 110, 130))
    corner_px = edge_px // CORNER_PART
    ImageDraw.Draw(image).rectangle((0, 0, corner_px - 1, corner_px - 1), fill=MARKERS[category])
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
