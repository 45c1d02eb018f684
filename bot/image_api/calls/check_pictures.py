"""Checks of the pictures that go with a call: sources, mask and markup.

Source of the rules: OpenAI's API reference, Create image edit and Create image variation.
"""

from bot.errors import InvalidRequest
from bot.image_api.call import Call, Measured, Upload
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint

_PNG = ("image/png",)
_MEGA = 1_000_000


def check_pictures(call: Call, model: ModelFacts, *, awaits_sources: bool) -> None:
    """Raises InvalidRequest."""
    _check_number(call, model, awaits_sources=awaits_sources)
    limits = model.sources
    for source in call.sources:
        _check_file(source, "a picture", limits.media_types, limits.bytes_max)
        if limits.square and isinstance(source, Measured) and source.size_px and len(set(source.size_px)) != 1:
            raise InvalidRequest(f"`{model.id}` takes square pictures alone. Crop yours to a square.")
    _check_mask(call, model)
    _check_markup(call, model)


def _check_number(call: Call, model: ModelFacts, *, awaits_sources: bool) -> None:
    count, most = len(call.sources), model.sources.count_max
    if call.endpoint is Endpoint.GENERATIONS:
        if count:
            raise InvalidRequest("Pictures can be edited or varied; for a picture from words alone, leave them out.")
        return
    if not count and not awaits_sources:
        raise InvalidRequest("Give the picture to start from.")
    if call.endpoint is Endpoint.VARIATIONS:
        most = 1
    if most is not None and count > most:
        words = "one picture" if most == 1 else f"up to {most} pictures"
        raise InvalidRequest(f"`{model.id}` starts from {words} at a time.")


def _check_file(upload: Upload, what: str, media_types: tuple[str, ...] | None, bytes_max: int | None) -> None:
    if media_types is None:
        if not upload.media_type.startswith("image/"):
            raise InvalidRequest(f"What is given as {what} is no picture.")
    elif upload.media_type not in media_types:
        kinds = " or ".join(media_type.removeprefix("image/").upper() for media_type in media_types)
        raise InvalidRequest(f"This model takes {what} as {kinds}. Save it so and try again.")
    if bytes_max is not None and isinstance(upload, Measured) and upload.size_bytes > bytes_max:
        size, most = upload.size_bytes / _MEGA, bytes_max / _MEGA
        raise InvalidRequest(f"This model takes {what} of up to {most:g} MB; yours has {size:.1f} MB.")


def _check_mask(call: Call, model: ModelFacts) -> None:
    if call.mask is None:
        return
    if model.mask is False:
        raise InvalidRequest(f"`{model.id}` takes no mask. Leave it out.")
    limits = model.mask_limits
    _check_file(call.mask, "a mask", limits.media_types, limits.bytes_max)
    if limits.same_size:
        _check_same_size(call, call.mask, "The mask")


def _check_markup(call: Call, model: ModelFacts) -> None:
    if call.markup is None:
        return
    if model.markup is False:
        raise InvalidRequest(f"`{model.id}` takes no markup. Leave it out.")
    if call.mask is not None:
        raise InvalidRequest("A mask and a markup do not go together. Leave one of them out.")
    _check_file(call.markup, "a markup", _PNG, None)
    _check_same_size(call, call.markup, "The markup")


def _check_same_size(call: Call, overlay: Upload, what: str) -> None:
    """It must be as large as the first picture, where both tell their size."""
    source = call.sources[0] if call.sources else None
    if not isinstance(overlay, Measured) or not isinstance(source, Measured):
        return
    if overlay.size_px and source.size_px and overlay.size_px != source.size_px:
        width_px, height_px = source.size_px
        raise InvalidRequest(f"{what} must be as large as the first picture, {width_px} x {height_px} pixels.")
