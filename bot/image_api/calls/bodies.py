"""A call in the words of its service and model: the fields and bodies that are sent. Pure, nothing here waits.

A field is sent when it was set, and never as null: some services fail on null.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot.image_api.call import OPTIONS, Call, Upload
from bot.image_api.calls.sizes import said
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.dialects.dialect import Dialect, Route
from bot.model import Endpoint

_STREAMING = ("stream", "partial_images")
# Stands for a picture in a JSON body that is not written yet. No byte of JSON looks like it: control characters
# within strings are escaped.
_PLACE = b"\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What goes to a route: JSON, or JSON in parts where pictures are in it, or a form with its files."""

    route: Route
    json: bytes | None = None
    parts: tuple[bytes | Upload, ...] = ()
    form: Mapping[str, str] | None = None
    uploads: tuple[tuple[str, Upload], ...] = ()


def body_of(call: Call, fields: Mapping[str, Any], facts: ModelFacts, dialect: Dialect) -> Body:
    """The body of a call with these fields (see `call_fields`) and its pictures, and where it goes."""
    route = Route(call.endpoint)
    if route is Route.GENERATIONS:
        return Body(route=route, json=orjson.dumps(dict(fields)))
    if "image" in facts.names and route is Route.EDITS:
        return Body(route=Route.GENERATIONS, parts=_parts({**fields, facts.names["image"]: _one_or_all(call)}))
    if dialect.edit_pictures is not None and route is Route.EDITS and goes_as_json(call, dialect):
        return Body(route=route, parts=_parts({**fields, **dialect.edit_pictures(call.sources, call.mask)}))
    return Body(route=route, form=dict(_texts(fields)), uploads=tuple(_uploads(call, dialect)))


def call_fields(call: Call, facts: ModelFacts, dialect: Dialect) -> dict[str, Any]:
    """A call's fields besides its pictures, under the names they have there: what was set and is known there."""
    ours: dict[str, Any] = {
        "model": call.model if dialect.sends_model else None,
        "prompt": None if call.endpoint is Endpoint.VARIATIONS else _prompt(call, dialect),
        "n": call.count if call.count > 1 else None,
        "stream": call.is_streamed or None,
        **{name: getattr(call, name) for name in OPTIONS},
    }
    if ours["response_format"] is None and _must_ask_for_base64(facts, dialect):
        ours["response_format"] = "b64_json"
    if ours["response_format"] == "b64_json":
        ours["response_format"] = dialect.base64_word
    size = ours.pop("size")
    kept = {name: value for name, value in ours.items() if value is not None and _is_known(name, dialect)}
    if size is not None and dialect.knows("size"):
        kept |= said(size, facts.size_form if dialect.size_form == "text" else dialect.size_form)
    names = {**dialect.names, **facts.names}
    named = {names.get(name, name): value for name, value in kept.items()}
    return named | {name: value for name, value in call.extra.items() if value is not None}


def _prompt(call: Call, dialect: Dialect) -> str:
    prompt = call.prompt
    for words in dialect.never_in_prompt:
        prompt = prompt.replace(words, " ")  # the blank keeps what is left from becoming such words anew
    return prompt


def _must_ask_for_base64(facts: ModelFacts, dialect: Dialect) -> bool:
    """Where the default is a link."""
    if facts.response_formats is None:
        return dialect.asks_for_base64
    return "b64_json" in facts.response_formats


def _is_known(name: str, dialect: Dialect) -> bool:
    return dialect.knows(name) and (dialect.streams or name not in _STREAMING)


def goes_as_json(call: Call, dialect: Dialect) -> bool:
    """Forms are the rule; JSON where there are no forms, or where a form does not know what was asked for."""
    needs_json = any(getattr(call, name) is not None for name in dialect.json_only)
    return not dialect.edits_as_form or (needs_json and call.markup is None)


def _one_or_all(call: Call) -> object:
    return call.sources[0] if len(call.sources) == 1 else list(call.sources)


def _parts(fields: Mapping[str, Any]) -> tuple[bytes | Upload, ...]:
    """A JSON text in parts, a file in the place of each picture."""
    pictures: list[Upload] = []

    def place(picture: Upload) -> orjson.Fragment:
        pictures.append(picture)
        return orjson.Fragment(b'"' + _PLACE + b'"')

    text = orjson.dumps(dict(fields), default=place, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    first, *others = text.split(_PLACE)
    parts: list[bytes | Upload] = [first]
    for picture, rest in zip(pictures, others, strict=True):
        parts += (picture, rest)
    return tuple(parts)


def _texts(fields: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Fields of a form, as OpenAI's own library writes them: `true` and `false`, and objects as `svg[model]`."""
    for name, value in fields.items():
        key = f"{within}[{name}]" if within else name
        if isinstance(value, Mapping):
            yield from _texts(value, key)
        elif isinstance(value, bool):
            yield key, "true" if value else "false"
        else:
            yield key, str(value)


def _uploads(call: Call, dialect: Dialect) -> Iterator[tuple[str, Upload]]:
    field = dialect.list_field if len(call.sources) > 1 else dialect.source_field
    yield from ((field, source) for source in call.sources)
    if call.mask is not None:
        yield "mask", call.mask
    if call.markup is not None:
        yield "markup", call.markup
