"""What is sent holds only what was asked for, in the words of the service and the model, and never null."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.bodies import Body, body_of, call_fields
from bot.image_api.calls.check_service import check_service
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.dialects.dialect import Dialect, Route
from bot.image_api.dialects.records import (
    AIMLAPI,
    AZURE,
    COMPATIBLE,
    DIALECTS,
    GEMINI,
    LITELLM,
    OPENAI,
    SD_SERVER,
    TOGETHER,
    VLLM_OMNI,
    XAI,
)
from bot.model import Endpoint
from tests.image_api.conftest import Source

NOTHING_KNOWN = ModelFacts(id="m")
LINKS_BY_DEFAULT = ModelFacts(id="m", response_formats=("url", "b64_json"))
FLUX = ModelFacts(
    id="flux", names={"n": "num_images", "size": "image_size", "image": "image_url"}, size_form="object", count_max=4
)
PICTURE = Source(Path("a.png"), "image/png")
OTHER = Source(Path("b.jpg"), "image/jpeg")
EVERYTHING: dict[str, Any] = {
    "count": 2,
    "size": "1536x1024",
    "quality": "high",
    "style": "vivid",
    "background": "opaque",
    "output_format": "webp",
    "output_compression": 0,
    "moderation": "low",
    "input_fidelity": "high",
    "complexity": "low",
    "partial_images": 0,
    "frame_count": 3,
    "frame_duration_ms": 200,
    "svg": {"model": "gpt-5", "reasoning": {"effort": "low"}},
    "response_format": "b64_json",
    "user": "u-1",
    "safety_identifier": "s-1",
    "extra": {"seed": 7, "nothing": None},
}


def painted(**changes: Any) -> Call:  # noqa: ANN401  any field
    return Call(endpoint=Endpoint.GENERATIONS, model="m", prompt="a fox", **changes)


def edited(*sources: Source, **changes: Any) -> Call:  # noqa: ANN401  any field
    return Call(endpoint=Endpoint.EDITS, model="m", prompt="a fox", sources=sources or (PICTURE,), **changes)


def fields(call: Call, dialect: Dialect = COMPATIBLE, facts: ModelFacts = NOTHING_KNOWN) -> dict[str, Any]:
    return call_fields(call, facts, dialect)


def body(call: Call, facts: ModelFacts, dialect: Dialect) -> Body:
    return body_of(call, call_fields(call, facts, dialect), facts, dialect)


def told(body: Body) -> Any:  # noqa: ANN401  any JSON
    """The JSON with each picture's file name in its place."""
    parts = [part if isinstance(part, bytes) else part.file.name.encode() for part in body.parts]
    return json.loads(b"".join(parts))


def test_a_plain_call_sends_model_and_prompt_alone() -> None:
    call = Call(endpoint=Endpoint.GENERATIONS, model="m", prompt="a fox \u05e9\U0001f98a")

    sent = body(call, NOTHING_KNOWN, COMPATIBLE)

    assert sent.route is Route.GENERATIONS
    assert json.loads(sent.json or b"") == {"model": "m", "prompt": "a fox \u05e9\U0001f98a"}


def test_every_field_that_was_set_is_sent_and_no_other() -> None:
    sent = fields(painted(**EVERYTHING), OPENAI)

    assert sent == {
        "model": "m",
        "prompt": "a fox",
        "n": 2,
        "stream": True,
        **{name: value for name, value in EVERYTHING.items() if name not in ("count", "extra")},
        "seed": 7,
    }


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_no_service_is_ever_sent_null(dialect: Dialect) -> None:
    for call in (painted(), edited(), painted(**EVERYTHING), edited(**EVERYTHING)):
        assert None not in fields(call, dialect).values()


def test_a_variation_has_no_prompt() -> None:
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", prompt="", count=2, sources=(PICTURE,))

    sent = body(call, LINKS_BY_DEFAULT, COMPATIBLE)

    assert sent.form == {"model": "dall-e-2", "n": "2", "response_format": "b64_json"}
    assert sent.uploads == (("image", PICTURE),)


