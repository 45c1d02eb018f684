"""Every way a service refuses becomes one of our errors, and the log learns nothing private."""

import json
from typing import Any

import pytest

from bot.errors import (
    BadAnswer,
    ContentRefused,
    ImageServiceError,
    ModelGone,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
    ServiceBusy,
    ServiceLost,
)
from bot.image_api.wire.failures import failure
from tests.clock import START

HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
QUOTA = "You exceeded your current quota, please check your plan and billing details."
RATE = (
    "Rate limit reached for images in organization org-1. Limit: 5/1min. Please try again in 12s. You can increase "
    "your rate limit by adding a payment method to your account at https://platform.openai.com/account/billing."
)
SAFETY = "Your request was rejected by the safety system. safety_violations=[sexual, violence/graphic]."


def openai(message: str, kind: str | None = None, code: object = None, **more: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


def judged(status: int, body: object = None, headers: dict[str, str] | None = None, **more: Any) -> ImageServiceError:  # noqa: ANN401  passed on
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return failure(status, headers or {}, text.encode(), now=START, **more)


MEANINGS: list[tuple[str, int, object, type[ImageServiceError]]] = [
    ("blocked", 400, openai(SAFETY, "image_generation_user_error", "moderation_blocked"), ContentRefused),
    ("dall-e policy", 400, openai("Rejected.", "invalid_request_error", "content_policy_violation"), ContentRefused),
    ("azure", 400, {"error": {"code": "contentFilter", "message": "Your task failed."}}, ContentRefused),
    (
        "azure inner",
        400,
        {"error": {"code": "x", "message": "no", "inner_error": {"code": "ResponsibleAIPolicyViolation"}}},
        ContentRefused,
    ),
    (
        "litellm policy",
        400,
        openai("litellm.ContentPolicyViolationError: rejected by the safety system", None, "400"),
        ContentRefused,
    ),
    ("policy in xAI's words", 400, {"code": "x", "error": "Rejected by content moderation."}, ContentRefused),
    ("policy in words", 403, {"message": "This violates our content policy", "statusCode": 403}, ContentRefused),
    ("no quota", 429, openai(QUOTA, "insufficient_quota", "insufficient_quota"), OwnerMustAct),
    ("no credit", 429, openai("Add credits.", "insufficient_quota", "credit_balance_exhausted"), OwnerMustAct),
    ("spend limit", 429, openai("Limit.", "insufficient_quota", "project_spend_limit_exceeded"), OwnerMustAct),
    ("no quota in words", 429, {"detail": QUOTA}, OwnerMustAct),
    ("hard limit", 400, openai("Limit.", "invalid_request_error", "billing_hard_limit_reached"), OwnerMustAct),
    ("hard limit in words", 400, {"error": "Billing hard limit has been reached."}, OwnerMustAct),
    ("wrong key", 401, openai("Incorrect API key provided: sk-abc***xyz.", None, "invalid_api_key"), OwnerMustAct),
    ("payment", 402, None, OwnerMustAct),
    ("region", 403, openai("Country not supported", "request_forbidden", "unsupported_country"), OwnerMustAct),
    ("credits", 403, {"message": "You've run out of credits", "statusCode": 403}, OwnerMustAct),
    ("moved", 301, "", OwnerMustAct),
    ("wrong key as 400", 400, {"code": "x", "error": "Incorrect API key provided: xa***ab."}, OwnerMustAct),
    ("wrong key in a list", 400, [{"error": {"code": 400, "message": "API key not valid."}}], OwnerMustAct),
    ("wrong key without a database", 400, openai("No connected db.", "no_db_connection", "400"), OwnerMustAct),
    ("no key as 500", 500, openai("No api key passed in.", "auth_error", "500"), OwnerMustAct),
    ("budget of a proxy", 400, openai("Budget!", "budget_exceeded", "400"), OwnerMustAct),
    ("quota of a relay", 403, openai("no", "new_api_error", "insufficient_user_quota"), OwnerMustAct),
    ("credits in xAI's words", 429, {"code": "x", "error": "used all available credits"}, OwnerMustAct),
    ("rate limit", 429, openai(RATE, "requests", "rate_limit_exceeded"), ServiceBusy),
    ("rate limit in words of money", 429, openai(QUOTA, "requests", "rate_limit_exceeded"), ServiceBusy),
    ("slow down", 429, openai("Reduce.", "rate_limit_error", "slow_down"), ServiceBusy),
    ("bare 429", 429, None, ServiceBusy),
    ("429 page", 429, HTML, ServiceBusy),
    ("overloaded", 503, openai("Overloaded", "service_unavailable_error", "server_is_overloaded"), ServiceBusy),
    ("overloaded, told by the application", 503, {"detail": "model is loading"}, ServiceBusy),
    ("server error", 500, openai("The server had an error", "server_error"), ServiceBusy),
    ("server error as a word", 500, {"error": "server_error", "message": "generate failed"}, ServiceBusy),
    ("500 page", 500, HTML, ServiceLost),
    ("500 of a proxy", 500, openai("litellm.InternalServerError: Connection lost", None, "500"), ServiceLost),
    ("502 page", 502, HTML, ServiceLost),
    ("503 page", 503, HTML, ServiceLost),
    ("504", 504, None, ServiceLost),
    ("524", 524, None, ServiceLost),
    ("408", 408, None, ServiceLost),
    ("model gone", 404, openai("The model 'dall-e-3' does not exist.", None, "model_not_found"), ModelGone),
    ("deployment gone", 404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment"}}, ModelGone),
    ("model gone in words", 404, {"detail": "Model dall-e-2 not found"}, ModelGone),
    ("wrong model", 400, {"detail": "The model `x` does not exist."}, ModelGone),
    ("retired", 400, openai("The model `dall-e-2` has been deprecated, see https://x", None, None), ModelGone),
    ("model without a channel", 503, openai("No channel", "new_api_error", "model_not_found"), ModelGone),
    ("model not offered", 404, openai("Unable", "invalid_request_error", "model_not_available"), ModelGone),
    ("another model", 400, {"detail": "Model mismatch: request specifies 'x' but server is running 'y'."}, ModelGone),
    ("a model lost in a proxy's words", 502, {"detail": "Model x not found"}, ServiceLost),
    ("no route at all", 404, None, RouteMissing),
    ("no route, told", 404, {"detail": "Not Found"}, RouteMissing),
    (
        "no route, OpenAI",
        404,
        openai("Invalid URL (POST /v1/images/variations)", "invalid_request_error"),
        RouteMissing,
    ),
    ("not allowed", 405, {"detail": "Method Not Allowed"}, RouteMissing),
    ("not built", 501, HTML, RouteMissing),
    ("unknown field", 400, openai("Unknown parameter: 'size'.", None, "unknown_parameter"), RequestRejected),
    ("string error", 400, {"error": "prompt required"}, RequestRejected),
    ("message form", 400, {"message": "Body validation error", "statusCode": 400}, RequestRejected),
    ("validation list", 422, {"detail": [{"loc": ["body", "n"], "msg": "too big", "type": "int"}]}, RequestRejected),
    ("too large", 413, HTML, RequestRejected),
    ("conflict", 409, openai("Another request is under way.", "conflict", "lock_timeout"), ServiceBusy),
    ("too early", 425, HTML, ServiceBusy),
    ("no quota, whatever its code", 429, openai("Limit.", "insufficient_quota", "some_new_limit"), OwnerMustAct),
    ("bot's quota at a relay", 403, {"error": {"message": "user quota is not enough", "code": "x"}}, OwnerMustAct),
    ("code as a number", 400, {"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}, RequestRejected),
    ("list", 400, [1, 2], RequestRejected),
    ("error in a success", 200, openai("Sorry", "server_error"), BadAnswer),
    ("overload in a success", 200, openai("Sorry", None, "server_is_overloaded"), ServiceBusy),
    ("policy in a success", 200, openai("No", None, "content_policy_violation"), ContentRefused),
]


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [case[1:] for case in MEANINGS],
    ids=[case[0] for case in MEANINGS],
)
def test_a_refusal_becomes_the_error_that_it_means(status: int, body: object, meaning: type[ImageServiceError]) -> None:
    assert type(judged(status, body)) is meaning


@pytest.mark.parametrize(
    ("body", "categories"),
    [
        (openai(SAFETY, None, "moderation_blocked"), ("sexual", "violence/graphic")),
        (
            openai(
                "no",
                None,
                "moderation_blocked",
                moderation_details={"categories": ["hate"], "moderation_stage": "input"},
            ),
            ("hate",),
        ),
        (openai("no", None, "moderation_blocked"), ()),
        (
            openai(
                "no",
                None,
                "content_policy_violation",
                inner_error={"content_filter_results": {"sexual": {"filtered": True}, "hate": {"filtered": False}}},
            ),
            ("sexual",),
        ),
    ],
)
def test_a_safety_refusal_names_its_categories(body: object, categories: tuple[str, ...]) -> None:
    error = judged(400, body)

    assert isinstance(error, ContentRefused)
    assert error.categories == categories


def test_the_field_that_was_refused_is_named() -> None:
    error = judged(400, {"error": {"message": "Unknown parameter", "code": "unknown_parameter", "param": "quality"}})
    listed = judged(422, {"detail": [{"loc": ["body", "n"], "msg": "too big", "type": "int_type"}]})

    assert isinstance(error, RequestRejected)
    assert "param=quality" in error.detail
    assert isinstance(listed, RequestRejected)
    assert "param=n" in listed.detail


@pytest.mark.parametrize(
    "code",
    [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_not_active",
    ],
)
def test_no_money_is_never_tried_again_however_the_service_invites_to(code: str) -> None:
    error = judged(429, openai("Limit.", None, code), {"Retry-After": "1", "x-should-retry": "true"})

    assert isinstance(error, OwnerMustAct)


@pytest.mark.parametrize(
    ("status", "body", "is_overloaded"),
    [
        (429, openai(RATE, "requests", "rate_limit_exceeded"), False),
        (429, None, False),
        (409, None, False),
        (503, openai("Slow.", "rate_limit_error", "slow_down"), False),
        (503, openai("Overloaded", "service_unavailable_error", "server_is_overloaded"), True),
        (429, openai("Overloaded", "service_unavailable_error", "server_is_overloaded"), True),
        (500, openai("The server had an error", "server_error"), True),
    ],
)
def test_trouble_of_the_service_is_told_from_being_asked_too_often(
    status: int, body: object, *, is_overloaded: bool
) -> None:
    error = judged(status, body)

    assert isinstance(error, ServiceBusy)
    assert error.is_overloaded is is_overloaded


@pytest.mark.parametrize(("sent", "again"), [({}, True), ({"x-should-retry": "false"}, False)])
def test_a_service_may_forbid_to_try_again(sent: dict[str, str], again: bool) -> None:
    error = judged(429, None, sent)

    assert isinstance(error, ServiceBusy)
    assert error.again is again


def test_a_service_may_say_that_a_failure_did_nothing() -> None:
    assert isinstance(judged(502, HTML, {"x-should-retry": "true"}), ServiceBusy)
    assert isinstance(judged(503, HTML, {"Retry-After": "3"}), ServiceBusy)
    assert isinstance(
        judged(400, openai("no", None, "content_policy_violation"), {"x-should-retry": "true"}), ContentRefused
    )
    assert isinstance(judged(429, openai(QUOTA, None, "insufficient_quota"), {"x-should-retry": "true"}), OwnerMustAct)


def test_the_log_learns_what_the_owner_needs() -> None:
    error = judged(
        429, openai("Slow\n down.", "requests", "rate_limit_exceeded"), {"x-request-id": "req_123", "Retry-After": "7"}
    )

    assert isinstance(error, ServiceBusy)
    assert error.retry_after_s == 7
    assert error.detail == "status=429 request_id=req_123 code=rate_limit_exceeded type=requests message=Slow down."


def test_a_code_that_only_repeats_the_status_is_left_out() -> None:
    assert judged(400, openai("No", "some_type", "400")).detail == "status=400 request_id=- type=some_type message=No"


def test_the_owner_reads_what_the_service_said() -> None:
    told = judged(401, openai("Incorrect API key provided: sk-abc***xyz.", None, "invalid_api_key"))
    untold = judged(402, None)

    assert isinstance(told, OwnerMustAct)
    assert told.reason == "HTTP 401 invalid_api_key: Incorrect API key provided: (key)"
    assert isinstance(untold, OwnerMustAct)
    assert untold.reason == "HTTP 402"


@pytest.mark.parametrize(
    "message",
    [
        "Bad prompt: a Red  fox in\nthe snow, at night",
        "The text 'fox in the snow' is not allowed",
        "Incorrect API key provided: canary-7f3a91",
        "Incorrect API key provided: sk-proj-canary7f3a91.",
        "Authorization was Bearer canary.7f3a91",
        "See https://x.example/a.png?sig=canary7f3a91",
        "x" * 5_000 + "canary",
    ],
)
def test_log_and_owner_learn_neither_words_nor_keys(message: str) -> None:
    body, private = openai(message, "x" * 90, "y" * 90), ("a red fox in the snow, at night", "canary-7f3a91")
    logged = judged(400, body, private=private).detail
    error = judged(401, body, private=private)

    assert isinstance(error, OwnerMustAct)
    for text, most_chars in ((logged, 399), (error.reason, 300)):
        assert "fox in the snow" not in text.casefold()
        assert "canary" not in text
        assert len(text) <= most_chars
        assert "\n" not in text


def test_a_short_prompt_is_not_repeated_either() -> None:
    assert "naked" not in judged(400, openai("Refused: Naked!"), private=("naked",)).detail.casefold()


def test_nobody_reads_a_services_words_instead_of_ours() -> None:
    for name, status, body, _ in MEANINGS:
        assert "cost you nothing" in str(judged(status, body)), name
