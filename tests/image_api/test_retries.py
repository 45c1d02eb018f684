"""When a request is made again, and after how long."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    BadAnswer,
    ContentRefused,
    ImageServiceError,
    OwnerMustAct,
    ServiceBusy,
    ServiceLost,
    ServiceUnreachable,
)
from bot.image_api.wire.retries import Patience, asked_pause_s
from tests.clock import START


def pause_s(
    error: ImageServiceError, *, tried: int = 1, waited_s: float = 0, patience: Patience | None = None
) -> float | None:
    return (patience or Patience()).pause_s(error, tried=tried, waited_s=waited_s, chance=lambda: 0.0)


@pytest.mark.parametrize(
    ("headers", "asked_s"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After-Ms": "soon", "Retry-After": "9"}, 9.0),
        ({"Retry-After": format_datetime(START + timedelta(seconds=40), usegmt=True)}, 40.0),
        ({"Retry-After": format_datetime(START - timedelta(seconds=40), usegmt=True)}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "86400"}, 86_400.0),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": "Fri, 20 Nov 99999999999999 12:00:00 GMT"}, None),
        ({"Retry-After-Ms": "0", "Retry-After": "9"}, 9.0),
    ],
)
def test_the_time_a_service_names_is_understood(headers: dict[str, str], asked_s: float | None) -> None:
    assert asked_pause_s(headers, START) == asked_s


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,2} [JFMND][a-z]{2} [0-9]{1,6} [0-9:]{1,8} [+-][0-9]{4}"))
def test_no_answer_breaks_the_patience(text: str) -> None:
    asked_s = asked_pause_s({"Retry-After": text}, START)

    assert asked_s is None or asked_s > 0


def test_a_service_that_names_next_to_no_time_is_not_stormed() -> None:
    assert pause_s(ServiceBusy(retry_after_s=0.000_001)) == 0.1


def test_pauses_double_up_to_a_limit() -> None:
    patience = Patience(tries=9)

    pauses = [pause_s(ServiceBusy(), tried=tried, patience=patience) for tried in range(1, 8)]

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_pauses_are_spread_so_that_a_crowd_does_not_come_back_at_once() -> None:
    assert Patience().pause_s(ServiceBusy(), tried=1, waited_s=0, chance=lambda: 1.0) == 0.375


def test_three_tries_are_all() -> None:
    assert pause_s(ServiceUnreachable(), tried=2) == 1.0
    assert pause_s(ServiceUnreachable(), tried=3) is None


@pytest.mark.parametrize(("asked", "pause"), [(120.0, 120.0), (121.0, None)])
def test_a_service_that_wants_a_long_rest_is_left_alone(asked: float, pause: float | None) -> None:
    assert pause_s(ServiceBusy(retry_after_s=asked)) == pause


@pytest.mark.parametrize(
    "error",
    [ServiceLost(), OwnerMustAct(), ContentRefused(), BadAnswer(), ImageServiceError(), ServiceBusy(again=False)],
)
def test_what_may_have_been_billed_or_stays_refused_is_not_tried_again(error: ImageServiceError) -> None:
    assert pause_s(error) is None


def test_what_costs_nothing_is_asked_again_when_its_answer_was_lost() -> None:
    free = Patience(may_repeat_lost=True)

    assert pause_s(ServiceLost(), patience=free) == 0.5
    assert pause_s(OwnerMustAct(), patience=free) is None


def test_patience_ends_with_its_time() -> None:
    patience = Patience(tries=1_000, total_s=60)

    assert pause_s(ServiceBusy(retry_after_s=20), waited_s=40, patience=patience) == 20
    assert pause_s(ServiceBusy(retry_after_s=20), waited_s=41, patience=patience) is None
