"""POST /v1/images/generations: pictures, their wrapping, and every refusal."""

from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_3
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import DRAWING, get, opened, post
from tests.sandbox.image_api.conftest import Start

DALL_E_2 = {"model": "dall-e-2", "prompt": "a badger", "size": "256x256"}


async def test_pictures_have_the_size_asked_for_and_differ(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await post(service, client, "generations", DRAWING | {"n": 3, "size": "1536x1024"})

    assert reply.status == 200
    assert {opened(content).size for content in reply.pictures} == {(1536, 1024)}
    assert len(set(reply.pictures)) == 3
    assert service.paid_pictures == 3


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
async def test_the_file_has_the_format_asked_for(
    service: FakeImageApi, client: aiohttp.ClientSession, output_format: str
) -> None:
    reply = await post(service, client, "generations", DRAWING | {"output_format": output_format})

    assert opened(reply.pictures[0]).format == output_format.upper()
    assert reply.json["output_format"] == output_format


async def test_a_transparent_background_is_clear_at_the_corners(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await post(service, client, "generations", DRAWING | {"background": "transparent"})

    alpha = opened(reply.pictures[0]).getchannel("A")
    assert reply.json["background"] == "transparent"
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((512, 512)) == 255


async def test_compression_makes_a_smaller_file(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    jpeg = DRAWING | {"output_format": "jpeg"}
    whole = await post(service, client, "generations", jpeg)
    service.seed -= 1  # the second call throws the same dice
    small = await post(service, client, "generations", jpeg | {"output_compression": 20})

    assert len(small.pictures[0]) < len(whole.pictures[0]) / 2


@pytest.mark.parametrize(
    ("model", "size", "quality", "tokens"),
    [
        ("gpt-image-2", "1024x1024", "low", 196),
        ("gpt-image-2", "1024x1024", "high", 7024),
        ("gpt-image-2", "1536x1024", "medium", 1372),
        ("gpt-image-1.5", "1024x1536", "high", 6240),
        ("gpt-image-1-mini", "1024x1024", "low", 625),
    ],
)
async def test_usage_counts_tokens_as_published(
    service: FakeImageApi, client: aiohttp.ClientSession, model: str, size: str, quality: str, tokens: int
) -> None:
    reply = await post(
        service, client, "generations", DRAWING | {"model": model, "size": size, "quality": quality, "n": 2}
    )

    usage = reply.json["usage"]
    assert usage["output_tokens"] == 2 * tokens
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": None}, "model", "invalid_type"),
        ({"quality": None}, "quality", "invalid_type"),
        ({"n": "2"}, "n", "invalid_type"),
        ({"n": True}, "n", "invalid_type"),
        ({"n": 0}, "n", "invalid_value"),
        ({"n": 11}, "n", "invalid_value"),
        ({"prompt": ""}, "prompt", "invalid_value"),
        ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"quality": "xhigh"}, "quality", "invalid_value"),
        ({"style": "vivid"}, "style", "unknown_parameter"),
        ({"negative_prompt": "x"}, "negative_prompt", "unknown_parameter"),
        ({"response_format": "b64_json"}, "response_format", "unknown_parameter"),
        ({"size": "1000x1000"}, "size", "invalid_value"),
        ({"size": "512x512"}, "size", "invalid_value"),
        ({"size": "3840x1024"}, "size", "invalid_value"),
        ({"size": "3856x1296"}, "size", "invalid_value"),
        ({"size": "3840x2176"}, "size", "invalid_value"),
        ({"size": "huge"}, "size", "invalid_value"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
        ({"output_compression": 50}, "output_compression", "invalid_value"),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"model": "gpt-5"}, "model", "invalid_value"),
        ({"model": "gpt-image-2.6-flare", "size": "2048x2048"}, "size", "invalid_value"),
        ({"partial_images": 2}, "partial_images", "invalid_value"),
    ],
)
async def test_a_wrong_field_is_refused_by_name(
    service: FakeImageApi, client: aiohttp.ClientSession, change: dict[str, Any], param: str, code: str
) -> None:
    reply = await post(service, client, "generations", DRAWING | change)

    assert (reply.status, reply.error["param"], reply.error["code"]) == (400, param, code)
    assert service.paid_pictures == 0


