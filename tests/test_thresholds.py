"""From which score on a category counts: as the service flags it, stricter for children, as the owner chose."""

import pytest

from bot.thresholds import NEVER_LOOSER, Thresholds

AS_FLAGGED = Thresholds()


def test_the_services_flags_decide_where_nobody_chose() -> None:
    scores = {"violence": 0.99, "sexual": 0.01}

    assert AS_FLAGGED.flagged(["sexual"], scores) == ("sexual",)
    assert AS_FLAGGED.flagged([], scores) == ()


def test_children_are_protected_from_a_low_score_on_whatever_the_service_flags() -> None:
    assert AS_FLAGGED.flagged([], {"sexual/minors": 0.1}) == ("sexual/minors",)
    assert AS_FLAGGED.flagged([], {"sexual/minors": 0.09}) == ()
    assert AS_FLAGGED.flagged(["sexual/minors"], {"sexual/minors": 0.0}) == ("sexual/minors",)


def test_a_chosen_score_decides_instead_of_the_flag_in_either_direction() -> None:
    chosen = Thresholds.parse(" violence = 0.9, sexual=0.3 ,")

    assert chosen.flagged(["violence"], {"violence": 0.89}) == ()
    assert chosen.flagged([], {"violence": 0.9, "sexual": 0.3}) == ("violence", "sexual")
    assert chosen.flagged(["hate"], {"violence": 0.5, "hate": 0.5}) == ("hate",)


def test_without_a_score_a_chosen_category_stays_as_it_was_flagged() -> None:
    chosen = Thresholds.parse("violence=0.9")

    assert chosen.flagged(["violence"], {}) == ("violence",)
    assert chosen.flagged([], {}) == ()


def test_the_protection_of_children_can_be_made_stricter_and_not_looser() -> None:
    assert Thresholds.parse("sexual/minors=0.05").flagged([], {"sexual/minors": 0.06}) == ("sexual/minors",)
    assert NEVER_LOOSER["sexual/minors"] < 0.2

    with pytest.raises(ValueError, match=r"cannot loosen sexual/minors: its score may be at most 0.1"):
        Thresholds.parse("sexual/minors=0.11")


@pytest.mark.parametrize(
    "text",
    ["violence", "violence=", "violence=canary", "violence=1.01", "violence=-0.1", "violence=nan", "violence=inf"],
)
def test_what_is_no_score_is_told_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must be pairs of a category and a score") as told:
        Thresholds.parse(text)

    assert "canary" not in str(told.value)


def test_a_category_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"the categories are harassment, .*violence/graphic") as told:
        Thresholds.parse("canary=0.5")

    assert "canary" not in str(told.value)


def test_a_category_is_named_once() -> None:
    with pytest.raises(ValueError, match="names violence twice"):
        Thresholds.parse("violence=0.5,violence=0.9")
