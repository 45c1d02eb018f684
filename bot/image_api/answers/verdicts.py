"""Moderation on the wire: what is asked, and what the answer says. Pure, nothing here waits."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import orjson

from bot.errors import BadAnswer
from bot.image_api.answers.media_types import media_type_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a service says of one input.

    `categories` were flagged, `scores` (0 to 1) are of all categories that have one, and `looked_in` tells by category
    in which kinds of input (`text`, `image`) it was looked for. `is_unnamed`: flagged without any category.
    """

    categories: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    looked_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_unnamed: bool = False

    @property
    def flagged(self) -> bool:
        return bool(self.categories) or self.is_unnamed


def moderation_body(words: str | Sequence[str], pictures: Sequence[bytes], *, model: str) -> bytes:
    """One text, or a list of texts that are judged one by one, or, with pictures, all as one input."""
    if not pictures:
        return orjson.dumps({"model": model, "input": words if isinstance(words, str) else list(words)})
    texts = [words] if isinstance(words, str) else words
    parts: list[dict[str, Any]] = [{"type": "text", "text": text} for text in texts if text]
    parts += [{"type": "image_url", "image_url": {"url": _data_url(picture)}} for picture in pictures]
    return orjson.dumps({"model": model, "input": parts})


def _data_url(picture: bytes) -> str:
    return f"data:{media_type_of(picture[:64]) or 'image/jpeg'};base64,{base64.b64encode(picture).decode()}"


def read_verdicts(answer: object, count: int) -> tuple[Verdict, ...]:
    """The verdicts on `count` inputs, in their order.

    Which results a list of inputs gets is not promised anywhere: where there are not as many as inputs, each input gets
    all of them together.

    Raises:
        BadAnswer: anything but results that each say what they flagged.
    """
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or not results:
        raise BadAnswer(detail="a moderation without results")
    verdicts = tuple(_verdict(result) for result in results)
    return verdicts if len(verdicts) == count else (together(verdicts),) * count


def _verdict(result: object) -> Verdict:
    if not isinstance(result, Mapping) or not isinstance(result.get("flagged"), bool):
        raise BadAnswer(detail="a moderation that does not say whether it flagged anything")
    categories = tuple(_flagged_names(result))
    return Verdict(
        categories=categories,
        scores=dict(_scores(result)),
        looked_in=dict(_looked_in(result)),
        is_unnamed=result["flagged"] and not categories,
    )


def _flagged_names(result: Mapping[str, Any]) -> Iterator[str]:
    """Missing and null say nothing (`illicit` may be either); what is neither yes nor no makes no sense."""
    for name, value in _object(result, "categories").items():
        if value is True:
            yield name
        elif value is not False and value is not None:
            raise BadAnswer(detail="a moderation category that is neither true nor false")


def _scores(result: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Scores that are numbers; without one a category stays as it was flagged."""
    for name, value in _object(result, "category_scores").items():
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            yield name, float(value)


def _looked_in(result: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    applied = result.get("category_applied_input_types")
    for name, kinds in applied.items() if isinstance(applied, Mapping) else ():
        if isinstance(kinds, list):
            yield name, frozenset(kind for kind in kinds if isinstance(kind, str))


def _object(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = result.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise BadAnswer(detail=f"a moderation whose {name} are no object")
    return value or {}


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """All of them as one: the strictest of each."""
    scores: dict[str, float] = {}
    looked_in: dict[str, frozenset[str]] = {}
    for verdict in verdicts:
        scores |= {name: max(score, scores.get(name, score)) for name, score in verdict.scores.items()}
        looked_in |= {name: kinds | looked_in.get(name, frozenset()) for name, kinds in verdict.looked_in.items()}
    return Verdict(
        categories=tuple(dict.fromkeys(name for verdict in verdicts for name in verdict.categories)),
        scores=scores,
        looked_in=looked_in,
        is_unnamed=any(verdict.is_unnamed for verdict in verdicts),
    )