@pytest.mark.parametrize("missing", ["model", "prompt"])
async def test_model_and_prompt_are_required(
    service: FakeImageApi, client: aiohttp.ClientSession, missing: str
) -> None:
    reply = await post(service, client, "generations", {k: v for k, v in DRAWING.items() if k != missing})

    assert (reply.status, reply.error["param"]) == (400, missing)


async def test_free_sizes_are_taken_by_the_models_that_have_them(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await post(service, client, "generations", DRAWING | {"size": "640x1040"})

    assert opened(reply.pictures[0]).size == (640, 1040)
    assert "size" not in reply.json, "the official document knows three sizes only"


async def test_a_body_that_is_not_json_is_refused(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {service.api_key}", "Content-Type": "application/json"}
    async with client.post(f"{service.base_url}/images/generations", data=b"{", headers=headers) as response:
        assert response.status == 400


async def test_blocked_words_are_refused_by_the_service_itself(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(blocked_words={"gore": "violence/graphic"})

    reply = await post(service, client, "generations", DRAWING | {"prompt": "Gore, please"})

    assert (reply.status, reply.error["code"]) == (400, "moderation_blocked")
    assert reply.error["moderation_details"] == {"moderation_stage": "input", "categories": ["violence/graphic"]}
    assert service.paid_pictures == 0


async def test_dall_e_3_says_which_words_it_painted(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(models=(*DEFAULT_MODELS, RETIRED_DALL_E_3))
    body = {"model": "dall-e-3", "prompt": "a cat", "style": "natural", "quality": "hd", "response_format": "b64_json"}

    reply = await post(service, client, "generations", body)
    several = await post(service, client, "generations", body | {"n": 2})

    assert "a cat" in reply.json["data"][0]["revised_prompt"]
    assert opened(reply.pictures[0]).size == (1024, 1024)
    assert set(reply.json) == {"created", "data"}
    assert several.error["param"] == "n"


async def test_the_same_words_give_another_picture_on_the_next_call(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    first = await post(service, client, "generations", DRAWING)
    again = await post(service, client, "generations", DRAWING)

    assert first.pictures != again.pictures


async def test_links_lead_to_the_picture_until_they_expire(start: Start, client: aiohttp.ClientSession) -> None:
    wall_s = [1_000_000.0]
    service = await start(variations=True, now=lambda: wall_s[0])
    reply = await post(service, client, "generations", DALL_E_2)
    url = reply.json["data"][0]["url"]

    async with client.get(url) as response:
        fresh = await response.read()
    wall_s[0] += 3601
    async with client.get(url) as response:
        late_status = response.status

    assert url.startswith(service.base_url.removesuffix("/v1") + "/generated/")
    assert opened(fresh).size == (256, 256)
    assert late_status == 403
    assert [received.key for received in service.records.of("generated")] == ["missing", "missing"]


async def test_links_may_be_relative(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(variations=True, relative_urls=True)

    reply = await post(service, client, "generations", DALL_E_2)

    assert reply.json["data"][0]["url"].startswith("/generated/")
    assert (await get(service, client, ".." + reply.json["data"][0]["url"])).status == 200


async def test_the_record_tells_what_was_asked(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    await post(service, client, "generations", DRAWING | {"n": 2, "size": "1024x1024", "quality": "low"})

    (received,) = service.requests
    assert (received.route, received.model, received.prompt) == ("generations", "gpt-image-2", "a badger in a tuxedo")
    assert (received.n, received.size, received.status, received.key) == (2, "1024x1024", 200, "right")
    assert received.fields["quality"] == "low"


async def test_prepared_pictures_have_about_the_size_asked_for_and_differ(
    start: Start, client: aiohttp.ClientSession
) -> None:
    service = await start(picture_bytes=300_000)

    reply = await post(service, client, "generations", DRAWING | {"n": 3})

    assert len(set(reply.pictures)) == 3
    for content in reply.pictures:
        assert abs(len(content) - 300_000) < 5_000
        assert opened(content).format == "PNG"
    first, second, _ = (Image.Image.tobytes(opened(content)) for content in reply.pictures)
    assert first == second
