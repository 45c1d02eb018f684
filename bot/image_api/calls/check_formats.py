"""Checks of the form that pictures come in: file format, compression, transparency, previews, GIF and SVG.

Source of the rules: OpenAI's Python library 3.52.0, documentation of `images.generate` and `images.edit`.
"""

from collections.abc import Mapping

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.check_values import check_choice
from bot.image_api.catalogue.facts import ModelFacts

COMPRESSED = ("jpeg", "webp")
SEE_THROUGH = ("png", "webp")
PREVIEWS_MAX = 3
FRAMES_MIN, FRAMES_MAX = 2, 16
FRAME_MIN_MS, FRAME_MAX_MS = 10, 655_350


def check_forms(call: Call, model: ModelFacts) -> None:
    """Raises InvalidRequest."""
    _check_format(call, model)
    _check_compression(call, model)
    if call.background == "transparent" and not _comes_as(call, model, SEE_THROUGH):
        raise InvalidRequest("A transparent background needs PNG or WebP. Choose one of them as the format.")
    _check_previews(call, model)
    _check_gif(call)
    _check_svg(call)


def _check_format(call: Call, model: ModelFacts) -> None:
    special = {"gif": model.gif, "svg": model.svg}
    if call.output_format not in special or model.output_formats == ():
        check_choice(call.output_format, model, "output_formats", "output_format", "formats")
    elif special[call.output_format] is False:
        raise InvalidRequest(f"`{model.id}` does not paint {call.output_format.upper()}. Choose another format.")


def _comes_as(call: Call, model: ModelFacts, formats: tuple[str, ...]) -> bool:
    """Whether the picture comes in one of these formats, or in one that nobody knows."""
    form = call.output_format or model.default_format
    return form is None or form in formats


def _check_compression(call: Call, model: ModelFacts) -> None:
    percent = call.output_compression
    if percent is None:
        return
    if model.compression is False:
        raise InvalidRequest(f"`{model.id}` does not let its compression be chosen. Leave it out.")
    if not 0 <= percent <= 100:
        raise InvalidRequest("A compression is 0 to 100 percent.")
    if not _comes_as(call, model, COMPRESSED):
        raise InvalidRequest("A compression can be chosen for JPEG and WebP alone. Choose one of them as the format.")


def _check_previews(call: Call, model: ModelFacts) -> None:
    if call.partial_images is None:
        return
    if model.previews_max == 0:
        raise InvalidRequest(f"`{model.id}` shows no previews. Leave them out.")
    most = PREVIEWS_MAX if model.previews_max is None else model.previews_max
    if not 0 <= call.partial_images <= most:
        raise InvalidRequest(f"`{model.id}` shows 0 to {most} previews of a picture.")
    if call.count != 1:
        raise InvalidRequest("Previews are shown of one picture at a time. Ask for one, or leave the previews out.")


def _check_gif(call: Call) -> None:
    frames, duration_ms = call.frame_count, call.frame_duration_ms
    if call.output_format != "gif":
        if frames is not None or duration_ms is not None:
            raise InvalidRequest("Frames are for GIF alone. Choose gif as the format.")
        return
    if frames is not None and not FRAMES_MIN <= frames <= FRAMES_MAX:
        raise InvalidRequest(f"A GIF has {FRAMES_MIN} to {FRAMES_MAX} frames.")
    if duration_ms is not None and not FRAME_MIN_MS <= duration_ms <= FRAME_MAX_MS:
        raise InvalidRequest(f"A frame lasts {FRAME_MIN_MS} to {FRAME_MAX_MS:,} milliseconds.")
    if call.partial_images is not None:
        raise InvalidRequest("A GIF is painted without previews. Leave them out.")
    if call.mask is not None:
        raise InvalidRequest("A GIF is painted without a mask. Leave it out.")


def _check_svg(call: Call) -> None:
    if call.output_format != "svg":
        if call.svg is not None:
            raise InvalidRequest("`svg` is for SVG alone. Choose svg as the format.")
        return
    if call.count != 1:
        raise InvalidRequest("SVG comes as one picture at a time. Ask for one.")
    if call.partial_images is not None:
        raise InvalidRequest("SVG is painted without previews. Leave them out.")
    if call.svg is not None and not _is_svg_wish(call.svg):
        raise InvalidRequest(
            '`svg` is {"model": …, "reasoning": {"effort": …}}: a model\'s name, and an effort from none to max.'
        )


def _is_svg_wish(svg: Mapping[str, object]) -> bool:
    name, reasoning = svg.get("model"), svg.get("reasoning", {})
    if not set(svg) <= {"model", "reasoning"} or not isinstance(name, str) or not name:
        return False
    if not isinstance(reasoning, Mapping) or not set(reasoning) <= {"effort"}:
        return False
    effort = reasoning.get("effort", "none")
    return isinstance(effort, str) and effort.isalpha()
