"""What moderation is asked, and its answers in all their forms."""

import orjson
import pytest

from bot.errors import BadAnswer
from bot.image_api.verdicts import moderation_body, read_verdict

CATEGORIES = {"violence": True, "sexual": False, "illicit": None}


def test_words_and_a_picture_are_judged_together() -> None:
    assert orjson.loads(moderation_body("words", None, model="m")) == {"model": "m", "input": "words"}
    picture = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9g="}}
    both = orjson.loads(moderation_body("words", b"\xff\xd8", model="m"))
    assert both["input"] == [{"type": "text", "text": "words"}, picture]
    assert orjson.loads(moderation_body("", b"\xff\xd8", model="m"))["input"] == [picture]


def test_a_verdict_names_what_was_flagged_and_where_it_was_looked_for() -> None:
    applied = {"violence": ["image"], "sexual": ["text", "image"]}
    result = {"flagged": True, "categories": CATEGORIES, "category_applied_input_types": applied}

    verdict = read_verdict({"results": [result]})

    assert verdict.flagged
    assert verdict.categories == ("violence",)
    assert verdict.kinds == {"image"}


def test_one_flagged_result_among_several_is_enough() -> None:
    fine = {"flagged": False, "categories": {"hate": False}}

    assert read_verdict({"results": [fine, {"flagged": True}]}).flagged
    assert read_verdict({"results": [fine, {"flagged": False, "categories": {"hate": True}}]}).flagged
    assert not read_verdict({"results": [fine]}).flagged


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"results": []}, {"results": [{}]}, {"results": [None]}, {"results": [{"flagged": "false"}]}],
)
def test_a_verdict_that_makes_no_sense_is_none(answer: object) -> None:
    with pytest.raises(BadAnswer):
        read_verdict(answer)
