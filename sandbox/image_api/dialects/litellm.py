"""LiteLLM proxy: the status as text for a code, every field filled in with null, JSON to those who want a stream."""

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import Dialect, Json, Trouble, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model


def told(status: int, message: str, kind: str = "None", param: str | None = None) -> Json:
    return {"error": {"message": message, "type": kind, "param": param or "None", "code": str(status)}}


class LiteLlm(Dialect):
    name = "litellm"
    paths = paths("models", "model", "generations", "edits", "moderations")
    troubles = {
        "content": Trouble(
            400, told(400, "litellm.ContentPolicyViolationError: Your request was rejected by the safety system.")
        ),
        "busy": Trouble(429, told(429, "litellm.RateLimitError: RateLimitError: OpenAIException", "throttling_error")),
        "money": Trouble(
            400, told(400, "Budget has been exceeded! Current cost: 10.1, Max budget: 10.0", "budget_exceeded")
        ),
    }
    settings = {"IMAGE_DIALECT": "litellm"}

    def bad_key(self, key: str | None) -> ApiError:
        """Without a database a wrong key cannot be looked up, and no key is a failure."""
        if key is None:
            return ApiError(500, "Authentication Error, No api key passed in.", kind="auth_error", code="500")
        return ApiError(400, "No connected db.", kind="no_db_connection", code="400")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        fields = {upload.field for upload in form.uploads}
        if {"image", "image[]"} <= fields:
            raise ApiError(422, "Cannot send both image and image[]", kind="detail")
        return reworded(form, stream=None, partial_images=None)

    def listing(self, models: Sequence[Model]) -> Answer:
        data = [{**model.listing, "mode": "image_generation" if model.rules else "chat"} for model in models]
        return Answer(body={"object": "list", "data": data})

    def no_such_model(self, name: str) -> ApiError:
        return ApiError(
            400,
            f"/images/generations: Invalid model name passed in model={name}. Call `/v1/models` to see the models.",
            param="model",
        )

    def refused(self, error: ApiError, route: str) -> Answer:
        if route == "model" and error.code == "model_not_found":
            return raw({"detail": f"Model '{error.about}' not found"}, 404)
        return super().refused(error, route)

    def form_of(self, error: ApiError) -> Answer:
        if error.kind == "detail":
            return raw({"detail": error.message}, error.status)
        message, kind = error.message, error.kind
        if error.code == "unknown_parameter":
            message = f"litellm.UnsupportedParamsError: Setting `{error.param}` is not supported by openai."
        return raw(told(error.status, message, kind, error.param), error.status)

    def painted(self, answer: Answer) -> Answer:
        nothing = {"url": None, "revised_prompt": None}
        body = dict(answer.body or {})
        if "data" in body:
            body["data"] = [{"b64_json": None, **nothing, **item} for item in body["data"]]
        return replace(answer, body=body, extra={**nothing, **answer.extra})
