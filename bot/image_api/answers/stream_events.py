"""What the events of a streamed answer mean. Pure, nothing here waits.

Sources: OpenAI's API reference, Image streaming, whose four events these are; vLLM-Omni, entrypoints/openai/protocol,
images.py, whose chunks carry a whole answer's `data` in an event without a name.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

from bot.image_api.answers.fields import entries

_OF_IMAGES = re.compile(r"image_(?:generation|edit)\.(?P<what>partial_image|completed)")
_NO_NAME = ("", "message")  # the second is what a browser calls an event without a name


class Meaning(Enum):
    """What is to be done with an event."""

    PREVIEW = auto()
    PICTURES = auto()  # finished ones
    ERROR = auto()
    UNKNOWN = auto()


def meaning_of(name: str, answer: object) -> Meaning:
    """What an event means by its name, else by the `type` in its data, else by what it holds."""
    kind = _kind(name, answer)
    if kind == "error" or (isinstance(answer, Mapping) and answer.get("error")):
        return Meaning.ERROR
    if not isinstance(answer, Mapping):
        return Meaning.UNKNOWN
    known = _OF_IMAGES.fullmatch(kind)
    if known is not None:
        return Meaning.PICTURES if known["what"] == "completed" else Meaning.PREVIEW
    if any(entries(answer)):
        return Meaning.PICTURES
    if kind:
        return Meaning.UNKNOWN
    return Meaning.PREVIEW if "partial_image_index" in answer else Meaning.PICTURES


def is_last(name: str, answer: object) -> bool:
    """Whether nothing more comes of the picture that this event is about."""
    known = _OF_IMAGES.fullmatch(_kind(name, answer))
    return known is not None and known["what"] == "completed"


def _kind(name: str, answer: object) -> str:
    if name not in _NO_NAME:
        return name
    said = answer.get("type") if isinstance(answer, Mapping) else None
    return said if isinstance(said, str) else ""
