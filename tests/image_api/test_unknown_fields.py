"""Whether a refusal says that a field is unknown: every service has its words for it."""

import json

import pytest

from bot.errors import RequestRejected
from bot.image_api.wire.failures import failure
from sandbox.image_api.refusals import FORMS
from tests.clock import START


def unknown(status: int, body: object, *private: str) -> tuple[str, ...]:
    error = failure(status, {}, json.dumps(body).encode(), now=START, private=private)
    assert isinstance(error, RequestRejected)
    return error.unknown


def said(message: str, *private: str, **more: object) -> tuple[str, ...]:
    return unknown(400, {"error": {"message": message, "type": "invalid_request_error", **more}}, *private)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ["quality", "response_format", "partial_images"])
def test_a_field_that_a_service_does_not_know_is_named(form: str, field: str) -> None:
    status, body = FORMS[form](field)

    assert field in unknown(status, body)


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("litellm.UnsupportedParamsError: x does not support parameters: ['quality', 'style'], for model=y",
         {"quality", "style"}),
        ("Additional properties are not allowed ('quality', 'style' were unexpected)", {"quality", "style"}),
        ("Unrecognized request arguments supplied: quality, style", {"quality", "style"}),
        ("Unrecognized key(s) in object: 'quality', 'style'", {"quality", "style"}),
        ('Unrecognized keys: "quality" and "style"', {"quality", "style"}),
        ("Unknown parameter: 'svg.model'.", {"svg"}),
        ("The parameter `style` is not supported for this model.", {"style"}),
    ],
)  # fmt: skip
def test_several_fields_and_parts_of_fields_are_named(message: str, fields: set[str]) -> None:
    assert fields <= set(said(message))


def test_a_list_of_problems_names_each_field_that_is_extra_and_no_other() -> None:
    problems = [
        {"type": "extra_forbidden", "loc": ["body", "quality"], "msg": "Extra inputs are not permitted"},
        {"type": "int_type", "loc": ["body", "n"], "msg": "Input should be a valid integer"},
        {"type": "value_error.extra", "loc": ["body", "svg", "model"], "msg": "extra fields not permitted"},
    ]

    assert unknown(422, {"detail": problems}) == ("quality", "svg")


def test_the_parameter_is_enough_where_the_code_says_what_is_wrong_with_it() -> None:
    assert said("Nope.", code="unknown_parameter", param="quality") == ("quality",)
    assert said("Nope.", code="unsupported_parameter", param="quality") == ("quality",)


@pytest.mark.parametrize(
    "more",
    [
        {
            "message": "Invalid value: '1x1'. Supported values are: '1024x1024'.",
            "code": "invalid_value",
            "param": "size",
        },
        {"message": "Unsupported value: 'size' does not support '1x1'.", "code": "unsupported_value", "param": "size"},
        {"message": "Invalid type for 'size': expected a string.", "code": "invalid_type", "param": "size"},
        {"message": "Missing required parameter: 'size'.", "code": "missing_required_parameter", "param": "size"},
        {"message": "The parameter size is not supported with '1x1'.", "code": "invalid_value", "param": "size"},
        {"message": "Size 1x1 is not supported by this model.", "param": "size"},
        {"message": "Parameter size must be one of 1024x1024."},
        {"message": "Invalid size '1x1'."},
    ],
)
def test_a_value_that_is_refused_is_no_unknown_field(more: dict[str, str]) -> None:
    assert "size" not in said(**more)


def test_words_of_a_member_teach_nothing() -> None:
    prompt = "unknown parameter: 'quality', painted by Goya"
    echo = f"Cannot paint this: {prompt}"

    assert said(echo, prompt) == ()
    assert said(echo) == ("quality", "painted")


@pytest.mark.parametrize("words", ["a", "me", "x", "parameter"])
def test_words_that_are_too_short_to_teach_anything_hide_nothing(words: str) -> None:
    assert said("Unknown parameter: 'quality'. (exact)", words, "sk-a-key-of-some-length") == ("quality",)
