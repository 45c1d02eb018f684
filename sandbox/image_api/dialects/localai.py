"""LocalAI: links by default, sizes that it does not know painted as 512x512, zeros for usage."""

import re
from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

NO_USAGE = {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0}


class LocalAi(Dialect):
    name = "localai"
    paths = paths("models", "model", "generations", "moderations")
    file_path = "/generated-images/{name}"
    has_relative_links = True
    needs_key = False
    models = (
        Model(id="stablediffusion", released=date(2023, 1, 1), rules=replace(FOREIGN, edits=False), owned_by="localai"),
        Model(id="omni-moderation-latest", released=date(2024, 11, 15)),
    )
    settings = {"IMAGE_DIALECT": "localai", "IMAGE_MODEL": "stablediffusion"}

    def bad_key(self, key: str | None) -> ApiError:
        return ApiError(401, "An authentication key is required", kind="", code="invalid_api_key")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        size = str(form.fields.get("size", "512x512"))
        known = re.fullmatch(r"\d+x\d+", size) and size in FOREIGN.sizes
        prompt = form.fields.get("prompt")
        wanted = prompt.partition("|")[0] if isinstance(prompt, str) else prompt
        return reworded(form, size=size if known else "512x512", prompt=wanted, quality=None)

    def form_of(self, error: ApiError) -> Answer:
        return raw({"error": {"code": error.status, "message": error.message, "type": ""}}, error.status)

    def painted(self, answer: Answer) -> Answer:
        return replace(answer, body={**(answer.body or {}), "id": "6f1c", "usage": NO_USAGE})
