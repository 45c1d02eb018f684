"""sd-server of stable-diffusion.cpp: one model, no keys, errors as text, and null is a failure of its own."""

from collections.abc import Sequence
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

MODEL = Model(id="sd-cpp-local", released=date(2026, 1, 1), rules=FOREIGN, owned_by="local")
IGNORED = ("quality", "response_format", "user", "style")


class SdServer(Dialect):
    name = "sd-server"
    paths = paths("models", "generations", "edits")
    needs_key = False
    models = (MODEL,)
    settings = {"IMAGE_DIALECT": "sd-server"}

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        if any(value is None for value in form.fields.values()):
            raise ApiError(500, "[json.exception.type_error.302] type must be string, but is null", code="server_error")
        if not form.fields.get("prompt"):
            raise ApiError(400, "prompt required")
        if route == "edits" and not any(upload.field == "image[]" for upload in form.uploads):
            raise ApiError(400, "at least one image[] required")
        if "<sd_cpp_extra_args>" in form.fields["prompt"]:
            raise ApiError(400, "invalid sd_cpp_extra_args")
        return reworded(form, model=MODEL.id, response_format="b64_json", **dict.fromkeys(IGNORED[::2]))

    def listing(self, models: Sequence[Model]) -> Answer:
        data = [{"id": model.id, "object": "model", "owned_by": model.owned_by} for model in models]
        return Answer(body={"data": data})

    def form_of(self, error: ApiError) -> Answer:
        if error.code == "server_error":
            return raw({"error": "server_error", "message": error.message}, error.status)
        return raw({"error": error.message}, error.status)
