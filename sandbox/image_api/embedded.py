"""Pictures inside JSON bodies: the `images` and `mask` of edits, the `image_url` parts of moderations."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.image_api.errors import ApiError, bad_image, invalid_value, missing, wrong_type
from sandbox.image_api.forms import Form, Upload, upload_from_data_url

URL_MAX_CHARS = 20_971_520
MOST_IMAGES = 16
MODERATED_MAX_BYTES = 20_000_000


async def with_embedded_pictures(
    route: str, form: Form, spool: Path, *, elsewhere: Sequence[tuple[str, str]] = ()
) -> Form:
    """The form with the pictures of its data: URLs among the uploads. `elsewhere` are those that OpenAI's form lacks.

    Raises:
        ApiError: 400, a reference that is not as OpenAI's reference has it. Pictures on other hosts are refused,
            since the stand-in talks to nobody.
    """
    if form.is_multipart:
        return form
    if elsewhere:
        return replace(form, uploads=tuple([await _upload(*reference, spool) for reference in elsewhere]))
    if route == "edits" and "images" in form.fields:
        references = _references(form.fields)
        return replace(form, uploads=tuple([await _upload(*reference, spool) for reference in references]))
    if route == "moderations" and isinstance(form.fields.get("input"), list):
        parts = [part for part in form.fields["input"] if isinstance(part, dict) and part.get("type") == "image_url"]
        return replace(form, uploads=tuple([await _moderated(part, spool) for part in parts]))
    return form


def _references(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, url) of every picture of a JSON edit."""
    images = fields["images"]
    if not isinstance(images, list):
        raise wrong_type("images", "an array of objects", images)
    if not 1 <= len(images) <= MOST_IMAGES:
        raise invalid_value("images", f"Invalid 'images': expected an array with 1 to {MOST_IMAGES} items.")
    found = [("images", _reference(f"images[{number}]", image)) for number, image in enumerate(images)]
    if "mask" in fields:
        found.append(("mask", _reference("mask", fields["mask"])))
    return found


def _reference(param: str, value: object) -> str:
    if not isinstance(value, dict):
        raise wrong_type(param, "an object", value)
    if len(value) != 1 or not value.keys() <= {"image_url", "file_id"}:
        raise invalid_value(param, f"Invalid '{param}': expected exactly one of 'image_url' and 'file_id'.")
    if "file_id" in value:
        raise ApiError(404, f"No such File object: {value['file_id']}", param=f"{param}.file_id")
    return _url(f"{param}.image_url", value["image_url"])


def _url(param: str, value: object) -> str:
    if not isinstance(value, str):
        raise wrong_type(param, "a string", value)
    if len(value) > URL_MAX_CHARS:
        raise invalid_value(param, f"Invalid '{param}': string too long.")
    return value


async def _moderated(part: dict[str, Any], spool: Path) -> Upload:
    reference = part.get("image_url")
    if not isinstance(reference, dict) or "url" not in reference:
        raise missing("input[].image_url.url")
    upload = await _upload("input", _url("input[].image_url.url", reference["url"]), spool)
    if upload.size_bytes > MODERATED_MAX_BYTES or upload.format is None:
        raise bad_image("Invalid image.", param="input", code="invalid_image")
    return upload


async def _upload(field: str, url: str, spool: Path) -> Upload:
    upload = await upload_from_data_url(url, name=field, spool=spool)
    if upload is None:
        raise ApiError(
            400, "Failed to download image: expected a base64 data: URL.", param=field, code="invalid_image_url"
        )
    return upload
