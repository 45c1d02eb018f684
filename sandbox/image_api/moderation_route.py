"""POST /v1/moderations."""

import asyncio
import secrets

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.errors import ApiError, invalid_value, missing, unknown_model, unsupported_value, wrong_type
from sandbox.image_api.fields import Fields
from sandbox.image_api.forms import Form
from sandbox.image_api.model_routes import listed_models
from sandbox.image_api.moderation import Verdict, judge
from sandbox.image_api.switches import Switches

DEFAULT_MODEL = "omni-moderation-latest"
PICTURES_MAX = 1  # seen in production (gumroad's pull request 4709); the documents do not say


class ModerationRoute:
    """One result for a text or a list of parts, one each for a list of texts."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    async def answer(self, _: web.Request, form: Form) -> Answer:
        fields = Fields(form)
        fields.allow_only({"input", "model"})
        model = fields.text("model", max_chars=200) or DEFAULT_MODEL
        self._check_model(model)
        if "input" not in form.fields:
            raise missing("input")
        verdicts = await asyncio.to_thread(self._judge, form.fields["input"], form)
        return Answer(
            body={
                "id": f"modr-{secrets.token_hex(12)}",
                "model": model,
                "results": [verdict.result for verdict in verdicts],
            }
        )

    def _check_model(self, name: str) -> None:
        listed = listed_models(self._switches)
        if name not in listed:
            raise unknown_model(name)
        moderators = [known for known in listed if known.startswith("omni-moderation")]
        if name not in moderators:
            raise unsupported_value("model", name, moderators)

    def _judge(self, asked: object, form: Form) -> list[Verdict]:
        words = self._switches.flagged_words
        if isinstance(asked, str):
            return [judge([asked], [], words)]
        if not isinstance(asked, list):
            raise wrong_type("input", "a string or an array", asked)
        if not asked:
            raise invalid_value("input", "Invalid 'input': empty array.")
        if all(isinstance(item, str) for item in asked):
            return [judge([item], [], words) for item in asked]
        texts = [_text(part) for part in asked if not _is_picture(part)]
        if len(form.uploads) > PICTURES_MAX:
            said = f"Number of images ({len(form.uploads)}) exceeds maximum of {PICTURES_MAX}"
            raise ApiError(400, said, param="input", code="too_many_images")
        return [judge(texts, [upload.file for upload in form.uploads], words)]


def _is_picture(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "image_url"


def _text(part: object) -> str:
    if not isinstance(part, dict):
        raise wrong_type("input", "an array of strings or an array of objects", part)
    if part.get("type") != "text":
        raise unsupported_value("input[].type", part.get("type"), ("text", "image_url"))
    if not isinstance(part.get("text"), str):
        raise missing("input[].text")
    text: str = part["text"]
    return text
