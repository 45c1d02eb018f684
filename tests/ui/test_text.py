"""Money as people read it, and words of strangers that stay within their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.text import dollars, plain, quoted


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


HOSTILE = {
    "a code block that ends": ("a ``` **b**", "a \u02cb\u02cb\u02cb **b**"),
    "another line": ("a\n\n# b\r\n> c", "a # b > c"),
    "another direction": ("a\u202eb\u2067c\u200fd", "abcd"),
    "nothing that is seen": ("a\u200bb\ufeffc\u00add", "abcd"),
    "control characters": ("a\x00\x1b[31mb", "a [31mb"),
    "a tower of marks": ("Z" + "\u0351" * 60 + "a", "Z" + "\u0351" * 4 + "a"),
    "marks that a language needs": (
        "Vi\u1ec7t e\u0302\u0301 \u05e9\u05c1\u05b8",
        "Vi\u1ec7t e\u0302\u0301 \u05e9\u05c1\u05b8",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_words_of_strangers_stay_within_their_line(name: str) -> None:
    typed, shown = HOSTILE[name]

    assert plain(typed) == f"`{shown}`"
    assert quoted(typed) == f"```\n{shown}\n```"


@given(st.text())
def test_nothing_that_anybody_types_ends_the_code_block_it_stands_in(typed: str) -> None:
    inside = quoted(typed).removeprefix("```\n").removesuffix("\n```")

    assert "`" not in inside
    assert "\n" not in inside
    assert plain(typed).count("`") == 2
