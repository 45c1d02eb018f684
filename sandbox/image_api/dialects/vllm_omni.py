"""vLLM-Omni: one model that must be named rightly or not at all, base64 only, errors as FastAPI writes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import FOREIGN, Dialect, Trouble, paths, raw, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

MODEL = Model(id="Qwen/Qwen-Image", released=date(2025, 8, 4), rules=FOREIGN, owned_by="vllm")
OWN_FIELDS = ("seed", "negative_prompt", "num_inference_steps", "guidance_scale", "true_cfg_scale")


class VllmOmni(Dialect):
    name = "vllm-omni"
    paths = paths("models", "generations", "edits")
    needs_key = False
    models = (MODEL,)
    troubles = {
        "busy": Trouble(503, {"detail": "Diffusion engine not initialized. Start server with a diffusion model."})
    }
    settings = {"IMAGE_DIALECT": "vllm-omni"}

    def bad_key(self, key: str | None) -> ApiError:
        return ApiError(401, "Unauthorized", code="plain")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        asked = form.fields.get("model", MODEL.id)
        if asked != MODEL.id:
            raise ApiError(400, f"Model mismatch: request specifies '{asked}' but server is running '{MODEL.id}'.")
        if not form.fields.get("prompt"):
            raise ApiError(422, "Field required", param="prompt", code="missing")
        if not isinstance(form.fields.get("seed", 0), int):
            raise ApiError(422, "Input should be a valid integer", param="seed", code="int_parsing")
        if form.fields.get("response_format", "b64_json") != "b64_json":
            raise ApiError(400, "Only response_format 'b64_json' is supported.")
        if form.fields.get("stream") in (True, "true"):
            raise ApiError(400, "Streaming is only supported by multi-stage pipelines.")
        if any(upload.field == "mask" for upload in form.uploads):
            raise ApiError(400, "mask is not supported")
        return reworded(form, model=MODEL.id, response_format="b64_json", **dict.fromkeys(OWN_FIELDS))

    def listing(self, models: Sequence[Model]) -> Answer:
        data = [{**model.listing, "root": model.id, "parent": None, "max_model_len": None} for model in models]
        return Answer(body={"object": "list", "data": data})

    def form_of(self, error: ApiError) -> Answer:
        if error.code in ("missing", "int_parsing"):
            problem = {"type": error.code, "loc": ["body", error.param], "msg": error.message, "input": {}}
            return raw({"detail": [problem]}, error.status)
        if error.code == "plain":
            return raw({"error": error.message}, error.status)
        return raw({"detail": error.message}, error.status)

    def painted(self, answer: Answer) -> Answer:
        return replace(answer, extra={"url": None, "revised_prompt": None})