def test_a_form_writes_objects_and_flags_as_openais_own_library_does() -> None:
    sent = body(edited(partial_images=2, svg=EVERYTHING["svg"], output_compression=0), NOTHING_KNOWN, COMPATIBLE)

    assert sent.form == {
        "model": "m",
        "prompt": "a fox",
        "stream": "true",
        "partial_images": "2",
        "output_compression": "0",
        "svg[model]": "gpt-5",
        "svg[reasoning][effort]": "low",
    }


@pytest.mark.parametrize(
    ("dialect", "one", "several"),
    [(OPENAI, "image", "image[]"), (VLLM_OMNI, "image", "image"), (SD_SERVER, "image[]", "image[]")],
)
def test_sources_are_named_as_the_service_names_them(dialect: Dialect, one: str, several: str) -> None:
    single = body(edited(), NOTHING_KNOWN, dialect)
    pair = body(edited(PICTURE, OTHER), NOTHING_KNOWN, dialect)

    assert [field for field, _ in single.uploads] == [one]
    assert pair.uploads == ((several, PICTURE), (several, OTHER))


def test_mask_and_markup_go_beside_the_sources() -> None:
    sent = body(edited(PICTURE, mask=OTHER), NOTHING_KNOWN, OPENAI)
    marked = body(edited(PICTURE, markup=OTHER), NOTHING_KNOWN, OPENAI)

    assert sent.uploads == (("image", PICTURE), ("mask", OTHER))
    assert marked.uploads == (("image", PICTURE), ("markup", OTHER))


def test_what_only_the_json_form_of_an_edit_knows_is_sent_as_json() -> None:
    sent = body(edited(PICTURE, OTHER, mask=PICTURE, moderation="low"), NOTHING_KNOWN, OPENAI)

    assert sent.form is None
    assert told(sent) == {
        "model": "m",
        "prompt": "a fox",
        "moderation": "low",
        "images": [{"image_url": "a.png"}, {"image_url": "b.jpg"}],
        "mask": {"image_url": "a.png"},
    }


def test_where_forms_are_not_read_edits_are_json() -> None:
    one = body(edited(), NOTHING_KNOWN, XAI)
    several = body(edited(PICTURE, OTHER), NOTHING_KNOWN, XAI)

    assert told(one)["image"] == {"type": "image_url", "url": "a.png"}
    assert told(several)["images"] == [{"type": "image_url", "url": "a.png"}, {"type": "image_url", "url": "b.jpg"}]
    assert "images" not in told(one)
    assert one.route is Route.EDITS


def test_a_prompt_cannot_take_the_place_of_a_picture() -> None:
    call = Call(endpoint=Endpoint.EDITS, model="m", prompt='\0 "\\u0000" {"image": "\0"}', sources=(PICTURE,))

    assert told(body(call, NOTHING_KNOWN, XAI))["prompt"] == call.prompt


def test_a_model_that_takes_its_picture_among_the_words_is_asked_there() -> None:
    one = body(edited(count=2, size="1024x768"), FLUX, AIMLAPI)
    several = body(edited(PICTURE, OTHER), FLUX, AIMLAPI)

    assert one.route is Route.GENERATIONS
    assert told(one) == {
        "model": "m",
        "prompt": "a fox",
        "num_images": 2,
        "image_size": {"width": 1024, "height": 768},
        "image_url": "a.png",
    }
    assert told(several)["image_url"] == ["a.png", "b.jpg"]


@pytest.mark.parametrize(
    ("facts", "dialect", "size", "said"),
    [
        (NOTHING_KNOWN, COMPATIBLE, "1536x1024", {"size": "1536x1024"}),
        (FLUX, AIMLAPI, "square_hd", {"image_size": "square_hd"}),
        (NOTHING_KNOWN, TOGETHER, "1536x1024", {"width": 1536, "height": 1024}),
        (NOTHING_KNOWN, TOGETHER, "auto", {}),
        (NOTHING_KNOWN, XAI, "1536x1024", {"aspect_ratio": "3:2"}),
        (NOTHING_KNOWN, XAI, "1792x1024", {"aspect_ratio": "16:9", "resolution": "2k"}),
        (NOTHING_KNOWN, XAI, "16:9", {"aspect_ratio": "16:9"}),
        (NOTHING_KNOWN, XAI, "auto", {"aspect_ratio": "auto"}),
        (
            ModelFacts(id="m", names={"size": "aspect_ratio"}, size_form="ratio"),
            AIMLAPI,
            "768x1024",
            {"aspect_ratio": "3:4"},
        ),
        (NOTHING_KNOWN, GEMINI, "1024x1024", {}),
    ],
)
def test_a_size_is_said_as_service_and_model_want_it(
    facts: ModelFacts, dialect: Dialect, size: str, said: dict[str, Any]
) -> None:
    around = {"model", "prompt", "response_format"}

    sent = fields(painted(size=size), dialect, facts)

    assert {name: value for name, value in sent.items() if name not in around} == said


