"""What a service says when it refuses, in whatever form of body, and what of it may be logged."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import orjson

MESSAGE_MAX_CHARS = 200
NAME_MAX_CHARS = 60
ECHO_CHARS = 12

_KEY = re.compile(r"\b(?:sk|pk|rk|key)[-_][\w.*-]{4,}|(?i:bearer)\s+\S+")
_QUERY = re.compile(r"(https?://[^\s?]*)\?\S*")
_VIOLATIONS = re.compile(r"safety_violations=\[([^\]]*)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A refusal's own words. `code` and `kind` are in lower case and empty where the service gives none.

    `stage` is where moderation stopped it: `input`, `output`, or empty where the service does not say.
    `unknown` are fields that a list of problems calls extra, one by one; unknown_fields.py reads all other ways.
    `is_told` is False for a body that is no error of an API at all, such as a proxy's HTML page.
    """

    message: str = ""
    code: str = ""
    kind: str = ""
    param: str | None = None
    categories: tuple[str, ...] = ()
    stage: str = ""
    unknown: tuple[str, ...] = ()
    is_told: bool = False

    def mentions(self, *names: str) -> bool:
        """Whether `code` or `kind` is one of `names`."""
        return self.code in names or self.kind in names

    def readable(self, private: Sequence[str]) -> str:
        """Code and scrubbed message, for the owner to read."""
        return ": ".join(filter(None, (_scrubbed(self.code or self.kind, private), _scrubbed(self.message, private))))

    def loggable(self, private: Sequence[str]) -> str:
        """Code, type, parameter and scrubbed message."""
        fields = {"code": self.code, "type": self.kind, "param": self.param or "", "message": self.message}
        named = {name: _scrubbed(value, private) for name, value in fields.items()}
        return " ".join(f"{name}={value}" for name, value in named.items() if value)


def _scrubbed(text: str, private: Sequence[str]) -> str:
    """A piece of what a service said, without keys; services like to repeat them, and prompts, too.

    What repeats a part of any of `private`, plainly or as in an address, is left out.
    """
    words = _QUERY.sub(r"\1", _KEY.sub("(key)", " ".join(text.split())))[:MESSAGE_MAX_CHARS]
    return "(left out: it repeats the request)" if repeats_any(words, private) else words


def repeats_any(words: str, private: Sequence[str]) -> bool:
    """Whether a part of any of `private` stands in these words, plainly or as in an address."""
    return any(_repeats(form, secret) for secret in private for form in (words, unquote_plus(words)))


def complaint_in(body: bytes) -> Complaint:
    """The complaint in an error's body, empty where there is none."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Complaint(message=body[: 4 * MESSAGE_MAX_CHARS].decode(errors="replace"))
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = answer[0]  # Gemini's OpenAI form wraps its errors so
    return complaint_from(answer) if isinstance(answer, dict) else Complaint(message=str(answer))


def complaint_from(answer: Mapping[str, Any]) -> Complaint:
    """From a JSON object: `error` (object or string), `message` (or several), or `detail` (string, list or object)."""
    error = answer.get("error")
    if isinstance(error, Mapping):
        return _from_object(error)
    detail = answer.get("detail")
    if isinstance(detail, Mapping):
        return _from_object(detail)
    if isinstance(detail, list):
        return _from_validation(detail)
    said = [text for text in (error, _joined(answer.get("message")), detail) if isinstance(text, str) and text]
    code = answer.get("code") or (error if len(said) > 1 else None)
    return Complaint(message=said[-1] if said else "", code=_name(code), is_told=bool(said))


def _joined(message: object) -> object:
    """Several messages as one: class-validator answers a list of them."""
    return "; ".join(map(str, message)) if isinstance(message, list) else message


def _from_object(error: Mapping[str, Any]) -> Complaint:
    inner = error.get("inner_error") or error.get("innererror")
    inner_code = inner.get("code") if isinstance(inner, Mapping) else None
    param = error.get("param")
    message = str(error.get("message") or "")
    return Complaint(
        message=message,
        code=_name(inner_code or error.get("code")),
        kind=_name(error.get("type") or error.get("status")),
        param=param[:NAME_MAX_CHARS] if isinstance(param, str) else None,
        categories=tuple(_categories(error, message)) or tuple(_filtered(inner)),
        stage=_stage(error),
        is_told=True,
    )


def _from_validation(problems: Sequence[Any]) -> Complaint:
    """A list of `{loc, msg, type}`, as FastAPI services answer."""
    found = [problem for problem in problems if isinstance(problem, Mapping)]
    where = [problem["loc"] for problem in found if isinstance(problem.get("loc"), list) and problem["loc"]]
    return Complaint(
        message="; ".join(str(problem.get("msg", "")) for problem in found),
        kind=_name(found[0].get("type")) if found else "",
        param=str(where[0][-1])[:NAME_MAX_CHARS] if where else None,
        unknown=tuple(_unknown(found)),
        is_told=True,
    )


def _unknown(problems: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Fields of the body that are «extra», in the words of pydantic 2 and 1."""
    for problem in problems:
        loc = problem.get("loc")
        if problem.get("type") in ("extra_forbidden", "value_error.extra") and isinstance(loc, list):
            path = [part for part in loc if part != "body"]
            yield from (str(part)[:NAME_MAX_CHARS] for part in path[:1])


def _categories(error: Mapping[str, Any], message: str) -> Iterator[str]:
    details = error.get("moderation_details")
    named = details.get("categories") if isinstance(details, Mapping) else None
    if isinstance(named, list) and named:
        yield from (name for name in named if isinstance(name, str))
    elif violations := _VIOLATIONS.search(message):
        yield from (name.strip() for name in violations[1].split(",") if name.strip())


def _stage(error: Mapping[str, Any]) -> str:
    details = error.get("moderation_details")
    return _name(details.get("moderation_stage")) if isinstance(details, Mapping) else ""


def _filtered(inner: object) -> Iterator[str]:
    """Azure: Content filtering. What was found is in the inner error: `{"sexual": {"filtered": true}}`."""
    results = inner.get("content_filter_results") if isinstance(inner, Mapping) else None
    for name, result in results.items() if isinstance(results, Mapping) else ():
        if isinstance(result, Mapping) and result.get("filtered") is True:
            yield str(name)


def _name(value: object) -> str:
    """A code or type as one word; numbers and numbers as text only repeat the status."""
    text = value.strip().lower() if isinstance(value, str) else ""
    return "" if text.isdigit() else text[:NAME_MAX_CHARS]


def _repeats(message: str, secret: str) -> bool:
    said, hidden = message.casefold(), " ".join(secret.split()).casefold()
    if len(hidden) <= ECHO_CHARS:
        return bool(hidden) and hidden in said
    return any(said[at : at + ECHO_CHARS] in hidden for at in range(len(said) - ECHO_CHARS + 1))
