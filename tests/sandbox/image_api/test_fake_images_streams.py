"""Pictures in the making: partial ones, then the finished one, as server-sent events."""

import asyncio
import base64
import math

import aiohttp
import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import DRAWING, MODEL, Reply, form, opened, picture, post
from tests.sandbox.image_api.conftest import Start

STREAMED = DRAWING | {"stream": True, "size": "1024x1024", "quality": "low"}
EVENT_KEYS = {"type", "b64_json", "created_at", "size", "quality", "background", "output_format"}


def seen(reply: Reply) -> list[Image.Image]:
    return [opened(base64.b64decode(data["b64_json"])).convert("RGB") for _, data in reply.events]


def difference(one: Image.Image, other: Image.Image) -> float:
    return math.hypot(*ImageStat.Stat(ImageChops.difference(one, other)).rms)


@pytest.mark.parametrize("previews", [0, 1, 2, 3])
async def test_as_many_partial_pictures_come_as_were_asked_for_and_then_the_finished_one(
    service: FakeImageApi, client: aiohttp.ClientSession, previews: int
) -> None:
    reply = await post(service, client, "generations", STREAMED | {"partial_images": previews})

    assert reply.headers["content-type"] == "text/event-stream"
    names = [name for name, _ in reply.events]
    assert names == ["image_generation.partial_image"] * previews + ["image_generation.completed"]
    assert [data["type"] for _, data in reply.events] == names
    *partials, last = [data for _, data in reply.events]
    assert [data["partial_image_index"] for data in partials] == list(range(previews))
    assert all(data.keys() == EVENT_KEYS | {"partial_image_index"} for data in partials)
    assert last.keys() == EVENT_KEYS | {"usage"}
    assert (last["size"], last["quality"], last["background"], last["output_format"]) == (
        "1024x1024",
        "low",
        "opaque",
        "png",
    )
    assert service.paid_pictures == 1


async def test_each_partial_picture_is_nearer_to_the_finished_one(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    *partials, finished = seen(await post(service, client, "generations", STREAMED | {"partial_images": 3}))

    distances = [difference(partial, finished) for partial in partials]
    assert distances[0] > distances[1] > distances[2] > 1, "each is visibly unfinished, and less so than the last"
    assert {image.size for image in partials} == {finished.size}


async def test_a_streamed_picture_is_the_one_that_would_have_come_whole(
    start: Start, client: aiohttp.ClientSession
) -> None:
    one, other = await start(seed=5), await start(seed=5)

    streamed = seen(await post(one, client, "generations", STREAMED))
    whole = await post(other, client, "generations", DRAWING | {"size": "1024x1024", "quality": "low"})

    assert difference(streamed[-1], opened(whole.pictures[0]).convert("RGB")) == 0


async def test_each_partial_picture_counts_a_hundred_tokens(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    without = await post(service, client, "generations", STREAMED)
    reply = await post(service, client, "generations", STREAMED | {"partial_images": 3})

    usage, plain = reply.events[-1][1]["usage"], without.events[-1][1]["usage"]
    assert usage["output_tokens"] == plain["output_tokens"] + 300
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_edits_have_events_of_their_own(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    body = form(
        ("image", picture(), "image/png"),
        model=MODEL,
        prompt="a hat",
        stream="true",
        partial_images="1",
        output_format="jpeg",
    )

    reply = await post(service, client, "edits", body)

    assert [name for name, _ in reply.events] == ["image_edit.partial_image", "image_edit.completed"]
    assert [opened(base64.b64decode(data["b64_json"])).format for _, data in reply.events] == ["JPEG", "JPEG"]


async def test_what_is_refused_is_refused_before_the_stream_begins(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    for wrong in ({"partial_images": 4}, {"size": "1x1"}, {"stream": "yes"}):
        reply = await post(service, client, "generations", STREAMED | wrong)
        assert reply.status == 400
    reply = await post(service, client, "generations", DRAWING | {"partial_images": 1})
    assert (reply.status, reply.error["param"]) == (400, "partial_images")


async def test_several_pictures_in_a_stream_are_not_pretended(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    assert (await post(service, client, "generations", STREAMED | {"n": 2})).status == 501


async def test_a_stream_goes_through_the_gate_step_by_step(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    service.hold()
    headers = {"Authorization": f"Bearer {service.api_key}"}
    body = STREAMED | {"partial_images": 1}
    call = client.post(f"{service.base_url}/images/generations", json=body, headers=headers)
    answering = asyncio.ensure_future(call)
    await service.until_held(1)
    assert service.paid_pictures == 0

    service.let_through()
    response = await answering
    await service.until_held(1)
    assert service.paid_pictures == 1
    service.let_through()
    first = await response.content.readuntil(b"\n\n")
    await service.until_held(1)

    assert first.startswith(b"event: image_generation.partial_image\n")
    service.release()
    assert (await response.content.readuntil(b"\n\n")).startswith(b"event: image_generation.completed\n")
    response.close()


async def test_the_time_of_a_call_is_spread_over_its_events(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(latency_s=0.3, picture_bytes=1000)
    loop = asyncio.get_running_loop()
    headers = {"Authorization": f"Bearer {service.api_key}"}
    body = STREAMED | {"partial_images": 2}
    came_s = []

    begun_s = loop.time()
    async with client.post(f"{service.base_url}/images/generations", json=body, headers=headers) as response:
        for _ in range(3):
            await response.content.readuntil(b"\n\n")
            came_s.append(loop.time() - begun_s)

    assert came_s[0] >= 0.1
    assert came_s[1] >= 0.2
    assert came_s[2] >= 0.3
