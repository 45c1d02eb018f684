"""AI/ML API: 201, a list of its own form, `num_images` and `image_size` for Flux, errors without `error`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Json, Trouble, paths, raw, reworded, url_in, without
from sandbox.image_api.errors import ApiError, missing
from sandbox.image_api.forms import Form
from sandbox.image_api.models import DALL_E_2, GPT_IMAGE_1_5, Model

FLUX_FIELDS = {"model", "prompt", "num_images", "image_size", "seed", "num_inference_steps", "enable_safety_checker"}
PRESETS = {
    "square_hd": "1024x1024",
    "square": "512x512",
    "portrait_4_3": "1024x1536",
    "landscape_4_3": "1024x768",
    "landscape_16_9": "1280x720",
}
CHAT = Model(id="gpt-4o", released=date(2024, 5, 13))
FLUX = Model(id="flux/schnell", released=date(2024, 8, 1), rules=replace(FOREIGN, most_pictures=4, edits=False))
FLUX_EDIT = Model(id="flux/dev/image-to-image", released=date(2024, 8, 1), rules=FOREIGN)
DALL_E = Model(id="dall-e-2", released=date(2023, 11, 1), rules=replace(DALL_E_2, edits=False, variations=False))
GPT_IMAGE = Model(id="openai/gpt-image-1", released=date(2025, 4, 23), rules=replace(GPT_IMAGE_1_5, most_pictures=1))


def told(status: int, message: str) -> Json:
    return {
        "message": message,
        "path": "/v1/images/generations",
        "requestId": "1b2c3d4e",
        "statusCode": status,
        "timestamp": "2026-11-20T12:00:00.000Z",
    }


class AimlApi(Dialect):
    name = "aimlapi"
    paths = {**paths("models", "generations", "edits"), "model": "/model/{model}"}
    open_routes = frozenset({"models", "model"})
    models = (CHAT, FLUX, FLUX_EDIT, DALL_E, GPT_IMAGE)
    troubles = {
        "content": Trouble(400, told(400, "Your request was rejected as a result of our safety system.")),
        "busy": Trouble(429, told(429, "Too many requests. The free tier takes 10 an hour.")),
        "money": Trouble(403, told(403, "You've run out of credits. Please top up your balance.")),
    }
    settings = {"IMAGE_DIALECT": "aimlapi"}

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        model = form.fields.get("model")
        if model not in (FLUX.id, FLUX_EDIT.id):
            return without_words_of_links(form) if model == GPT_IMAGE.id else form
        strangers = [name for name in form.fields if name not in FLUX_FIELDS | {"image_url"}]
        if strangers:
            raise ApiError(400, f"Body validation error: Unrecognized key(s) in object: '{strangers[0]}'")
        if model == FLUX_EDIT.id and not form.uploads:
            raise missing("image_url")
        size = form.fields.get("image_size", "landscape_4_3")
        pixels = f"{size['width']}x{size['height']}" if isinstance(size, dict) else PRESETS.get(size)
        if pixels is None:
            raise ApiError(400, "Body validation error: image_size")
        count = form.fields.get("num_images")
        named = without(form.fields, "image_size", "num_images", "image_url", "seed", "num_inference_steps")
        return reworded(replace(form, fields=named), size=pixels, n=count)

    def pictures_in(self, route: str, form: Form) -> Sequence[tuple[str, str]]:
        asked = form.fields.get("image_url")
        if asked is None:
            return ()
        return [("image", url_in(each, "image_url")) for each in (asked if isinstance(asked, list) else [asked])]

    def listing(self, models: Sequence[Model]) -> Answer:
        return Answer(body={"object": "list", "data": [_listed(model) for model in models]})

    def one(self, model: Model) -> Answer:
        return Answer(body={"object": "model", "data": _listed(model)})

    def form_of(self, error: ApiError) -> Answer:
        return raw(told(error.status, error.message), error.status)

    def painted(self, answer: Answer) -> Answer:
        body = without(answer.body, "created", "usage")
        body["meta"] = {"usage": {"credits_used": 42_000}}
        if "data" in body:
            body["data"] = [{"b64_json": None, **item} for item in body["data"]]
        return replace(answer, body=body, extra={"url": None, **answer.extra}, status=201)


def without_words_of_links(form: Form) -> Form:
    """Its gpt-image takes `response_format`, which OpenAI's does not."""
    return replace(form, fields=without(form.fields, "response_format"))


def _listed(model: Model) -> Json:
    return {
        "id": model.id,
        "aliases": [f"{model.id}-latest"],
        "type": "image" if model.rules else "chat-completion",
        "info": {"name": model.id, "developer": "Somebody", "description": ""},
        "tags": [],
    }
