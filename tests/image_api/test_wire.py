"""What is sent holds only what was asked for; what is answered is read in all its forms."""

import json
from datetime import date

import orjson
import pytest

from bot.errors import BadAnswer
from bot.image_api.catalogue import ListedModel
from bot.image_api.plan import Call
from bot.image_api.wire import (
    call_body,
    call_fields,
    moderation_body,
    picture_links,
    read_json,
    read_listing,
    read_model,
    read_verdict,
)
from bot.model import Endpoint

CATEGORIES = {"violence": True, "sexual": False, "illicit": None}


def test_a_plain_call_sends_model_and_prompt_alone() -> None:
    call = Call(endpoint=Endpoint.GENERATIONS, model="m", prompt="a fox \u05e9\U0001f98a", count=1)

    assert json.loads(call_body(call)) == {"model": "m", "prompt": "a fox \u05e9\U0001f98a"}


def test_a_full_call_sends_what_was_asked_for() -> None:
    call = Call(
        endpoint=Endpoint.EDITS,
        model="m",
        prompt="a fox",
        count=3,
        size="512x512",
        quality="hd",
        names_response_format=True,
    )

    assert call_fields(call) == {
        "model": "m",
        "prompt": "a fox",
        "n": 3,
        "size": "512x512",
        "quality": "hd",
        "response_format": "b64_json",
    }


def test_a_variation_has_no_prompt() -> None:
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", prompt="", count=2, names_response_format=True)

    assert call_fields(call) == {"model": "dall-e-2", "n": 2, "response_format": "b64_json"}


def test_words_and_a_picture_are_judged_together() -> None:
    assert orjson.loads(moderation_body("words", None, model="m")) == {"model": "m", "input": "words"}
    picture = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9g="}}
    both = orjson.loads(moderation_body("words", b"\xff\xd8", model="m"))
    assert both["input"] == [{"type": "text", "text": "words"}, picture]
    assert orjson.loads(moderation_body("", b"\xff\xd8", model="m"))["input"] == [picture]


@pytest.mark.parametrize(
    ("answer", "models"),
    [
        (
            {"object": "list", "data": [{"id": "a", "created": 1, "shutdown_date": "2026-12-01"}, {"id": "b"}]},
            [ListedModel("a", date(2026, 12, 1)), ListedModel("b")],
        ),
        ([{"id": "flux/dev", "type": "image"}], [ListedModel("flux/dev")]),
        ({"data": [{"id": "a", "shutdown_date": None}, {"id": "a"}, {"name": "no id"}, 3]}, [ListedModel("a")]),
        ({"data": [{"id": "a", "shutdown_date": "soon"}]}, [ListedModel("a")]),
        ({"data": []}, []),
    ],
)
def test_a_list_of_models_is_read_in_every_form(answer: object, models: list[ListedModel]) -> None:
    assert read_listing(answer) == models


@pytest.mark.parametrize("answer", [None, {}, {"data": None}, "models", {"data": {"id": "a"}}])
def test_what_is_no_list_of_models_is_refused(answer: object) -> None:
    with pytest.raises(BadAnswer):
        read_listing(answer)


@pytest.mark.parametrize("answer", [{"id": "a", "object": "model"}, {"object": "model", "data": {"id": "a"}}])
def test_one_model_may_be_wrapped(answer: object) -> None:
    assert read_model(answer) == ListedModel("a")


@pytest.mark.parametrize("answer", [None, {}, {"id": ""}, {"data": []}])
def test_a_model_without_an_id_is_none(answer: object) -> None:
    with pytest.raises(BadAnswer):
        read_model(answer)


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


def test_links_are_those_of_pictures_that_did_not_come_inside() -> None:
    data = [
        {"url": "a"},
        {"b64_json": True, "url": "b"},
        {"url": True},
        {"url": None},
        {"b64_json": None, "url": "c"},
        5,
    ]

    assert list(picture_links({"data": data})) == ["a", "c"]
    assert list(picture_links({"data": None})) == []
    assert list(picture_links([{"url": "a"}])) == []


def test_what_is_not_json_is_no_answer() -> None:
    with pytest.raises(BadAnswer):
        read_json(b"<html>")
