"""YEScale, a relay on new-api: OpenAI's forms, errors with a request id, models without a channel as 503."""

from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Json, Trouble, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import GPT_IMAGE_1_5, RETIRED_DALL_E_3, Model

ID = "(request id: 20261120120000123456789AbCdEfGh)"
RATIOS = {"1:1": "1024x1024", "3:2": "1536x1024", "2:3": "1024x1536"}
FLUX = Model(id="flux-kontext-pro", released=date(2025, 5, 29), rules=FOREIGN)
GPT_IMAGE = Model(id="gpt-image-1.5", released=date(2025, 12, 16), rules=GPT_IMAGE_1_5)


def told(message: str, code: str | None, param: str | None = "") -> Json:
    return {"error": {"message": f"{message} {ID}", "type": "new_api_error", "param": param, "code": code}}


class Yescale(Dialect):
    name = "yescale"
    paths = paths("models", "model", "generations", "edits", "variations")
    models = (Model(id="gpt-4o", released=date(2024, 5, 13)), RETIRED_DALL_E_3, FLUX, GPT_IMAGE)
    troubles = {
        "content": Trouble(400, told("Your request was rejected by the safety system.", "content_policy_violation")),
        "busy": Trouble(
            429, told("The upstream load of this group is saturated, please try again later", "rate_limit")
        ),
        "money": Trouble(403, told("user quota is not enough", "insufficient_user_quota")),
    }
    settings = {"IMAGE_DIALECT": "yescale"}

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        if route == "variations":
            raise ApiError(501, "API not implemented", code="api_not_implemented")
        if form.fields.get("model") != FLUX.id:
            return form
        ratio = form.fields.get("aspect_ratio")
        return reworded(form, aspect_ratio=None, size=form.fields.get("size") or RATIOS.get(str(ratio)))

    def no_such_model(self, name: str) -> ApiError:
        return ApiError(503, f"No available channel for model {name} under group default", code="model_not_found")

    def form_of(self, error: ApiError) -> Answer:
        return raw(told(error.message, error.code, error.param), error.status)
