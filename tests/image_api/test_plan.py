"""A request becomes as few calls as the model allows, and what cannot be done is said before anything is sent."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.plan import plan
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.request import ImageRequest, Source

Get = Callable[[str], ModelFacts]
PHOTO = Source(url="https://cdn.discordapp.com/attachments/1/2/cat.png")


@pytest.fixture(scope="module")
def get() -> Get:
    return Catalogue.load(has_openai_dates=False).get


def test_pictures_are_asked_for_together_where_the_model_can(get: Get) -> None:
    request = ImageRequest.imagine("a fox", count=4, size="1024x1536", quality="high")

    calls = plan(request, get("gpt-image-2"), variations=True)

    assert calls == (
        Call(
            endpoint=Endpoint.GENERATIONS,
            model="gpt-image-2",
            prompt="a fox",
            count=4,
            size="1024x1536",
            quality="high",
        ),
    )


def test_pictures_are_asked_for_one_by_one_where_the_model_paints_one(get: Get) -> None:
    calls = plan(ImageRequest.imagine("a fox", count=3), get("dall-e-3"), variations=True)

    assert [(call.count, call.first_index) for call in calls] == [(1, 0), (1, 1), (1, 2)]


def test_what_the_member_left_open_is_left_to_the_service(get: Get) -> None:
    (call,) = plan(ImageRequest.imagine("a fox"), get("gpt-image-2.5-flare"), variations=True)

    assert (call.size, call.quality) == (None, None)


def test_a_picture_is_varied_by_variations_where_there_are_any(get: Get) -> None:
    (call,) = plan(ImageRequest.vary(PHOTO, count=4), get("dall-e-2"), variations=True)

    assert call.endpoint is Endpoint.VARIATIONS
    assert call.count == 4


def test_elsewhere_a_variation_is_painted_as_an_edit_that_asks_for_one(get: Get) -> None:
    (call,) = plan(ImageRequest.vary(PHOTO), get("gpt-image-2"), variations=True)

    assert call.endpoint is Endpoint.EDITS
    assert "variation of this picture" in call.prompt


def test_directions_become_part_of_the_edit(get: Get) -> None:
    (call,) = plan(ImageRequest.vary(PHOTO, prompt="at night, {braces} & all."), get("gpt-image-2"), variations=True)

    assert call.endpoint is Endpoint.EDITS
    assert "at night, {braces} & all." in call.prompt


@pytest.mark.parametrize(
    ("request_", "model", "variations", "words"),
    [
        (ImageRequest.imagine("a fox", size="512x512"), "gpt-image-1.5", True, "auto, 1024x1024, 1536x1024, 1024x1536"),
        (ImageRequest.imagine("a fox", size="100x100"), "gpt-image-2", True, "edges divisible by 16"),
        (ImageRequest.imagine("a fox", size="512"), "flux", True, "such as 1024x1024"),
        (ImageRequest.imagine("a fox", quality="hd"), "gpt-image-2", True, "auto, low, medium, high"),
        (ImageRequest.imagine("a fox", quality="very high"), "flux", True, "one word"),
        (ImageRequest.imagine("a" * 1_200), "dall-e-2", True, "1,200 characters; `dall-e-2` takes 1,000"),
        (ImageRequest.vary(PHOTO), "dall-e-3", True, "cannot vary pictures"),
        (ImageRequest.vary(PHOTO), "dall-e-2", False, "cannot vary pictures"),
        (ImageRequest.vary(PHOTO, prompt="at night"), "dall-e-2", True, "Leave the words out"),
    ],
)
def test_what_the_model_cannot_do_is_said_with_what_it_can(
    get: Get, request_: ImageRequest, model: str, variations: bool, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words.replace("(", r"\(")):
        plan(request_, get(model), variations=variations)


def test_the_edits_own_words_count_towards_the_prompts_limit() -> None:
    model = ModelFacts(id="m", prompt_max_chars=1_000)

    with pytest.raises(InvalidRequest, match=r"950 characters; `m` takes 8\d\d"):
        plan(ImageRequest.vary(PHOTO, prompt="a" * 950), model, variations=True)


def test_a_stranger_gets_what_was_asked_for_since_a_member_may_know_more_than_we_do(get: Get) -> None:
    request = ImageRequest.imagine("a fox", size="640x480", quality="ultra")

    (call,) = plan(request, get("sd-cpp-local"), variations=True)

    assert (call.size, call.quality) == ("640x480", "ultra")


def test_a_stranger_gets_prompt_model_and_one_picture_a_call(get: Get) -> None:
    calls = plan(ImageRequest.imagine("a fox", count=2), get("sd-cpp-local"), variations=True)

    assert [(call.count, call.size, call.quality) for call in calls] == [
        (1, None, None),
        (1, None, None),
    ]


STREAMING = ModelFacts(id="m", count_max=10, previews_max=2)


@pytest.mark.parametrize(
    ("request_", "model", "previews", "expected"),
    [
        (ImageRequest.imagine("a fox"), STREAMING, 1, [1]),
        (ImageRequest.imagine("a fox"), STREAMING, 3, [2]),
        (ImageRequest.imagine("a fox"), STREAMING, 0, [None]),
        (ImageRequest.vary(PHOTO), STREAMING, 1, [1]),
        (ImageRequest.imagine("a fox", count=2), STREAMING, 1, [None]),
        (ImageRequest.imagine("a fox", count=2), replace(STREAMING, count_max=1), 1, [1, 1]),
        (ImageRequest.imagine("a fox", count=3), replace(STREAMING, count_max=2), 1, [None, None]),
        (ImageRequest.imagine("a fox"), replace(STREAMING, previews_max=0), 1, [None]),
        (ImageRequest.imagine("a fox"), replace(STREAMING, previews_max=None), 1, [None]),
        (ImageRequest.vary(PHOTO), replace(STREAMING, endpoints=frozenset({Endpoint.VARIATIONS})), 1, [None]),
    ],
)
def test_previews_are_asked_for_where_a_call_has_one_picture_and_the_model_is_known_to_show_them(
    request_: ImageRequest, model: ModelFacts, previews: int, expected: list[int | None]
) -> None:
    calls = plan(request_, model, variations=True, previews=previews)

    assert [call.partial_images for call in calls] == expected
