"""Money as people read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.text import dollars


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (0, "$0.00"),
        (1, "$0.0000010"),
        (5_910, "$0.0059"),
        (52_715, "$0.053"),
        (210_720, "$0.21"),
        (200_000, "$0.20"),
        (999_999, "$1.00"),
        (12_400_000, "$12.40"),
        (1_234_567_890, "$1,234.57"),
    ],
)
def test_money_has_two_figures_below_a_dollar_and_cents_above(microusd: int, text: str) -> None:
    assert dollars(microusd) == text


def test_the_most_is_rounded_up() -> None:
    assert dollars(210_720, at_most=True) == "$0.22"
    assert dollars(200_000, at_most=True) == "$0.20"


@given(st.integers(0, 10**12))
def test_the_most_never_says_less_than_it_is(microusd: int) -> None:
    said = float(dollars(microusd, at_most=True).removeprefix("$").replace(",", ""))

    assert said * 1_000_000 >= microusd * (1 - 1e-12)
