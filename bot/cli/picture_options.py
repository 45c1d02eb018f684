"""The options of every command that paints: a field each of `Call`, and where the pictures go."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import orjson

from bot.cli.options import THE_OUTPUT, THE_PICTURE, THE_SERVICE, ConnectTimeout, Follow, Json, ReadTimeout, option
from bot.errors import InvalidRequest
from bot.image_api.call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """What a command that paints was told besides its words and pictures. None is left to the service."""

    count: Annotated[int, option("-n --count", "How many pictures.", THE_PICTURE, metavar="N", min=1)] = 1
    model: Annotated[
        str | None, option("--model", "Default: IMAGE_MODEL, else the best one that the service lists.", THE_PICTURE)
    ] = None
    size: Annotated[str | None, option("--size", "1024x1024, auto, or what the service calls it.", THE_PICTURE)] = None
    quality: Annotated[
        str | None, option("--quality", "auto, low, medium, high, xhigh or max; standard or hd.", THE_PICTURE)
    ] = None
    style: Annotated[str | None, option("--style", "vivid or natural (dall-e-3).", THE_PICTURE)] = None
    background: Annotated[str | None, option("--background", "auto, transparent or opaque.", THE_PICTURE)] = None
    output_format: Annotated[str | None, option("--format", "png, jpeg or webp; gif, svg.", THE_PICTURE)] = None
    output_compression: Annotated[
        int | None, option("--compression", "0 to 100 percent, of JPEG and WebP.", THE_PICTURE, metavar="PERCENT")
    ] = None
    moderation: Annotated[
        str | None, option("--moderation", "How strict the service's own filter is: auto or low.", THE_PICTURE)
    ] = None
    input_fidelity: Annotated[
        str | None, option("--fidelity", "How close an edit stays to its pictures: low or high.", THE_PICTURE)
    ] = None
    complexity: Annotated[str | None, option("--complexity", "low, medium or high (2.6).", THE_PICTURE)] = None
    partial_images: Annotated[
        int | None,
        option("--previews", "Stream, with 0 to 3 previews on the way (one picture only).", THE_PICTURE, metavar="N"),
    ] = None
    frame_count: Annotated[int | None, option("--frames", "2 to 16 frames (GIF).", THE_PICTURE, metavar="N")] = None
    frame_duration_ms: Annotated[
        int | None, option("--frame-ms", "Time of a frame, in steps of 10 (GIF).", THE_PICTURE, metavar="MS")
    ] = None
    svg_model: Annotated[str | None, option("--svg-model", "The model that draws (SVG).", THE_PICTURE)] = None
    svg_effort: Annotated[str | None, option("--svg-effort", "How much it thinks (SVG).", THE_PICTURE)] = None
    response_format: Annotated[
        str | None,
        option("--response-format", "b64_json or url, for models that must be told; files come anyway.", THE_SERVICE),
    ] = None
    user: Annotated[str | None, option("--user", "An end user's id, for the service's abuse checks.", THE_SERVICE)] = (
        None
    )
    safety_identifier: Annotated[str | None, option("--safety-id", "The newer form of --user.", THE_SERVICE)] = None
    extra: Annotated[
        list[str] | None,
        option(
            "--extra",
            "A field of this service alone, such as seed=42 or 'negative_prompt=\"fog\"'. May be repeated.",
            THE_SERVICE,
            metavar="KEY=JSON",
        ),
    ] = None
    follow: Follow = False
    connect_timeout_ms: ConnectTimeout = None
    read_timeout_ms: ReadTimeout = None
    output: Annotated[
        Path | None,
        option(
            "-o --output",
            "The picture's file; several get FILE-1, FILE-2, … Default: picture-<time> in this folder.",
            THE_OUTPUT,
            metavar="FILE",
        ),
    ] = None
    overwrite: Annotated[bool, option("--overwrite", "Replace files that are there already.", THE_OUTPUT)] = False
    as_json: Json = False

    @property
    def call_fields(self) -> dict[str, Any]:
        """The fields of a `Call` that these options say.

        Raises:
            InvalidRequest: an extra field that cannot be read.
        """
        ours, theirs = ({each.name for each in fields(kind)} for kind in (PictureOptions, Call))
        said = {name: getattr(self, name) for name in (ours & theirs) - {"model", "extra"}}
        return said | {"svg": self._svg, "extra": dict(map(_extra, self.extra or ()))}

    @property
    def _svg(self) -> Mapping[str, Any] | None:
        """OpenAI, Create image: `svg` is `{"model": …, "reasoning": {"effort": …}}`."""
        effort = {"reasoning": {"effort": self.svg_effort}} if self.svg_effort else {}
        return ({"model": self.svg_model} if self.svg_model else {}) | effort or None


def _extra(text: str) -> tuple[str, Any]:
    name, _, value = (part.strip() for part in text.partition("="))
    try:
        if name:
            return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        pass
    raise InvalidRequest("--extra wants KEY=JSON: a number, true, or a text in its own quotes, 'name=\"text\"'.")
