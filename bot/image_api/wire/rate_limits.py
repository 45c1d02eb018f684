"""What a service says is left of its limits: the `x-ratelimit-…` headers, read whatever they hold."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

KINDS = ("requests", "images", "tokens")

_UNITS_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"\d{1,12}(?:\.\d{1,9})?"
_DURATION = re.compile(rf"(?:{_PART}(?:d|h|ms|us|µs|ns|m|s))+")
_PIECE = re.compile(rf"({_PART})(d|h|ms|us|µs|ns|m|s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One limit: `left` until it is fresh again in `reset_s` seconds. `limit` is None where it is not said."""

    left: int
    reset_s: float
    limit: int | None


def reports_in(headers: Mapping[str, str]) -> Iterator[tuple[str, Report]]:
    """The limits in an answer's headers, by kind; one without a sensible rest and reset says nothing."""
    for kind in KINDS:
        left = _count(headers.get(f"x-ratelimit-remaining-{kind}", ""))
        reset_s = seconds_in(headers.get(f"x-ratelimit-reset-{kind}", ""))
        if left is not None and reset_s is not None:
            limit = _count(headers.get(f"x-ratelimit-limit-{kind}", ""))
            yield kind, Report(left=left, reset_s=reset_s, limit=limit or None)


def seconds_in(text: str) -> float | None:
    """Seconds in `7`, `0.5` or a duration as Go writes it (`1s`, `6m0s`, `120ms`); None for anything else.

    The draft of OpenAI's specification says whole seconds, the wire was seen with durations (openai-java, pull request
    1039), so both are read.
    """
    text = text.strip()
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS_S[unit] for number, unit in _PIECE.findall(text))
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None


def _count(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if isfinite(number) and number >= 0 else None
