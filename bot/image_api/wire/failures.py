"""What a refusal of the image service means: every status and body becomes one of our errors."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

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
from bot.image_api.wire.error_bodies import Complaint, complaint_in
from bot.image_api.wire.retries import asked_pause_s
from bot.image_api.wire.unknown_fields import unknown_fields

POLICY = (
    "moderation_blocked",
    "content_policy_violation",
    "image_content_policy_violation",
    "contentfilter",
    "content_filter",
    "responsibleaipolicyviolation",
)
MONEY = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "budget_exceeded",
    "insufficient_user_quota",
)
# LiteLLM without a database cannot look a wrong key up, and answers 400 or 500.
KEY = ("invalid_api_key", "auth_error", "no_db_connection")
RATE = ("rate_limit_exceeded", "rate_limit_error", "slow_down", "requests", "tokens")
OVERLOAD = ("server_is_overloaded", "service_unavailable_error", "service_unavailable", "overloaded_error")
MODEL = ("model_not_found", "model_not_available", "deploymentnotfound", "invalid_model", "unknown_model")
NOT_NOW = (409, 425)  # Conflict and Too Early (RFC 9110, RFC 8470): refused for this moment, before any work

# Words count only where a service gives no code that decides: OpenAI's own rate limits speak of billing, too.
_POLICY_WORDS = re.compile(
    r"safety system|content ?(?:policy|filter|management|moderation)|responsible ?ai", re.IGNORECASE
)
_MONEY_WORDS = re.compile(
    r"current quota|insufficient (?:quota|credit|balance|funds)|out of credits|balance is too low"
    r"|(?:hard|spend\w*|usage) limit (?:has|was)|used all available credits|budget has been exceeded",
    re.IGNORECASE,
)
_MODEL_WORDS = re.compile(
    r"\bmodels?\b.{0,120}\b(?:do(?:es)? not exist|not (?:be )?found|no longer|deprecated|retired|been shut down)"
    r"|(?:unknown|invalid|no such) model|\bmodel mismatch",
    re.IGNORECASE | re.DOTALL,
)
# A relay that gave up waiting does not know what became of the work, whatever status it chooses to say so.
_TIMED_OUT_WORDS = re.compile(r"tim(?:ed|e)[ -]?out", re.IGNORECASE)
# xAI and Gemini answer 400 for a wrong key.
_KEY_WORDS = re.compile(r"(?:incorrect|invalid) api key|api key not valid", re.IGNORECASE)


def failure(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, private: Sequence[str] = ()
) -> ImageServiceError:
    """The error that an answer means. `private` are words that must not reach the log: prompt and key."""
    return failure_of(status, headers, complaint_in(body), now=now, private=private)


def failure_of(
    status: int, headers: Mapping[str, str], complaint: Complaint, *, now: datetime, private: Sequence[str] = ()
) -> ImageServiceError:
    detail = f"status={status} request_id={headers.get('x-request-id', '-')[:80]} {complaint.loggable(private)}"
    refusal = _refusal(status, complaint, detail.rstrip(), private)
    if refusal is not None:
        return refusal
    should_retry = headers.get("x-should-retry", "").lower()
    pause_s = asked_pause_s(headers, now)
    if should_retry == "true" or _did_nothing(status, complaint, pause_s):
        return ServiceBusy(
            detail=detail,
            retry_after_s=pause_s,
            again=should_retry != "false",
            is_overloaded=(status >= 500 or complaint.mentions(*OVERLOAD)) and not complaint.mentions(*RATE),
        )
    error = _unclear(status, complaint, detail, private)
    if isinstance(error, ServiceLost):
        error.again = should_retry != "false"
    return error


def _refusal(status: int, complaint: Complaint, detail: str, private: Sequence[str]) -> ImageServiceError | None:
    """A refusal for a reason that stays: the same request gets the same answer."""
    if complaint.mentions(*RATE, *OVERLOAD) and not complaint.mentions(*POLICY, *MONEY):
        return None  # whatever words the message has
    if complaint.mentions(*POLICY) or (status < 500 and _POLICY_WORDS.search(complaint.message)):
        return ContentRefused(complaint.categories, detail=detail, after_painting=complaint.stage == "output")
    is_about_money = complaint.mentions(*MONEY) or (status < 500 and _MONEY_WORDS.search(complaint.message))
    is_about_key = complaint.mentions(*KEY) or (status < 500 and _KEY_WORDS.search(complaint.message))
    if is_about_money or is_about_key or status in (401, 402, 403, 407) or 300 <= status < 400:
        return OwnerMustAct(detail=detail, reason=f"HTTP {status} {complaint.readable(private)}".rstrip())
    if status != 429 and _is_about_model(status, complaint):
        return ModelGone(detail=detail)
    if status in (404, 405, 410, 501):
        return RouteMissing(detail=detail)
    return None


def _is_about_model(status: int, complaint: Complaint) -> bool:
    """A code says so at any status: relays on new-api answer 503 for a model that none of their channels has."""
    if complaint.mentions(*MODEL):
        return True
    return status < 500 and bool(_MODEL_WORDS.search(complaint.message)) and complaint.param in (None, "model")


def _did_nothing(status: int, complaint: Complaint, pause_s: float | None) -> bool:
    """Whether the service says that it did not begin; a proxy's bare 500, 502, 503 or 504 does not say so."""
    if status == 429 or status in NOT_NOW or complaint.mentions(*RATE, *OVERLOAD):
        return True
    if _TIMED_OUT_WORDS.search(complaint.message):
        return False
    if status == 503:
        return complaint.is_told or pause_s is not None
    return status == 500 and complaint.mentions("server_error")


def _unclear(status: int, complaint: Complaint, detail: str, private: Sequence[str]) -> ImageServiceError:
    if status >= 500 or status == 408:
        return ServiceLost(ImageServiceError.sentence, detail=detail)
    if status < 300 and not complaint.mentions("invalid_request_error"):
        return BadAnswer(detail=detail)
    return RequestRejected(detail=detail, unknown=unknown_fields(complaint, private))
