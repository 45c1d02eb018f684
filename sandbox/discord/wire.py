"""What comes in and what goes out, free of any web framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def snowflake(value: object) -> int:
    """The id that was sent, as text or number; what is none is an id that nobody has."""
    text = str(value)
    return int(text) if text.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file of a request, already on disk. `number` is the n of its form field `files[n]`."""

    number: int
    filename: str
    content_type: str
    size_bytes: int
    path: Path


@dataclass(frozen=True, slots=True)
class Call:
    """One REST request: what its path, query and body say."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any = None
    uploads: tuple[Uploaded, ...] = ()

    def id(self, name: str) -> int:
        """The snowflake in the path."""
        return snowflake(self.params[name])

    def body(self) -> Json:
        return self.payload if isinstance(self.payload, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """One REST response; `json` None with status 204 is an empty body."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = Reply(204)
