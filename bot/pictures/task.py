"""What the bot and its child process say to each other: one task and one answer, each a line of JSON."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from bot.pictures.refusals import MEBIBYTE, SOURCE_MAX_BYTES, Reason, Refused

LINE_MAX_BYTES = 4 * MEBIBYTE


class Form(StrEnum):
    """The forms in which a picture goes to the image service."""

    VARIATION = "variation"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one picture may take; each is worked on in a process of its own.

    `memory_bytes` is address space. Measured with Pillow 13 at 25 megapixels: 507 MB for a WebP with transparency,
    280 MB for a PNG; `fit` on 8.3 megapixels takes 420 MB.
    """

    memory_bytes: int = 768 * MEBIBYTE
    cpu_s: int = 20
    wall_s: int = 60
    written_bytes: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One picture and all that is wanted from it.

    `still_only`: refuse animations, else take their first frame. `uploads`: where to write which form.
    `fit_to`: where to write a copy of at most `fit_bytes`.
    """

    source: str
    limits: Limits
    max_bytes: int = SOURCE_MAX_BYTES
    still_only: bool = True
    small_jpeg: bool = False
    uploads: Mapping[Form, str] = field(default_factory=dict)
    fit_to: str | None = None
    fit_bytes: int = 0

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        values = json.loads(line)
        limits = Limits(**values.pop("limits"))
        uploads = {Form(form): to for form, to in values.pop("uploads").items()}
        return cls(limits=limits, uploads=uploads, **values)


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture as a person sees it: upright, whatever way the camera was held."""

    width_px: int
    height_px: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A picture made from another one, whole on the disk."""

    file: Path
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int
    sha256: str

    @property
    def size_px(self) -> tuple[int, int]:
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a task asked for."""

    facts: PictureFacts
    small_jpeg: bytes
    uploads: Mapping[Form, Converted]
    fitted: Converted | None

    def to_line(self) -> bytes:
        values = asdict(self) | {"small_jpeg": base64.b64encode(self.small_jpeg).decode()}
        return json.dumps({"made": values}, default=str).encode() + b"\n"


class WorkFailed(Exception):
    """The work on a picture failed for a reason that is neither the picture's nor the system's: a bug."""


def refused_line(refused: Refused) -> bytes:
    values = {"reason": refused.reason.name, "detail": refused.detail, **refused.facts}
    return json.dumps({"refused": values}).encode() + b"\n"


def system_line(error: OSError) -> bytes:
    return json.dumps({"system": [error.errno, error.strerror]}).encode() + b"\n"


def failed_line(trace: str) -> bytes:
    return json.dumps({"failed": trace}).encode() + b"\n"


def outcome(line: bytes) -> Made:
    """What a child answered.

    Raises:
        Refused: the picture cannot be used.
        OSError: the system did not let it do its work, as on a full disk.
        WorkFailed: something else went wrong.
    """
    match json.loads(line):
        case {"made": values}:
            return _made(values)
        case {"refused": values}:
            raise Refused(Reason[values.pop("reason")], **values)
        case {"system": [number, words]}:
            raise OSError(number, words)
        case values:
            raise WorkFailed(values["failed"])


def _made(values: dict[str, Any]) -> Made:
    return Made(
        facts=PictureFacts(**values["facts"]),
        small_jpeg=base64.b64decode(values["small_jpeg"]),
        uploads={Form(form): _converted(made) for form, made in values["uploads"].items()},
        fitted=_converted(values["fitted"]) if values["fitted"] else None,
    )


def _converted(values: dict[str, Any]) -> Converted:
    return Converted(**values | {"file": Path(values["file"])})
