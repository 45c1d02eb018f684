"""Any GET or POST on the service: what goes out, what comes back, and what is refused before anything is sent."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from bot.errors import (
    BadAnswer,
    ContentRefused,
    InvalidRequest,
    ModelGone,
    OwnerMustAct,
    ServiceLost,
    ServiceUnreachable,
)
from bot.image_api.generic.requests import MEMORY_MAX_BYTES, GenericRequest
from sandbox.image_api.faults import answers, errors, wire
from tests.image_api.conftest import Open, Studio
from tests.stranger import Stranger, a_stranger


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    async with a_stranger() as opened:
        yield opened


async def test_a_get_brings_the_full_response_with_lower_case_headers(studio: Studio) -> None:
    reply = await studio.api.request(GenericRequest(path="models/gpt-image-2"))

    assert reply.status == 200
    assert orjson.loads(reply.body)["id"] == "gpt-image-2"
    assert reply.headers["x-request-id"].startswith("req_")
    assert [name for name in reply.headers if name != name.lower()] == []
    assert reply.error is None
    assert studio.service.requests[0].key == "right"


@pytest.mark.parametrize("path", ["models", "/models", "/v1/models", "v1/models"])
async def test_paths_are_written_with_or_without_slash_and_version(studio: Studio, path: str) -> None:
    reply = await studio.api.request(GenericRequest(path=path))

    assert reply.status == 200
    assert studio.service.requests[0].path == "/v1/models"


async def test_a_post_carries_json_own_headers_and_query(studio: Studio) -> None:
    wish = GenericRequest(
        method="post",
        path="moderations",
        headers={"X-Trace": "4711", "accept": "text/plain"},
        query=(("api-version", "2026-11-01 & more"), ("api-version", "ü+")),
        body={"input": "a tree"},
    )

    reply = await studio.api.request(wish)

    (received,) = studio.service.requests
    assert reply.status == 200
    assert received.method == "POST"
    assert received.fields == {"input": "a tree"}
    assert received.headers["x-trace"] == "4711"
    assert received.headers["accept"] == "text/plain"
    assert received.headers["content-type"] == "application/json"
    assert received.path == "/v1/moderations?api-version=2026-11-01%20%26%20more&api-version=%C3%BC%2B"


async def test_a_colon_makes_no_address_of_a_path(studio: Studio) -> None:
    await studio.api.request(GenericRequest(path="http:evil/generate"))
    await studio.api.request(GenericRequest(path="gemini:generate"))

    assert studio.service.unknown_routes == ["GET /v1/http:evil/generate", "GET /v1/gemini:generate"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "http://127.0.0.1:1/models"},
        {"path": "//127.0.0.1/models"},
        {"path": "v1//models"},
        {"path": "../generated/x"},
        {"path": "models/%2e%2e/%2E./secret"},
        {"path": "models\\..\\x"},
        {"path": "models/..%5cx"},
        {"path": "models?x=1"},
        {"path": "models\nHost: elsewhere"},
        {"path": ""},
        {"path": "/v1/"},
        {"path": "models", "method": "DELETE"},
        {"path": "models", "body": {"input": "a GET has no body"}},
        {"path": "moderations", "method": "POST", "body": ["no object"]},
        {"path": "models", "headers": {"AUTHORIZATION": "Bearer canary"}},
        {"path": "models", "headers": {"Api-Key": "canary"}},
        {"path": "models", "headers": {"x-api-key": "canary"}},
        {"path": "models", "headers": {"Host": "elsewhere"}},
        {"path": "models", "headers": {"X-Trace": "1\r\nX-Smuggled: 2"}},
        {"path": "models", "headers": {"X Trace": "1"}},
    ],
    ids=repr,
)
async def test_what_is_refused_costs_no_request(studio: Studio, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as told:
        await studio.api.request(GenericRequest(**wrong))

    assert studio.service.requests == []
    assert studio.service.unknown_routes == []
    assert "canary" not in str(told.value)


async def test_slashes_behind_the_version_lead_to_nobody_else(studio: Studio, stranger: Stranger) -> None:
    with pytest.raises(InvalidRequest):
        await studio.api.request(GenericRequest(path=f"/v1///127.0.0.1:{stranger.port}/models"))

    assert stranger.heard == []


async def test_refusals_come_back_as_they_are_and_say_what_they_mean(studio: Studio) -> None:
    studio.service.faults.add(route="generations", then=errors.refused_by_safety("sexual"))
    studio.service.faults.add(route="models", then=errors.wrong_key())
    studio.service.faults.add(route="moderations", then=answers.error_in_success())

    refused = await studio.api.request(GenericRequest(path="images/generations", method="POST", body={"prompt": "x"}))
    keyless = await studio.api.request(GenericRequest(path="models"))
    gone = await studio.api.request(GenericRequest(path="models/dall-e-9"))
    inside = await studio.api.request(GenericRequest(path="moderations", method="POST", body={"input": "x"}))

    assert (refused.status, type(refused.error)) == (400, ContentRefused)
    assert orjson.loads(refused.body)["error"]["code"] == "moderation_blocked"
    assert (keyless.status, type(keyless.error)) == (401, OwnerMustAct)
    assert (gone.status, type(gone.error)) == (404, ModelGone)
    assert inside.status == 200
    assert inside.error is not None


async def test_a_request_is_made_once_whatever_becomes_of_it(studio: Studio) -> None:
    studio.service.faults.add(route="*", then=errors.rate_limited("1"), times=None)

    reply = await studio.api.request(GenericRequest(path="models"))

    assert reply.status == 429
    assert len(studio.service.requests) == 1
    assert studio.clock.slept_s == []


async def test_a_redirect_is_shown_as_it_is(studio: Studio, stranger: Stranger) -> None:
    studio.service.faults.add(route="models", then=errors.status(302, "", headers={"Location": stranger.url()}))

    reply = await studio.api.request(GenericRequest(path="models"))

    assert reply.status == 302
    assert reply.headers["location"] == stranger.url()
    assert reply.error is None
    assert stranger.heard == []


async def test_a_redirect_at_home_is_followed_with_the_key(studio: Studio) -> None:
    there = errors.status(302, "", headers={"Location": "/v1/models/gpt-image-2"})
    studio.service.faults.add(route="models", then=there)

    reply = await studio.api.request(
        GenericRequest(path="models", query=(("a", "1"),), headers={"X-Trace": "4711"}, follow_redirects=True)
    )

    assert orjson.loads(reply.body)["id"] == "gpt-image-2"
    last = studio.service.requests[-1]
    assert last.path == "/v1/models/gpt-image-2"
    assert last.key == "right"
    assert last.headers["x-trace"] == "4711"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_key_is_never_sent_to_another_host(opened: Open, stranger: Stranger, host: str) -> None:
    studio = await opened({"organization": "org-canary", "project": "proj-canary"})
    elsewhere = errors.status(307, "", headers={"Location": stranger.url(host)})
    studio.service.faults.add(route="moderations", then=elsewhere)
    wish = GenericRequest(
        method="POST",
        path="moderations",
        headers={"Cookie": "canary"},
        body={"input": "a tree"},
        follow_redirects=True,
    )

    reply = await studio.api.request(wish)

    (heard,) = stranger.heard
    assert orjson.loads(reply.body) == {"caught": True}
    assert heard.method == "POST"
    assert orjson.loads(heard.body) == {"input": "a tree"}
    assert set(heard.headers) <= {"host", "accept", "accept-encoding", "user-agent", "content-type", "content-length"}
    assert studio.service.api_key not in str(heard)
    assert "canary" not in str(heard)


async def test_the_same_port_under_another_name_is_another_host_and_the_way_back_brings_no_key(
    studio: Studio, stranger: Stranger
) -> None:
    by_name = studio.service.base_url.replace("127.0.0.1", "localhost")
    stranger.location = f"{studio.service.base_url}/models"
    renamed = errors.status(301, "", headers={"Location": f"{by_name}/models/gpt-image-2"})
    studio.service.faults.add(route="models", then=renamed)
    studio.service.faults.add(route="models", then=errors.status(302, "", headers={"Location": stranger.url()}))

    for _ in range(2):
        reply = await studio.api.request(GenericRequest(path="models", follow_redirects=True))
        assert reply.status == 401

    assert [received.key for received in studio.service.requests] == ["right", "missing", "right", "missing"]


async def test_a_post_that_is_sent_on_becomes_a_get_without_body(studio: Studio, stranger: Stranger) -> None:
    studio.service.faults.add(route="moderations", then=errors.status(303, "", headers={"Location": stranger.url()}))

    await studio.api.request(
        GenericRequest(method="POST", path="moderations", body={"input": "a tree"}, follow_redirects=True)
    )

    assert [(heard.method, heard.body) for heard in stranger.heard] == [("GET", b"")]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://key:word@127.0.0.1/", "http://[::1", "http://a:b/"])
async def test_a_redirect_to_what_is_no_web_address_is_shown(studio: Studio, location: str) -> None:
    studio.service.faults.add(route="models", then=errors.status(302, "", headers={"Location": location}))

    reply = await studio.api.request(GenericRequest(path="models", follow_redirects=True))

    assert reply.status == 302
    assert len(studio.service.requests) == 1


async def test_redirects_without_end_are_given_up_after_ten(studio: Studio) -> None:
    home = errors.status(302, "", headers={"Location": "/v1/models"})
    studio.service.faults.add(route="models", then=home, times=None)

    with pytest.raises(BadAnswer):
        await studio.api.request(GenericRequest(path="models", follow_redirects=True))

    assert len(studio.service.requests) == 11


async def test_silence_ends_at_the_calls_own_time_out(studio: Studio) -> None:
    studio.service.faults.add(route="models", then=wire.silence())

    with pytest.raises(ServiceLost):
        await studio.api.request(GenericRequest(path="models", read_timeout_ms=50))


async def test_a_time_out_of_nothing_is_none(opened: Open) -> None:
    studio = await opened({"read_timeout_ms": 1, "connect_timeout_ms": 1_000})
    studio.service.faults.add(route="models", then=wire.late(0.5), times=2)

    with pytest.raises(ServiceLost):
        await studio.api.request(GenericRequest(path="models"))
    reply = await studio.api.request(GenericRequest(path="models", read_timeout_ms=0, connect_timeout_ms=0))

    assert reply.status == 200


async def test_a_port_that_takes_nobody_ends_at_the_calls_own_time_out(opened: Open) -> None:
    async with wire.deaf_port() as base_url:
        studio = await opened({"base_url": base_url, "connect_timeout_ms": 60_000})

        with pytest.raises(ServiceUnreachable):
            async with asyncio.timeout(30):
                await studio.api.request(GenericRequest(path="models", connect_timeout_ms=50))


async def test_a_body_without_end_does_not_fill_the_memory(studio: Studio) -> None:
    studio.service.faults.add(route="models", then=wire.huge_body(4 * MEMORY_MAX_BYTES))
    tracemalloc.start()

    with pytest.raises(BadAnswer) as told:
        await studio.api.request(GenericRequest(path="models"))

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2.5 * MEMORY_MAX_BYTES
    assert "download" in told.value.detail
