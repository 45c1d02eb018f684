"""xAI: JSON alone, ratios instead of sizes, a wrong key as 400, and pictures that its moderation keeps back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Json, Trouble, paths, raw, reworded, url_in, without
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

INVALID, MISSING, EXHAUSTED = (
    "Client specified an invalid argument",
    "Some requested entity was not found",
    "Some resource has been exhausted",
)
FIELDS = frozenset(
    {
        "model",
        "prompt",
        "n",
        "response_format",
        "aspect_ratio",
        "resolution",
        "quality",
        "user",
        "image",
        "images",
        "mask",
    }
)
SIZES = {
    ("1:1", "1k"): "1024x1024",
    ("3:2", "1k"): "1536x1024",
    ("2:3", "1k"): "1024x1536",
    ("16:9", "1k"): "1280x720",
    ("1:1", "2k"): "2048x2048",
}
SOURCES_MAX = 3


def _url(reference: object) -> str:
    if not isinstance(reference, dict) or not reference.keys() <= {"url", "type"}:
        raise ApiError(400, "An image must be an object with a url", code=INVALID)
    return url_in(reference.get("url"), "url")


def told(code: str, message: str) -> Json:
    return {"code": code, "error": message}


class Xai(Dialect):
    name = "xai"
    paths = paths("models", "model", "generations", "edits")
    models = (
        Model(id="grok-4", released=date(2025, 7, 9), owned_by="xai"),
        Model(id="grok-imagine-image", released=date(2026, 1, 28), rules=FOREIGN, owned_by="xai"),
    )
    troubles = {
        "content": Trouble(200, {"data": [{"url": "", "respect_moderation": False}], "block_reason": None}),
        "refused": Trouble(400, told(INVALID, "Generated image rejected by content moderation.")),
        "busy": Trouble(429, told(EXHAUSTED, "Too many requests for team 1a2b. Your rate limits are 5 a second.")),
        "money": Trouble(
            429,
            told(
                EXHAUSTED, "Your team 1a2b has either used all available credits or reached its monthly spending limit."
            ),
        ),
    }
    settings = {"IMAGE_DIALECT": "xai"}

    def bad_key(self, key: str | None) -> ApiError:
        if key is None:
            return ApiError(401, "Missing or invalid authentication credentials.", code="Unauthenticated")
        shown = f"{key[:2]}***{key[-2:]}"
        return ApiError(
            400,
            f"Incorrect API key provided: {shown}. You can obtain an API key from https://console.x.ai.",
            code=INVALID,
        )

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        if form.is_multipart:
            raise ApiError(415, "Expected request with `Content-Type: application/json`", code=INVALID)
        for name in form.fields:
            if name not in FIELDS:
                raise ApiError(400, f"Argument not supported: {name}", code=INVALID)
        if route == "edits" and len([upload for upload in form.uploads if upload.field != "mask"]) > SOURCES_MAX:
            raise ApiError(400, f"At most {SOURCES_MAX} images are supported", code=INVALID)
        shape = str(form.fields.get("aspect_ratio", "1:1")), str(form.fields.get("resolution", "1k"))
        if shape not in SIZES:
            raise ApiError(400, f"Invalid aspect ratio: {shape[0]}", code=INVALID)
        named = without(form.fields, "aspect_ratio", "resolution", "image", "images", "mask", "quality")
        return reworded(replace(form, fields=named), size=SIZES[shape])

    def pictures_in(self, route: str, form: Form) -> Sequence[tuple[str, str]]:
        if route != "edits" or form.is_multipart:
            return ()
        one, several, mask = (form.fields.get(name) for name in ("image", "images", "mask"))
        if (one is None) == (several is None):
            raise ApiError(400, "Exactly one of image and images must be given", code=INVALID)
        found = [("images", _url(each)) for each in ([one] if several is None else several)]
        return [*found, ("mask", _url(mask))] if mask is not None else found

    def no_such_model(self, name: str) -> ApiError:
        return ApiError(
            404, f"The model {name} does not exist or your team 1a2b does not have access to it.", code=MISSING
        )

    def form_of(self, error: ApiError) -> Answer:
        return raw(told(error.code or INVALID, error.message), error.status)

    def painted(self, answer: Answer) -> Answer:
        body = without(answer.body, "created", "usage") | {"usage": {"cost_in_usd_ticks": 200_000_000}}
        mark = {"mime_type": "image/png", "revised_prompt": ""}
        if "data" in body:
            body["data"] = [{**item, **mark} for item in body["data"]]
        return replace(answer, body=body, extra=mark)
