"""Moderation on the wire: what is asked, and what the answer says. Pure, nothing here waits."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot.errors import BadAnswer


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which moderation categories were flagged, and on which kinds of input they were looked for (`text`, `image`)."""

    categories: tuple[str, ...]
    kinds: frozenset[str] = frozenset()
    flagged: bool = False


def moderation_body(words: str, jpeg: bytes | None, *, model: str) -> bytes:
    """Words, picture or both as one input, so that they are judged together."""
    parts: list[dict[str, Any]] = []
    if words:
        parts.append({"type": "text", "text": words})
    if jpeg is not None:
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return orjson.dumps({"model": model, "input": words if jpeg is None else parts})


def read_verdict(answer: object) -> Verdict:
    """All results of a moderation taken together.

    Raises:
        BadAnswer: anything but results that each say whether they are flagged.
    """
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or not results:
        raise BadAnswer(detail="a moderation without results")
    categories: dict[str, None] = {}
    kinds: set[str] = set()
    is_flagged = False
    for result in results:
        if not isinstance(result, Mapping) or not isinstance(result.get("flagged"), bool):
            raise BadAnswer(detail="a moderation that does not say whether it flagged anything")
        named = _flagged_names(result)
        categories |= dict.fromkeys(named)
        kinds |= _kinds(result, named)
        is_flagged = is_flagged or result["flagged"] or bool(named)
    return Verdict(tuple(categories), frozenset(kinds), is_flagged)


def _flagged_names(result: Mapping[str, Any]) -> list[str]:
    named = result.get("categories")
    return [name for name, value in named.items() if value is True] if isinstance(named, Mapping) else []


def _kinds(result: Mapping[str, Any], categories: list[str]) -> set[str]:
    applied = result.get("category_applied_input_types")
    if not isinstance(applied, Mapping):
        return set()
    lists = (applied.get(name) for name in categories)
    return {kind for kinds in lists if isinstance(kinds, list) for kind in kinds if isinstance(kind, str)}
