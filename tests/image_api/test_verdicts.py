"""What moderation is asked, and its answers in all their forms."""

from typing import Any

import orjson
import pytest

from bot.errors import BadAnswer
from bot.image_api.answers.verdicts import Verdict, moderation_body, read_verdicts

CATEGORIES = {"violence": True, "sexual": False, "illicit": None}
PNG = b"\x89PNG\r\n\x1a\n"


def asked(words: str | list[str], *pictures: bytes) -> object:
    return orjson.loads(moderation_body(words, pictures, model="m"))["input"]


def read(**result: object) -> Verdict:
    (verdict,) = read_verdicts({"results": [result]}, 1)
    return verdict


def flags(*results: dict[str, Any], count: int) -> list[bool]:
    return [verdict.flagged for verdict in read_verdicts({"results": list(results)}, count)]


def test_words_and_pictures_are_judged_together() -> None:
    jpeg = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9g="}}
    png = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}

    assert orjson.loads(moderation_body("words", (), model="m")) == {"model": "m", "input": "words"}
    assert asked("words", b"\xff\xd8") == [{"type": "text", "text": "words"}, jpeg]
    assert asked("", b"\xff\xd8") == [jpeg]
    assert asked(["one", "two"], PNG, b"\xff\xd8") == [
        {"type": "text", "text": "one"},
        {"type": "text", "text": "two"},
        png,
        jpeg,
    ]


def test_several_texts_are_judged_one_by_one() -> None:
    assert asked(["one", "two"]) == ["one", "two"]


def test_a_verdict_names_what_was_flagged_and_where_it_was_looked_for() -> None:
    applied = {"violence": ["image"], "sexual": ["text", "image"], "illicit": None}

    verdict = read(flagged=True, categories=CATEGORIES, category_applied_input_types=applied)

    assert verdict.flagged
    assert verdict.categories == ("violence",)
    assert verdict.looked_in["violence"] == {"image"}


def test_each_input_has_its_verdict_where_there_are_as_many_as_inputs() -> None:
    assert flags({"flagged": False}, {"flagged": True}, {"flagged": False}, count=3) == [False, True, False]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_where_there_are_not_as_many_all_count_for_each(count: int) -> None:
    fine, bad = {"flagged": False, "category_scores": {"hate": 0.4}}, {"flagged": True}

    assert flags(fine, bad, fine, count=count) == [True] * count
    assert flags(fine, fine, fine, count=count) == [False] * count


def test_results_taken_together_keep_the_strictest_of_each() -> None:
    first = {"flagged": True, "categories": {"hate": True}, "category_scores": {"hate": 0.9, "sexual": 0.1}}
    second = {"flagged": False, "category_scores": {"hate": 0.1, "sexual": 0.4}}

    (verdict,) = read_verdicts({"results": [first, second]}, 1)

    assert verdict.categories == ("hate",)
    assert verdict.scores == {"hate": 0.9, "sexual": 0.4}


def test_a_category_counts_although_the_result_says_otherwise() -> None:
    assert read(flagged=False, categories={"hate": True}).flagged


@pytest.mark.parametrize("result", [{}, {"categories": None}, {"categories": {}}, {"categories": {"hate": None}}])
def test_a_flag_counts_although_no_category_is_named(result: dict[str, Any]) -> None:
    assert read(flagged=True, **result).flagged
    assert not read(flagged=False, **result).flagged


def test_a_category_that_nobody_knows_yet_is_read_like_any_other() -> None:
    assert read(flagged=True, categories={"gambling": True}).categories == ("gambling",)


@pytest.mark.parametrize("value", ["true", "false", "", 0, 1, 0.7, [], {}])
def test_a_category_that_is_neither_yes_nor_no_makes_no_sense(value: object) -> None:
    with pytest.raises(BadAnswer):
        read(flagged=False, categories={"violence": value})


@pytest.mark.parametrize("scores", [None, {}, {"hate": None}, {"hate": "0.9"}, {"hate": True}, {"hate": [0.9]}])
def test_a_score_that_is_no_number_is_no_score(scores: object) -> None:
    assert read(flagged=False, categories={"hate": False}, category_scores=scores).scores == {}


@pytest.mark.parametrize("field", ["categories", "category_scores"])
@pytest.mark.parametrize("value", [["violence"], "violence", 3, True])
def test_lists_in_place_of_objects_make_no_sense(field: str, value: object) -> None:
    with pytest.raises(BadAnswer):
        read(flagged=False, **{field: value})


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"results": []}, {"results": [{}]}, {"results": [None]}, {"results": [{"flagged": "false"}]}],
)
def test_a_verdict_that_makes_no_sense_is_none(answer: object) -> None:
    with pytest.raises(BadAnswer):
        read_verdicts(answer, 1)
