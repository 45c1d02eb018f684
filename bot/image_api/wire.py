"""Requests as bodies, bodies as answers: pure, nothing here waits."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from bot.errors import BadAnswer
from bot.image_api.catalogue import ListedModel
from bot.image_api.plan import Call
from bot.model import Endpoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which moderation categories were flagged, and on which kinds of input they were looked for (`text`, `image`)."""

    categories: tuple[str, ...]
    kinds: frozenset[str] = frozenset()
    flagged: bool = False


def call_fields(call: Call) -> dict[str, str | int]:
    """A call's fields besides its picture: only what was asked for and the model knows, never null."""
    fields: dict[str, str | int | None] = {
        "model": call.model,
        "prompt": None if call.endpoint is Endpoint.VARIATIONS else call.prompt,
        "n": call.count if call.count > 1 else None,
        "size": call.size,
        "quality": call.quality,
        "response_format": "b64_json" if call.names_response_format else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def call_body(call: Call) -> bytes:
    """The JSON body of a generation."""
    return orjson.dumps(call_fields(call))


def moderation_body(words: str, jpeg: bytes | None, *, model: str) -> bytes:
    """Words, picture or both as one input, so that they are judged together."""
    parts: list[dict[str, Any]] = []
    if words:
        parts.append({"type": "text", "text": words})
    if jpeg is not None:
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return orjson.dumps({"model": model, "input": words if jpeg is None else parts})


def read_json(body: bytes) -> object:
    """
    Raises:
        BadAnswer: not JSON.
    """
    try:
        answer: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(detail=f"not JSON, {len(body)} bytes") from error
    return answer


def read_listing(answer: object) -> list[ListedModel]:
    """The models in `{"data": […]}` or a bare list, each once, in the service's order.

    Raises:
        BadAnswer: no list.
    """
    entries = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(entries, list):
        raise BadAnswer(detail="a model list without a list")
    models = {model.id: model for model in map(_listed, entries) if model is not None}
    return list(models.values())


def read_model(answer: object) -> ListedModel:
    """
    Raises:
        BadAnswer: no model.
    """
    entry = answer.get("data", answer) if isinstance(answer, Mapping) else answer
    model = _listed(entry)
    if model is None:
        raise BadAnswer(detail="a model without an id")
    return model


def _listed(entry: object) -> ListedModel | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str) or not entry["id"]:
        return None
    try:
        retires_on = date.fromisoformat(entry["shutdown_date"])
    except (KeyError, TypeError, ValueError):
        retires_on = None
    return ListedModel(entry["id"], retires_on)


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


def picture_links(answer: object) -> Iterator[str]:
    """The links of pictures that did not come inside the answer."""
    entries = answer.get("data") if isinstance(answer, Mapping) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and entry.get("b64_json") is not True:
            link = entry.get("url")
            if isinstance(link, str) and link:
                yield link
