"""How services want a size said. Sizes are `1536x1024`, `auto`, or already in the service's own words."""

import re
from collections.abc import Callable, Mapping
from math import log
from typing import Any

_PIXELS = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
# xAI: Image generation, `aspect_ratio`.
_RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9", "1:2", "2:1")
# A picture with more pixels than this is asked for at `2k` instead of the service's `1k`.
_LARGE_PIXELS = 1536 * 1024


def said(size: str, form: str) -> Mapping[str, Any]:
    """The fields that say a size; none where the service shall choose and knows no word for it."""
    return _FORMS[form](size)


def can_say(size: str, form: str) -> bool:
    """Whether this form has words for a size. `auto` is left out where there is none for it: the service chooses."""
    return form != "edges" or size == "auto" or _edges(size) is not None


def _as_text(size: str) -> Mapping[str, Any]:
    return {"size": size}


def _as_object(size: str) -> Mapping[str, Any]:
    edges = _edges(size)
    return {"size": {"width": edges[0], "height": edges[1]} if edges else size}


def _as_edges(size: str) -> Mapping[str, Any]:
    edges = _edges(size)
    return {"width": edges[0], "height": edges[1]} if edges else {}


def _as_ratio(size: str) -> Mapping[str, Any]:
    edges = _edges(size)
    return {"size": _nearest(*edges) if edges else size}


def _as_ratio_and_resolution(size: str) -> Mapping[str, Any]:
    edges = _edges(size)
    is_large = edges is not None and edges[0] * edges[1] > _LARGE_PIXELS
    return {**_as_ratio(size), **({"resolution": "2k"} if is_large else {})}


def _edges(size: str) -> tuple[int, int] | None:
    match = _PIXELS.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else None


def _nearest(width_px: int, height_px: int) -> str:
    return min(_RATIOS, key=lambda ratio: abs(log(width_px / height_px) - log(_value(ratio))))


def _value(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return float(width) / float(height)


_FORMS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "text": _as_text,
    "object": _as_object,
    "edges": _as_edges,
    "ratio": _as_ratio,
    "ratio_and_resolution": _as_ratio_and_resolution,
}
