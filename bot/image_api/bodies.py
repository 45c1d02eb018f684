"""A call as the fields and bodies that are sent. Pure, nothing here waits."""

from collections.abc import Mapping
from typing import Any

import orjson

from bot.image_api.call import Call
from bot.image_api.facts import ModelFacts
from bot.model import Endpoint

# Fields of a call whose names on the wire are ours, in the order of OpenAI's reference.
_SAME = (
    "size",
    "quality",
    "style",
    "background",
    "output_format",
    "output_compression",
    "moderation",
    "input_fidelity",
    "complexity",
    "partial_images",
    "frame_count",
    "frame_duration_ms",
    "svg",
    "response_format",
    "user",
    "safety_identifier",
)


def call_fields(call: Call, facts: ModelFacts) -> dict[str, Any]:
    """A call's fields besides its pictures: only what was asked for and the model knows, never null."""
    fields: dict[str, Any] = {
        "model": call.model,
        "prompt": None if call.endpoint is Endpoint.VARIATIONS else call.prompt,
        "n": call.count if call.count > 1 else None,
        "stream": call.is_streamed or None,
        **{name: getattr(call, name) for name in _SAME},
        **call.extra,
    }
    if call.response_format is None and "b64_json" in (facts.response_formats or ()):
        fields["response_format"] = "b64_json"  # where the default is a link
    return {name: value for name, value in fields.items() if value is not None}


def body(fields: Mapping[str, Any]) -> bytes:
    """The JSON body of a generation."""
    return orjson.dumps(dict(fields))
