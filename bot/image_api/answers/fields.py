"""Answers read in all their forms: lists of models, and what stands around the pictures. Pure, nothing here waits."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson

from bot.errors import BadAnswer
from bot.image_api.answers.cutter import LISTS
from bot.image_api.catalogue.catalogue import ListedModel
from bot.image_api.events import Usage

# No call comes near it. More is nonsense, and the books could not hold it.
TOKENS_MAX = 100_000_000


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


def picture_links(answer: object) -> Iterator[str]:
    """The links of pictures that did not come inside the answer."""
    for entry in entries(answer):
        if True not in (entry.get("b64_json"), entry.get("image_base64")):
            link = entry.get("url")
            if isinstance(link, str) and link:
                yield link


def entries(answer: object) -> Iterator[Mapping[str, Any]]:
    """The objects that hold a picture each, or its link, in the lists of all services."""
    for place in LISTS:
        found: Any = answer
        for key in place[:-1]:
            found = found.get(key) if isinstance(found, Mapping) else None
        yield from (entry for entry in found if isinstance(entry, Mapping)) if isinstance(found, list) else ()


def usage_in(answer: object) -> Usage | None:
    """The tokens that were counted (OpenAI: Image object, `usage`); None where there is no such block.

    One that does not say what came out counts nothing that a picture costs, as where a gateway counts by other names.
    Where the details are missing, what came in counts as words and what came out as picture.
    """
    block = answer.get("usage") if isinstance(answer, Mapping) else None
    if not isinstance(block, Mapping) or not _count(block, "total_tokens") or not _count(block, "output_tokens"):
        return None
    tokens_in, tokens_out = _details(block, "input_tokens"), _details(block, "output_tokens")
    image_in, text_out = _count(tokens_in, "image_tokens"), _count(tokens_out, "text_tokens")
    return Usage(
        text_in=max(0, _count(block, "input_tokens") - image_in),
        image_in=image_in,
        text_out=text_out,
        image_out=max(0, _count(block, "output_tokens") - text_out),
    )


def _details(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    details = block.get(f"{name}_details")
    return details if isinstance(details, Mapping) else {}


def _count(block: Mapping[str, Any], name: str) -> int:
    value = block.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= TOKENS_MAX else 0


def revised_prompt_in(answer: object) -> str | None:
    """The words that were really painted, where the service changed them (dall-e-3); in a stream at the event's top."""
    for entry in (*entries(answer), *((answer,) if isinstance(answer, Mapping) else ())):
        revised = entry.get("revised_prompt")
        if isinstance(revised, str) and revised:
            return revised
    return None
