"""SGLang Diffusion: relative links by default, the prompt as the revised one, errors as FastAPI writes them."""

from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model


class SgLang(Dialect):
    name = "sglang"
    paths = paths("models", "model", "generations", "edits")
    file_path = "/v1/images/{name}/content"
    has_relative_links = True
    needs_key = False
    models = (Model(id="black-forest-labs/FLUX.1-dev", released=date(2024, 8, 1), rules=FOREIGN, owned_by="sglang"),)
    settings = {"IMAGE_DIALECT": "sglang"}

    def bad_key(self, key: str | None) -> ApiError:
        return ApiError(401, "Unauthorized", code="plain")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        if route == "edits" and not form.uploads:
            raise ApiError(422, "Field 'image' is required")
        return reworded(form, quality=None, user=None)

    def form_of(self, error: ApiError) -> Answer:
        return raw({"error" if error.code == "plain" else "detail": error.message}, error.status)

    def painted(self, answer: Answer) -> Answer:
        """A link of its own is a path without host."""
        body = dict(answer.body or {})
        if "data" in body:
            body["data"] = [
                {"b64_json": None, "url": f"{item['url']}?variant={number}", "file_path": f"outputs/{number}.png"}
                for number, item in enumerate(body["data"])
            ]
        return replace(answer, body=body)
