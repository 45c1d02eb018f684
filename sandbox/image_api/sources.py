"""Pictures that come with edits and variations: what each model takes, as OpenAI's reference has it."""

from collections.abc import Sequence

from sandbox.image_api.errors import ApiError, bad_image, listed
from sandbox.image_api.forms import Upload
from sandbox.image_api.models import Family, PictureRules

GPT_IMAGE_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
GPT_IMAGE_MAX_BYTES = 50_000_000
DALL_E_MAX_BYTES = 4_000_000
MASK_MAX_BYTES = 4_000_000
ALPHA_MODES = ("RGBA", "LA", "L")


def check_sources(sources: Sequence[Upload], rules: PictureRules, *, has_mask: bool) -> None:
    """Raises ApiError for pictures that the model does not take."""
    if len(sources) > rules.most_sources:
        raise ApiError(
            400,
            f"Invalid 'image': array too long. Expected an array with maximum length {rules.most_sources}, "
            f"but got an array with length {len(sources)} instead.",
            param="image",
            code="array_above_max_length",
        )
    for number, source in enumerate(sources, start=1):
        if rules.family is Family.DALL_E:
            _check_dall_e(source, has_mask=has_mask)
        else:
            _check_gpt_image(source, number)


def check_mask(mask: Upload, source: Upload) -> None:
    check_media_type(mask, ("image/png",))
    if mask.size_bytes >= MASK_MAX_BYTES or mask.format != "PNG":
        raise bad_image("Uploaded mask must be a PNG and less than 4 MB.", param="mask")
    if mask.mode not in ("RGBA", "LA"):
        raise bad_image("Invalid mask image - mask image missing alpha channel.", param="mask")
    if (mask.width_px, mask.height_px) != (source.width_px, source.height_px):
        raise bad_image("Invalid mask image - mask size does not match image size.", param="mask")


def check_markup(markup: Upload, source: Upload) -> None:
    """A transparent PNG as large as the first picture, turned as that one says it is to be shown."""
    check_media_type(markup, ("image/png",))
    if markup.mode not in ("RGBA", "LA"):
        raise bad_image("Invalid markup image - markup image missing alpha channel.", param="markup")
    if (markup.width_px, markup.height_px) != (source.width_px, source.height_px):
        raise bad_image("Invalid markup image - markup size does not match image size.", param="markup")


def check_media_type(upload: Upload, supported: Sequence[str]) -> None:
    """Every part needs a real image type; «application/octet-stream» is what careless clients send."""
    param = upload.field.removesuffix("[]")
    if upload.content_type is None:
        raise ApiError(400, f"Invalid file '{param}': missing mimetype.", param=param, code="missing_file_mimetype")
    if upload.content_type not in supported:
        formats = f"formats are {listed(supported)}" if len(supported) > 1 else f"format is {listed(supported)}"
        raise ApiError(
            400,
            f"Invalid file '{param}': unsupported mimetype ('{upload.content_type}'). Supported file {formats}.",
            param=param,
            code="unsupported_file_mimetype",
        )


def _check_gpt_image(source: Upload, number: int) -> None:
    check_media_type(source, tuple(GPT_IMAGE_TYPES))
    if source.size_bytes >= GPT_IMAGE_MAX_BYTES:
        raise bad_image(f"Image {number} is too large: it must be less than 50 MB.", code="image_file_too_large")
    if source.format not in GPT_IMAGE_TYPES.values():
        raise bad_image(f"Invalid image file or mode for image {number}, please check your image file.")


def _check_dall_e(source: Upload, *, has_mask: bool) -> None:
    check_media_type(source, ("image/png",))
    if source.size_bytes >= DALL_E_MAX_BYTES or source.format != "PNG":
        raise bad_image("Uploaded image must be a PNG and less than 4 MB.")
    if source.width_px != source.height_px:
        raise bad_image("Uploaded image must be square.")
    if source.mode not in ALPHA_MODES and not has_mask:
        raise bad_image(f"Invalid input image - format must be in {list(ALPHA_MODES)}, got {source.mode}.")
