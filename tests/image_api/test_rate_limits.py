"""The limits that a service names with its answers, in whatever form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.wire.rate_limits import Report, reports_in, seconds_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("0.5", 0.5),
        (" 12 ", 12.0),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3s", 3723.0),
        ("1.5s", 1.5),
        ("1m30.25s", 90.25),
        ("250µs", 0.00025),
        ("2d", 172_800.0),
        ("17.28s", 17.28),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("-3s", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("1s2", None),
        ("s", None),
        ("3 s", None),
        ("1 January", None),
    ],
)
def test_a_reset_is_read_as_seconds_or_as_a_duration(text: str, seconds: float | None) -> None:
    assert seconds_in(text) == (None if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=40) | st.from_regex(r"[0-9.hmsdµn]{1,30}", fullmatch=True))
def test_no_reset_breaks_anything(text: str) -> None:
    seconds = seconds_in(text)

    assert seconds is None or seconds >= 0


def test_every_kind_of_limit_is_read() -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-images": "0",
        "x-ratelimit-reset-images": "12",
        "x-ratelimit-limit-tokens": "nonsense",
        "x-ratelimit-remaining-tokens": "149984.0",
        "x-ratelimit-reset-tokens": "6m0s",
    }

    assert dict(reports_in(headers)) == {
        "requests": Report(left=59, reset_s=1.0, limit=60),
        "images": Report(left=0, reset_s=12.0, limit=None),
        "tokens": Report(left=149_984, reset_s=360.0, limit=None),
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-remaining-images": "0"},
        {"x-ratelimit-reset-images": "60"},
        {"x-ratelimit-remaining-images": "-1", "x-ratelimit-reset-images": "60"},
        {"x-ratelimit-remaining-images": "many", "x-ratelimit-reset-images": "60"},
        {"x-ratelimit-remaining-images": "0", "x-ratelimit-reset-images": "later"},
    ],
)
def test_half_a_limit_or_nonsense_says_nothing(headers: dict[str, str]) -> None:
    assert dict(reports_in(headers)) == {}
