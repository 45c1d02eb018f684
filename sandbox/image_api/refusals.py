"""Fields that a service does not know (switch `refused_fields`), refused in the words of each kind of service."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.errors import unknown_parameter
from sandbox.image_api.exchange import Handler
from sandbox.image_api.forms import Form
from sandbox.image_api.switches import Switches


def _openai(field: str) -> tuple[int, Any]:
    return 400, unknown_parameter(field).body


def _openai_before(field: str) -> tuple[int, Any]:
    return 400, {"error": _error(f"Unrecognized request argument supplied: {field}")}


def _azure(field: str) -> tuple[int, Any]:
    message = f"Unsupported parameter: '{field}' is not supported with this model."
    return 400, {"error": {**_error(message), "param": field, "code": "unsupported_parameter"}}


def _jsonschema(field: str) -> tuple[int, Any]:
    return 400, {"error": _error(f"Additional properties are not allowed ('{field}' was unexpected)")}


def _fastapi(field: str) -> tuple[int, Any]:
    problem = {"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted"}
    return 422, {"detail": [problem]}


def _litellm(field: str) -> tuple[int, Any]:
    """For chat-like routes (LiteLLM: UnsupportedParamsError)."""
    message = f"litellm.UnsupportedParamsError: openai does not support parameters: ['{field}'], for model=flux."
    return 400, {"error": {**_error(message), "type": "None", "param": None, "code": "400"}}


def _litellm_images(field: str) -> tuple[int, Any]:
    """For pictures (LiteLLM issue 12408)."""
    message = (
        f"litellm.UnsupportedParamsError: Setting `{field}` is not supported by openai, sd3.5-large. To drop it from "
        "the call, set `litellm.drop_params = True`.. Received Model Group=sd3.5-large"
    )
    return 400, {"error": {**_error(message), "type": "None", "param": None, "code": "400"}}


def _gemini(field: str) -> tuple[int, Any]:
    message = f'Invalid JSON payload received. Unknown name "{field}": Cannot find field.'
    return 400, [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]


def _new_api(field: str) -> tuple[int, Any]:
    """Relays built on new-api (YEScale among them) add their own number and type."""
    message = f"Unknown parameter: '{field}'. (request id: 20261120120000123)"
    return 400, {"error": {"message": message, "type": "new_api_error", "param": "", "code": "bad_response_status"}}


def _xai(field: str) -> tuple[int, Any]:
    sentence = f"Argument not supported on this model: {field}"
    return 400, {"code": "Client specified an invalid argument", "error": sentence}


def _class_validator(field: str) -> tuple[int, Any]:
    return 400, {"message": [f"property {field} should not exist"], "error": "Bad Request", "statusCode": 400}


def _zod(field: str) -> tuple[int, Any]:
    return 400, {"message": f"Unrecognized key(s) in object: '{field}'", "statusCode": 400}


def _serde(field: str) -> tuple[int, Any]:
    return 422, {"error": f"unknown field `{field}`, expected one of `model`, `prompt` at line 1 column 40"}


def _error(message: str) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": None, "code": None}


FORMS: Mapping[str, Callable[[str], tuple[int, Any]]] = {
    "openai": _openai,
    "openai before": _openai_before,
    "azure": _azure,
    "jsonschema": _jsonschema,
    "fastapi": _fastapi,
    "litellm": _litellm,
    "litellm images": _litellm_images,
    "gemini": _gemini,
    "new-api": _new_api,
    "xai": _xai,
    "class-validator": _class_validator,
    "zod": _zod,
    "serde": _serde,
}


def picky(switches: Switches, handler: Handler) -> Handler:
    """A handler that refuses the first of the fields that this service is not to know, before anything is painted."""

    async def answer(request: web.Request, form: Form) -> Answer:
        for field in form.fields:
            if field in switches.refused_fields:
                status, body = FORMS[switches.refusal_form](field)
                return Answer(
                    file=orjson.dumps(body), status=status
                )  # no service's errors but OpenAI's are objects only
        return await handler(request, form)

    return answer
