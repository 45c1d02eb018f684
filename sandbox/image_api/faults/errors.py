"""Faults that are error answers: what OpenAI and compatible services say when they refuse, are busy or are broken."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from sandbox.image_api.dialects.base import Dialect
from sandbox.image_api.errors import ApiError, moderation_blocked
from sandbox.image_api.faults.faults import Call, Fault

SERVER_FAILED = "The server had an error while processing your request. Sorry about that!"
HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def status(
    code: int, body: Mapping[str, Any] | str | None = None, *, headers: Mapping[str, str] | None = None
) -> Fault:
    """Any status with a JSON object, a text (HTML when it starts with «<») or nothing."""

    async def play(_: Call) -> web.StreamResponse:
        if body is None:
            return web.Response(status=code, headers=headers)
        if isinstance(body, str):
            kind = "text/html" if body.startswith("<") else "text/plain"
            return web.Response(status=code, text=body, content_type=kind, headers=headers)
        return web.Response(status=code, text=json.dumps(body), content_type="application/json", headers=headers)

    return Fault(play)


def trouble(kind: Dialect, name: str) -> Fault:
    """A refusal in the words of the service that is played: `content`, `busy` or `money`."""

    async def play(call: Call) -> web.StreamResponse:
        return await kind.troubles[name].answer.send(call.request)

    return Fault(play)


def error(api_error: ApiError, *, headers: Mapping[str, str] | None = None) -> Fault:
    return status(api_error.status, api_error.body, headers=headers)


def rate_limited(retry_after: str | None = None, *, headers: Mapping[str, str] | None = None) -> Fault:
    """429 with that Retry-After as it stands: seconds, a huge or negative number, an HTTP date, or none."""
    sent = dict(headers or {}) | ({} if retry_after is None else {"Retry-After": retry_after})
    busy = ApiError(
        429,
        "Rate limit exceeded for images per minute in organization org-sandbox. Limit: 5/1min. Current: 6/1min.",
        kind="requests",
        code="rate_limit_exceeded",
    )
    return error(busy, headers=sent)


def rate_limited_until(seconds_from_now: float) -> Fault:
    """429 whose Retry-After is an HTTP date."""
    return rate_limited(format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_from_now), usegmt=True))


def slow_down() -> Fault:
    return error(ApiError(429, "Please reduce your request rate.", kind="rate_limit_error", code="slow_down"))


def insufficient_quota(code: str = "insufficient_quota") -> Fault:
    """No money left. Newer codes: credit_balance_exhausted, organization_spend_limit_exceeded and their like."""
    sentence = "You exceeded your current quota, please check your plan and billing details."
    return error(ApiError(429, sentence, kind="insufficient_quota", code=code))


def billing_hard_limit() -> Fault:
    return error(ApiError(400, "Billing hard limit has been reached.", code="billing_hard_limit_reached"))


def server_error(code: int = 500) -> Fault:
    return error(ApiError(code, SERVER_FAILED, kind="server_error", code="server_error"))


def overloaded(retry_after: str | None = None) -> Fault:
    busy = ApiError(
        503,
        "The server is currently overloaded with other requests. Sorry about that!",
        kind="service_unavailable_error",
        code="server_is_overloaded",
    )
    return error(busy, headers=None if retry_after is None else {"Retry-After": retry_after})


def html_page(code: int = 502) -> Fault:
    """What a proxy in front of the service says."""
    return status(code, HTML_PAGE)


def wrong_key() -> Fault:
    return error(ApiError(401, "Incorrect API key provided.", code="invalid_api_key"))


def not_verified() -> Fault:
    sentence = "Your organization must be verified to use the model `gpt-image-2`."
    return error(ApiError(403, sentence))


def refused_by_safety(*categories: str, stage: str = "input") -> Fault:
    """moderation_blocked with the details of newer models."""
    return error(moderation_blocked(categories or ("sexual",), stage=stage))


def refused_by_safety_without_details(*categories: str) -> Fault:
    """moderation_blocked as older models say it: the categories are in the sentence alone."""
    plain = moderation_blocked(categories or ("sexual",))
    plain.details = None
    return error(plain)


def refused_by_policy() -> Fault:
    """What the DALL·E models said."""
    sentence = "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system."  # noqa: E501  one sentence
    return error(ApiError(400, sentence, code="content_policy_violation"))


def refused_by_azure() -> Fault:
    sentence = "Your task failed as a result of our safety system."
    return status(400, {"error": {"code": "contentFilter", "message": sentence}})


def refused_by_azure_policy() -> Fault:
    """The form with an inner error (Microsoft: Azure OpenAI content filtering)."""
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_results": {"sexual": {"filtered": True}}}
    message = "Your request was rejected as a result of our safety system."
    return status(400, {"error": {"code": "content_policy_violation", "message": message, "inner_error": inner}})


def refused_by_litellm() -> Fault:
    """A proxy that wraps the refusal: the code is the status as text, the words are in the message."""
    message = "litellm.ContentPolicyViolationError: Your request was rejected by the safety system."
    return status(400, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": "400"}})


def plain_text_error(code: int = 400, sentence: str = "prompt required") -> Fault:
    """`error` is a string (stable-diffusion.cpp)."""
    return status(code, {"error": sentence})


def detail_error(code: int = 422, detail: str | list[dict[str, Any]] = "model not found") -> Fault:
    """`detail` instead of `error` (FastAPI servers)."""
    return status(code, {"detail": detail})


def message_error(code: int = 400, sentence: str = "Body validation error") -> Fault:
    """`message` beside `statusCode`, no `error` (AI/ML API)."""
    body = {"message": sentence, "path": "/v1/images/generations", "requestId": "sandbox", "statusCode": code}
    return status(code, body)


def empty(code: int = 201) -> Fault:
    """A success without a body (AI/ML API documents 201 «No content»)."""
    return status(code)