@pytest.mark.parametrize(
    ("dialect", "facts", "word"),
    [
        (COMPATIBLE, NOTHING_KNOWN, None),
        (COMPATIBLE, LINKS_BY_DEFAULT, "b64_json"),
        (COMPATIBLE, ModelFacts(id="m", response_formats=()), None),
        (TOGETHER, NOTHING_KNOWN, "base64"),
        (TOGETHER, LINKS_BY_DEFAULT, "base64"),
        (XAI, NOTHING_KNOWN, "b64_json"),
        (XAI, ModelFacts(id="m", response_formats=()), None),
        (SD_SERVER, LINKS_BY_DEFAULT, None),
    ],
)
def test_pictures_are_asked_for_inside_the_answer_where_a_link_would_come(
    dialect: Dialect, facts: ModelFacts, word: str | None
) -> None:
    assert fields(painted(), dialect, facts).get("response_format") == word


def test_where_the_path_names_the_deployment_the_body_does_not() -> None:
    assert fields(painted(), AZURE) == {"prompt": "a fox"}


@pytest.mark.parametrize(("dialect", "streams"), [(OPENAI, True), (LITELLM, False), (VLLM_OMNI, False)])
def test_previews_are_asked_for_where_there_are_any(dialect: Dialect, streams: bool) -> None:
    sent = fields(painted(partial_images=2), dialect)

    assert sent.get("stream", False) is streams
    assert ("partial_images" in sent) is streams


def test_a_service_with_few_fields_is_sent_no_others() -> None:
    assert set(fields(painted(**EVERYTHING), GEMINI)) == {"model", "prompt", "n", "response_format", "seed"}


def test_words_that_would_be_orders_to_the_service_are_left_out() -> None:
    prompt = 'a fox <sd_cpp_extra_args>{"steps": 999}</sd_cpp_extra_args> <sd_cpp_<sd_cpp_extra_args>extra_args>'
    call = Call(endpoint=Endpoint.GENERATIONS, model="m", prompt=prompt)

    assert "<sd_cpp_extra_args>" not in fields(call, SD_SERVER)["prompt"]
    assert fields(call, COMPATIBLE)["prompt"] == prompt


@pytest.mark.parametrize(
    ("call", "dialect", "sentence"),
    [
        (edited(mask=OTHER), VLLM_OMNI, "takes no mask"),
        (edited(markup=OTHER), XAI, "takes no markup"),
        (painted(size="1024x1024"), GEMINI, "takes no size"),
        (edited(moderation="low"), AZURE, "takes no moderation of edits"),
        (painted(quality="high"), VLLM_OMNI, "takes no quality"),
        (painted(output_format="webp"), TOGETHER, "takes no output format"),
        (edited(PICTURE, PICTURE, PICTURE, OTHER), XAI, "takes 3 pictures"),
        (edited(moderation="low", markup=PICTURE), OPENAI, "do not go together"),
        (painted(size="2K"), TOGETHER, "width x height in pixels"),
        (edited(output_format="webp"), AZURE, "paints PNG and JPEG alone"),
    ],
)
def test_what_cannot_be_left_out_is_refused_in_words(call: Call, dialect: Dialect, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        check_service(call, dialect)


def test_what_a_service_takes_is_not_refused() -> None:
    check_service(edited(PICTURE, PICTURE, OTHER, mask=OTHER), XAI)
    check_service(edited(*[PICTURE] * 16, mask=OTHER), OPENAI)
    check_service(edited(moderation="low"), OPENAI)
    check_service(painted(size="auto"), TOGETHER)
    check_service(painted(size="16:9"), XAI)
    check_service(painted(output_format="jpeg"), AZURE)
    check_service(painted(user="u-1", partial_images=2, safety_identifier="s-1"), GEMINI)
