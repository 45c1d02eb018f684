"""Faults on demand: what a client meets, what was paid, and that the fault is over afterwards."""

import base64
import binascii
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from sandbox.image_api.faults import answers as faults_answers
from sandbox.image_api.faults import errors as faults_errors
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import DRAWING, Reply, get, post
from tests.sandbox.image_api.conftest import Start

ERRORS: dict[str, tuple[Fault, int, str | None]] = {
    "busy": (faults_errors.rate_limited(), 429, "rate_limit_exceeded"),
    "slow_down": (faults_errors.slow_down(), 429, "slow_down"),
    "no_money": (faults_errors.insufficient_quota(), 429, "insufficient_quota"),
    "no_credit": (faults_errors.insufficient_quota("credit_balance_exhausted"), 429, "credit_balance_exhausted"),
    "hard_limit": (faults_errors.billing_hard_limit(), 400, "billing_hard_limit_reached"),
    "500": (faults_errors.server_error(), 500, "server_error"),
    "502": (faults_errors.server_error(502), 502, "server_error"),
    "503": (faults_errors.overloaded(), 503, "server_is_overloaded"),
    "key": (faults_errors.wrong_key(), 401, "invalid_api_key"),
    "rights": (faults_errors.not_verified(), 403, None),
    "safety": (faults_errors.refused_by_safety(), 400, "moderation_blocked"),
    "older_safety": (faults_errors.refused_by_safety_without_details(), 400, "moderation_blocked"),
    "policy": (faults_errors.refused_by_policy(), 400, "content_policy_violation"),
    "azure": (faults_errors.refused_by_azure(), 400, "contentFilter"),
    "azure_policy": (faults_errors.refused_by_azure_policy(), 400, "content_policy_violation"),
    "litellm": (faults_errors.refused_by_litellm(), 400, "400"),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_is_answered_once_and_nothing_is_paid(
    service: FakeImageApi, client: aiohttp.ClientSession, name: str
) -> None:
    fault, status, code = ERRORS[name]
    planned = service.faults.add(route="generations", then=fault)

    first = await post(service, client, "generations", DRAWING)
    paid_first = service.paid_pictures
    second = await post(service, client, "generations", DRAWING)

    assert (first.status, first.error["code"]) == (status, code)
    assert (paid_first, planned.used, planned.left) == (0, 1, 0)
    assert (second.status, service.paid_pictures) == (200, 1)
    assert [received.status for received in service.requests] == [status, 200]
    assert service.requests[0].prompt == DRAWING["prompt"]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (faults_errors.plain_text_error(), 400, {"error": "prompt required"}),
        (faults_errors.detail_error(), 422, {"detail": "model not found"}),
        (faults_errors.detail_error(422, [{"loc": ["n"], "msg": "x"}]), 422, {"detail": [{"loc": ["n"], "msg": "x"}]}),
    ],
)
async def test_errors_of_other_services_have_their_own_forms(
    service: FakeImageApi, client: aiohttp.ClientSession, fault: Fault, status: int, body: object
) -> None:
    service.faults.add(route="generations", then=fault)

    reply = await post(service, client, "generations", DRAWING)

    assert (reply.status, reply.json) == (status, body)


async def test_ai_ml_api_says_message_without_error(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="generations", then=faults_errors.message_error())

    reply = await post(service, client, "generations", DRAWING)

    assert reply.json["message"] == "Body validation error"
    assert "error" not in reply.json


@pytest.mark.parametrize("retry_after", [None, "3", "86400", "-1"])
async def test_retry_after_is_sent_as_it_was_given(
    service: FakeImageApi, client: aiohttp.ClientSession, retry_after: str | None
) -> None:
    service.faults.add(route="moderations", then=faults_errors.rate_limited(retry_after))

    reply = await post(service, client, "moderations", {"input": "x"})

    assert (reply.status, reply.headers.get("retry-after")) == (429, retry_after)


async def test_retry_after_may_be_a_date(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="models", then=faults_errors.rate_limited_until(60))

    reply = await get(service, client, "models")

    assert 50 < parsedate_to_datetime(reply.headers["retry-after"]).timestamp() - time.time() <= 60


async def test_a_proxy_answers_in_html(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="*", then=faults_errors.html_page(502))

    reply = await post(service, client, "generations", DRAWING)

    assert (reply.status, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_an_empty_201_has_no_body(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="generations", then=faults_errors.empty())

    reply = await post(service, client, "generations", DRAWING)

    assert (reply.status, reply.body) == (201, b"")


async def test_faults_come_in_their_order_and_keep_to_their_route(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    service.faults.add(route="generations", times=2, then=faults_errors.server_error(500))
    service.faults.add(route="generations", times=None, then=faults_errors.overloaded())

    statuses = [(await post(service, client, "generations", DRAWING)).status for _ in range(4)]
    service.faults.clear()
    after = await post(service, client, "generations", DRAWING)

    assert statuses == [500, 500, 503, 503]
    assert (await get(service, client, "models")).status == after.status == 200


HOLLOW: dict[str, tuple[Fault, Callable[[Reply], bool], int]] = {
    "error_in_success": (faults_answers.error_in_success(), lambda r: r.error["type"] == "server_error", 0),
    "text_in_success": (faults_answers.text_in_success(), lambda r: r.body.startswith(b"<html>"), 0),
    "no_pictures": (faults_answers.no_pictures(), lambda r: r.json["data"] == [], 0),
    "no_data": (faults_answers.no_data(), lambda r: r.json["data"] is None, 0),
    "null_pictures": (faults_answers.null_pictures(), lambda r: r.json["data"][0]["b64_json"] is None, 0),
    "html_as_base64": (faults_answers.html_as_base64(), lambda r: r.pictures[0].startswith(b"<html>"), 2),
    "other_type": (faults_answers.wrong_content_type(), lambda r: r.headers["content-type"] == "text/html", 2),
    "urls": (faults_answers.urls(["http://169.254.169.254/x"]), lambda r: "169.254" in r.json["data"][0]["url"], 2),
    "fewer": (faults_answers.fewer(1), lambda r: len(r.pictures) == 1, 1),
}


@pytest.mark.parametrize("name", HOLLOW)
async def test_a_hollow_success_is_a_200_that_does_not_help(
    service: FakeImageApi, client: aiohttp.ClientSession, name: str
) -> None:
    fault, fits, paid = HOLLOW[name]
    service.faults.add(route="generations", then=fault)

    reply = await post(service, client, "generations", DRAWING | {"n": 2})

    assert reply.status == 200
    assert fits(reply)
    assert service.paid_pictures == paid


async def test_corrupt_base64_cannot_be_decoded(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="generations", then=faults_answers.corrupt_base64())

    reply = await post(service, client, "generations", DRAWING)

    with pytest.raises(binascii.Error):
        base64.b64decode(reply.json["data"][0]["b64_json"], validate=True)


async def test_a_url_may_redirect_to_a_private_address(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    target = "http://169.254.169.254/latest?a=1&b=2"
    service.faults.add(route="generations", then=faults_answers.redirecting_url(target))

    url = (await post(service, client, "generations", DRAWING)).json["data"][0]["url"]

    async with client.get(url, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, target)


async def test_fewer_links_than_asked(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(variations=True)
    service.faults.add(route="generations", then=faults_answers.fewer(1))

    reply = await post(service, client, "generations", {"model": "dall-e-2", "prompt": "x", "n": 3, "size": "256x256"})

    assert (len(reply.json["data"]), service.paid_pictures) == (1, 1)
