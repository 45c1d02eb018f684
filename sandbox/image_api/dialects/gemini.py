"""Gemini in OpenAI's form: errors in a list with numbers for codes, and fields that it does not know are refused."""

from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Trouble, raw, reworded, without
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
FIELDS = frozenset({"model", "prompt", "n", "response_format"})
QUOTA = "You exceeded your current quota, please check your plan and billing details."


def told(status: int, message: str, name: str | None = None) -> list[object]:
    return [{"error": {"code": status, "message": message, "status": name or STATUSES.get(status, "INTERNAL")}}]


class Gemini(Dialect):
    name = "gemini"
    base_path = "/v1beta/openai"
    paths = {
        "models": "/v1beta/openai/models",
        "model": "/v1beta/openai/models/{model}",
        "generations": "/v1beta/openai/images/generations",
    }
    models = (
        Model(id="models/gemini-2.5-pro", released=date(2025, 6, 17), owned_by="google"),
        Model(
            id="models/gemini-2.5-flash-image",
            released=date(2025, 10, 2),
            rules=replace(FOREIGN, edits=False),
            owned_by="google",
        ),
    )
    troubles = {
        "busy": Trouble(429, told(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")),
        "money": Trouble(429, told(429, QUOTA, "RESOURCE_EXHAUSTED")),
    }
    settings = {"IMAGE_DIALECT": "gemini"}

    def bad_key(self, key: str | None) -> ApiError:
        if key is None:
            return ApiError(401, "Request is missing required authentication credential.")
        return ApiError(400, "API key not valid. Please pass a valid API key.")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        for name in form.fields:
            if name not in FIELDS:
                raise ApiError(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        if form.fields.get("response_format", "b64_json") != "b64_json":
            raise ApiError(400, "Unsupported response format.")
        return reworded(form, model=self.id_of(str(form.fields.get("model"))), response_format="b64_json")

    def id_of(self, name: str) -> str:
        return f"models/{name.removeprefix('models/')}"

    def no_such_model(self, name: str) -> ApiError:
        return ApiError(404, f"{name} is not found for API version v1main, or is not supported for predict.")

    def form_of(self, error: ApiError) -> Answer:
        return raw(told(error.status, error.message), error.status)

    def painted(self, answer: Answer) -> Answer:
        return replace(answer, body=without(answer.body, "usage"))
