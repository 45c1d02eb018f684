"""Answers are read in all their forms."""

from datetime import date

import pytest

from bot.errors import BadAnswer
from bot.image_api.answers.fields import picture_links, read_json, read_listing, read_model
from bot.image_api.catalogue.catalogue import ListedModel


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
    assert list(
        picture_links({"images": [{"url": "d"}], "output": {"choices": [{"url": "e"}, {"image_base64": True}]}})
    ) == [
        "d",
        "e",
    ]
    assert list(picture_links({"data": None, "output": [], "images": "x"})) == []
    assert list(picture_links([{"url": "a"}])) == []


def test_what_is_not_json_is_no_answer() -> None:
    with pytest.raises(BadAnswer):
        read_json(b"<html>")
