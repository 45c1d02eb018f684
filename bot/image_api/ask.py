"""A request to the image service before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Upload(Protocol):
    """A picture on the disk in the form that its endpoint wants."""

    @property
    def file(self) -> Path: ...
    @property
    def media_type(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: JSON, or a form with a picture, or neither.

    `limit_s` covers all of it, to the last byte of the answer; None is no limit. `private` are words that an error
    must not bring into the log.
    """

    path: str
    method: str = "POST"
    json: bytes | None = None
    form: Mapping[str, str | int] | None = None
    upload: Upload | None = None
    limit_s: float | None
    private: tuple[str, ...] = ()
