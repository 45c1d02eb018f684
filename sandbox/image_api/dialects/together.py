"""Together: a bare list of models, `width` and `height`, and `base64` for a picture inside the answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Json, Trouble, paths, raw, reworded, without
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

OWN_FIELDS = ("width", "height", "steps", "seed", "size")
FORMATS = {"base64": "b64_json", "url": "url"}


def told(message: str, kind: str) -> Json:
    return {"id": "oFyyy", "error": {"message": message, "type": kind, "param": None, "code": None}}


class Together(Dialect):
    name = "together"
    paths = paths("models", "generations")
    models = (
        Model(id="meta-llama/Llama-4-Scout-17B", released=date(2025, 4, 5), owned_by="Meta"),
        Model(
            id="black-forest-labs/FLUX.1-schnell",
            released=date(2024, 8, 1),
            rules=replace(FOREIGN, edits=False),
            owned_by="Black Forest Labs",
        ),
    )
    troubles = {
        "busy": Trouble(429, told("You have reached the rate limit specific to this model.", "model_rate_limit")),
        "money": Trouble(402, told("Credit limit exceeded, please add credits to your account.", "credit_limit")),
    }
    settings = {"IMAGE_DIALECT": "together"}

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        wanted = form.fields.get("response_format", "url")
        if wanted not in FORMATS:
            raise ApiError(400, "response_format: Input should be 'base64' or 'url'", param="response_format")
        edges = form.fields.get("width", 1024), form.fields.get("height", 1024)
        if not all(isinstance(edge, int) for edge in edges):
            raise ApiError(400, "width: Input should be a valid integer", param="width")
        named = without(form.fields, *OWN_FIELDS)
        return reworded(
            replace(form, fields=named), size=f"{edges[0]}x{edges[1]}", response_format=FORMATS[str(wanted)]
        )

    def listing(self, models: Sequence[Model]) -> Answer:
        return raw([_listed(model) for model in models])

    def no_such_model(self, name: str) -> ApiError:
        return ApiError(
            404, f"Unable to access model {name}. Please visit the list of models.", code="model_not_available"
        )

    def painted(self, answer: Answer) -> Answer:
        body = without(answer.body, "created") | {"id": "oFxxx", "model": "flux", "object": "list"}
        if "data" in body:
            body["data"] = [{"index": number, **item, "type": "url"} for number, item in enumerate(body["data"])]
        return replace(answer, body=body, extra={"type": "b64_json"})


def _listed(model: Model) -> Json:
    kind = "image" if model.rules else "chat"
    return {**model.listing, "type": kind, "display_name": model.id, "organization": model.owned_by, "pricing": {}}
