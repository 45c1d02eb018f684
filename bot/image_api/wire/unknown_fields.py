"""Which fields a service says it does not know, in the words of each kind of service.

Only what a service says of a field's existence counts, never of its value: a size that is refused stays the member's
matter. Sources: OpenAI's error codes; LiteLLM issues 12408 and 17719; FastAPI's and pydantic's validation errors;
Google's «Unknown name»; xAI's «Argument not supported»; jsonschema, zod, class-validator and serde for the rest.
"""

import re
from collections.abc import Iterator, Sequence

from bot.image_api.wire.error_bodies import ECHO_CHARS, Complaint, repeats_any

CODES = (
    "unknown_parameter",
    "unsupported_parameter",
    "unrecognized_parameter",
    "unexpected_parameter",
    "unrecognized_keys",
)
VALUES = ("invalid_value", "unsupported_value", "invalid_type", "invalid_enum_value")

_THING = r"(?:parameter|param|field|name|key|property|properties|setting|(?:request )?argument|extra input)s?(?:\(s\))?"
_NAME = r"['\"`]?[A-Za-z_][\w.]*(?:\[\])?['\"`]?"
_NAMES = rf"[\[({{]? ?({_NAME}(?:(?:, | and ){_NAME})*)"
_SAYINGS = tuple(
    re.compile(saying, re.IGNORECASE)
    for saying in (
        rf"(?:unknown|unsupported|unrecogni[sz]ed|unexpected) {_THING}(?: in object| supplied)?:? {_NAMES}",
        rf"does not support (?:the )?{_THING}:? {_NAMES}",
        rf"{_THING} not supported on this model: {_NAMES}",
        rf"{_THING} ({_NAME}) (?:is not (?:supported|allowed|permitted|recogni[sz]ed)|is unknown|should not exist)",
        rf"additional properties are not allowed {_NAMES} (?:was|were) unexpected",
    )
)
_WORD = re.compile(r"[A-Za-z_]\w*")


def unknown_fields(complaint: Complaint, private: Sequence[str]) -> tuple[str, ...]:
    """Names of fields as they were sent, each once; empty where the complaint is about something else.

    A message that repeats any of `private` (the prompt) is not searched: nobody may unteach the bot a field with words.
    Words that are too short to say that a field is unknown cannot do so, and «a» stands in every message.
    """
    if complaint.mentions(*VALUES):
        return ()
    telling = [secret for secret in private if len(secret) > ECHO_CHARS]
    return tuple(dict.fromkeys(_named(complaint, telling)))


def _named(complaint: Complaint, private: Sequence[str]) -> Iterator[str]:
    yield from complaint.unknown
    if complaint.mentions(*CODES) and complaint.param:
        yield _top(complaint.param)
    message = " ".join(complaint.message.split())
    if repeats_any(message, private):
        return
    for saying in _SAYINGS:
        for match in saying.finditer(message):
            yield from (_top(name) for name in re.findall(_NAME, match[1]))


def _top(name: str) -> str:
    """The field itself where a part of it is named: `svg.model` and `images[0]` are in `svg` and `images`."""
    word = _WORD.search(name)
    return word[0] if word else name
