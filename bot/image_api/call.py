"""One call that paints: every field of the images API, typed, before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bot.model import Endpoint


class Upload(Protocol):
    """A picture on the disk in the form that its endpoint wants."""

    @property
    def file(self) -> Path: ...
    @property
    def media_type(self) -> str: ...


@runtime_checkable
class Measured(Upload, Protocol):
    """An upload that tells how big it is, so that this can be checked; `size_px` where that is known."""

    @property
    def size_bytes(self) -> int: ...
    @property
    def size_px(self) -> tuple[int, int] | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request for pictures. What is None, empty or left out is not sent: the service chooses.

    Which of a field's values a model takes is in the catalogue, and `checks.check` holds a call against it. Sources:
    OpenAI's API reference, Create image, Create image edit and Create image variation.

    prompt              words; empty for variations, which have none
    count               `n`: 1 to 10 pictures, as many as the model paints at once
    first_index         number of the first picture within its job, from 0; not sent
    sources             pictures to edit (gpt-image: 1 to 16) or to vary (one); not for generations
    mask                PNG as large as the first source; where it is transparent is painted anew (edits)
    markup              transparent PNG laid over the first source, not together with a mask (edits, 2.5)
    size                `1024x1024` (width x height in pixels), `auto`, or a service's own form
    quality             `auto`, `low`, `medium`, `high`, `xhigh`, `max`; `standard` and `hd` for DALL·E
    style               `vivid` or `natural` (dall-e-3)
    background          `auto`, `transparent` (PNG and WebP only) or `opaque`
    output_format       `png`, `jpeg` or `webp`; `gif` and `svg` where the service gives access
    output_compression  0 to 100 percent, JPEG and WebP only
    moderation          `auto` or `low`: how strict the service's own filter is (generations)
    input_fidelity      `low` or `high`: how close an edit stays to its sources
    complexity          `low`, `medium` or `high` (2.6)
    partial_images      0 to 3 previews; a call with it is streamed, and has one picture
    frame_count         2 to 16 frames, frame_duration_ms up to 655,350 ms in steps of 10 (GIF only)
    svg                 `{"model": …, "reasoning": {"effort": …}}` (SVG only, one picture)
    response_format     `b64_json` or `url`, for the models that must be told
    user                end user's id, for the service's own abuse checks; safety_identifier is its newer form
    extra               fields of one service alone, sent as they are (`seed`, `negative_prompt`, …)
    """

    endpoint: Endpoint
    model: str
    prompt: str = ""
    count: int = 1
    first_index: int = 0
    sources: tuple[Upload, ...] = ()
    mask: Upload | None = None
    markup: Upload | None = None
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    output_format: str | None = None
    output_compression: int | None = None
    moderation: str | None = None
    input_fidelity: str | None = None
    complexity: str | None = None
    partial_images: int | None = None
    frame_count: int | None = None
    frame_duration_ms: int | None = None
    svg: Mapping[str, Any] | None = None
    response_format: str | None = None
    user: str | None = None
    safety_identifier: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_streamed(self) -> bool:
        return self.partial_images is not None


@dataclass(frozen=True, slots=True)
class Option:
    """A field of a call that may be left out. `endpoints` know it; `is_choice`: it changes the picture."""

    endpoints: frozenset[Endpoint]
    is_choice: bool = True


_EVERYWHERE = frozenset(Endpoint)
_WITH_WORDS = frozenset({Endpoint.GENERATIONS, Endpoint.EDITS})
# In the order of OpenAI's API reference, under whose names they are sent. A service that has one elsewhere, too, gets
# it through `extra`.
OPTIONS: Mapping[str, Option] = {
    "size": Option(_EVERYWHERE),
    "quality": Option(_WITH_WORDS),
    "style": Option(frozenset({Endpoint.GENERATIONS})),
    "background": Option(_WITH_WORDS),
    "output_format": Option(_WITH_WORDS),
    "output_compression": Option(_WITH_WORDS),
    "moderation": Option(_WITH_WORDS),  # of edits in JSON alone: see calls/check_service.py
    "input_fidelity": Option(frozenset({Endpoint.EDITS})),
    "complexity": Option(_WITH_WORDS),
    "partial_images": Option(_WITH_WORDS, is_choice=False),
    "frame_count": Option(_WITH_WORDS),
    "frame_duration_ms": Option(_WITH_WORDS),
    "svg": Option(_WITH_WORDS),
    "response_format": Option(_EVERYWHERE, is_choice=False),
    "user": Option(_EVERYWHERE, is_choice=False),
    "safety_identifier": Option(_WITH_WORDS, is_choice=False),
}
