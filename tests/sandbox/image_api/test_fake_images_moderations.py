"""POST /v1/moderations: verdicts on words and pictures."""

import io

import aiohttp
import pytest

from sandbox.image_api.moderation import CATEGORIES, marked_picture
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import data_url, opened, picture, post
from tests.sandbox.image_api.conftest import Start


async def test_a_harmless_text_passes_with_thirteen_scores(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await post(service, client, "moderations", {"input": "a badger in a tuxedo"})

    (result,) = reply.json["results"]
    assert reply.json["model"] == "omni-moderation-latest"
    assert not result["flagged"]
    assert set(result["categories"]) == set(CATEGORIES) == set(result["category_scores"])
    assert max(result["category_scores"].values()) < 0.01


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("Something FORBIDDEN here", True), ("forbiddenish, unforbidden", False), ("forbidden!", True)],
)
async def test_flagged_words_count_whole_and_in_any_case(
    service: FakeImageApi, client: aiohttp.ClientSession, text: str, flagged: bool
) -> None:
    reply = await post(service, client, "moderations", {"input": text})

    assert reply.json["results"][0]["flagged"] is flagged


async def test_a_word_may_have_its_category(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(flagged_words={"gore": "violence/graphic"})

    reply = await post(service, client, "moderations", {"input": "gore"})

    (result,) = reply.json["results"]
    assert [name for name, is_so in result["categories"].items() if is_so] == ["violence/graphic"]
    assert result["category_scores"]["violence/graphic"] > 0.9


async def test_a_list_of_texts_gets_a_verdict_each(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    reply = await post(service, client, "moderations", {"input": ["nice", "forbidden", "nice"]})

    assert [result["flagged"] for result in reply.json["results"]] == [False, True, False]


@pytest.mark.parametrize("category", ["sexual", "violence"])
async def test_a_marked_picture_is_flagged_even_small_and_as_jpeg(
    service: FakeImageApi, client: aiohttp.ClientSession, category: str
) -> None:
    small = io.BytesIO()
    opened(marked_picture(category, edge_px=1024)).resize((300, 300)).save(small, "JPEG", quality=70)
    parts = [
        {"type": "text", "text": "nice"},
        {"type": "image_url", "image_url": {"url": data_url(small.getvalue(), "image/jpeg")}},
    ]

    reply = await post(service, client, "moderations", {"input": parts})

    (result,) = reply.json["results"]
    assert result["categories"][category]
    assert result["category_applied_input_types"][category] == ["text", "image"]
    assert result["category_applied_input_types"]["hate"] == ["text"]
    assert service.requests[0].files[0].width_px == 300


@pytest.mark.parametrize("colour", ["teal", "red", "white", "black", "blue"])
async def test_an_ordinary_picture_passes(service: FakeImageApi, client: aiohttp.ClientSession, colour: str) -> None:
    parts = [{"type": "image_url", "image_url": {"url": data_url(picture(mode="RGB", colour=colour))}}]

    reply = await post(service, client, "moderations", {"input": parts})

    (result,) = reply.json["results"]
    assert not result["flagged"]
    assert result["category_applied_input_types"]["hate"] == []
    assert result["category_applied_input_types"]["violence"] == ["image"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": []},
        {"input": 3},
        {"input": [3]},
        {"input": "x", "extra": 1},
        {"input": [{"type": "audio"}]},
        {"input": [{"type": "text"}]},
        {"input": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]},
        {"input": [{"type": "image_url", "image_url": {"url": data_url(b"no picture")}}]},
        {"input": "x", "model": "gpt-image-2"},
        {"input": "x", "model": None},
    ],
)
async def test_a_wrong_question_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, body: dict[str, object]
) -> None:
    assert (await post(service, client, "moderations", body)).status == 400


async def test_a_retired_moderation_model_is_not_found(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    reply = await post(service, client, "moderations", {"input": "x", "model": "text-moderation-latest"})

    assert (reply.status, reply.error["code"]) == (404, "model_not_found")


async def test_a_request_takes_one_picture(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    part = {"type": "image_url", "image_url": {"url": data_url(picture())}}

    reply = await post(service, client, "moderations", {"input": [part, part]})

    assert (reply.status, reply.json["error"]["code"]) == (400, "too_many_images")
