"""Whatever goes wrong at the service, the member gets one of our sentences and nothing is paid twice."""

import logging
from collections.abc import Callable
from dataclasses import replace

import aiohttp
import pytest

from bot.download import Downloader
from bot.errors import (
    BadAnswer,
    ContentRefused,
    ImageServiceError,
    ModelGone,
    OwnerMustAct,
    RequestRejected,
    ServiceBusy,
    ServiceLost,
    ServiceUnreachable,
)
from bot.image_api.call import Call
from bot.image_api.client import ImageApi
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault
from tests.image_api.conftest import CATALOGUE, Open, Studio

POLICY = {"error": {"code": "content_policy_violation", "message": "No."}, "data": None}
NOT_AGAIN: dict[str, tuple[Callable[[], Fault], type[ImageServiceError]]] = {
    "safety": (errors.refused_by_safety, ContentRefused),
    "older safety": (errors.refused_by_safety_without_details, ContentRefused),
    "policy": (errors.refused_by_policy, ContentRefused),
    "azure": (errors.refused_by_azure, ContentRefused),
    "azure policy": (errors.refused_by_azure_policy, ContentRefused),
    "litellm": (errors.refused_by_litellm, ContentRefused),
    "quota": (errors.insufficient_quota, OwnerMustAct),
    "spend limit": (lambda: errors.insufficient_quota("organization_spend_limit_exceeded"), OwnerMustAct),
    "billing": (errors.billing_hard_limit, OwnerMustAct),
    "key": (errors.wrong_key, OwnerMustAct),
    "verification": (errors.not_verified, OwnerMustAct),
    "redirect": (lambda: errors.status(307, headers={"Location": "/v1/models"}), OwnerMustAct),
    "502 page": (errors.html_page, ServiceLost),
    "500 page": (lambda: errors.html_page(500), ServiceLost),
    "503 page": (lambda: errors.html_page(503), ServiceLost),
    "huge wait": (lambda: errors.rate_limited("3600"), ServiceBusy),
    "date far away": (lambda: errors.rate_limited_until(86_400 * 365), ServiceBusy),
    "not again": (lambda: errors.rate_limited("1", headers={"x-should-retry": "false"}), ServiceBusy),
    "string": (errors.plain_text_error, RequestRejected),
    "detail": (errors.detail_error, ModelGone),
    "message": (errors.message_error, RequestRejected),
    "empty 201": (errors.empty, BadAnswer),
    "204": (lambda: errors.empty(204), BadAnswer),
    "error in 200": (answers.error_in_success, BadAnswer),
    "policy in 200": (lambda: errors.status(200, POLICY), ContentRefused),
    "html in 200": (answers.text_in_success, BadAnswer),
    "no pictures": (answers.no_pictures, BadAnswer),
    "no data": (answers.no_data, BadAnswer),
    "nulls": (answers.null_pictures, BadAnswer),
    "corrupt": (answers.corrupt_base64, BadAnswer),
    "html in base64": (answers.html_as_base64, BadAnswer),
    "reset": (wire.reset, ServiceLost),
    "reset after the work": (lambda: wire.reset(after_the_work=True), ServiceLost),
    "half body": (wire.half_body, ServiceLost),
    "huge body": (lambda: wire.huge_body(100 * 1024 * 1024), BadAnswer),
    "gzip bomb": (lambda: wire.gzip_bomb(100 * 1024 * 1024), BadAnswer),
}


@pytest.mark.parametrize("name", NOT_AGAIN)
async def test_a_failure_is_named_and_the_request_not_made_again(studio: Studio, fox: Call, name: str) -> None:
    fault, meaning = NOT_AGAIN[name]
    studio.service.faults.add(route="generations", then=fault())

    with pytest.raises(ImageServiceError) as failure:
        await studio.paint(fox)

    assert type(failure.value) is meaning
    assert len(studio.service.requests) == 1
    assert studio.clock.slept_s == []
    assert studio.files == []


AGAIN: dict[str, tuple[Callable[[], Fault], list[float]]] = {
    "rate limit": (errors.rate_limited, [0.5, 1.0]),
    "rate limit with a time": (lambda: errors.rate_limited("3"), [3.0, 3.0]),
    "a fraction": (lambda: errors.rate_limited("1.5"), [1.5, 1.5]),
    "a negative time": (lambda: errors.rate_limited("-3"), [0.5, 1.0]),
    "milliseconds": (lambda: errors.rate_limited(headers={"Retry-After-Ms": "700"}), [0.7, 0.7]),
    "slow down": (errors.slow_down, [0.5, 1.0]),
    "overloaded": (errors.overloaded, [0.5, 1.0]),
    "overloaded with a time": (lambda: errors.overloaded("20"), [20.0, 20.0]),
    "server error": (errors.server_error, [0.5, 1.0]),
    "told to": (lambda: errors.status(502, headers={"x-should-retry": "true"}), [0.5, 1.0]),
}


@pytest.mark.parametrize("name", AGAIN)
async def test_what_surely_did_nothing_is_tried_again_after_the_time_it_names(
    studio: Studio, fox: Call, name: str
) -> None:
    fault, pauses_s = AGAIN[name]
    studio.service.faults.add(route="generations", then=fault(), times=2)

    (picture,) = await studio.paint(fox)

    assert picture.size_bytes > 0
    assert studio.clock.slept_s == pytest.approx(pauses_s)
    assert studio.service.paid_pictures == 1


async def test_three_tries_are_all(studio: Studio, fox: Call) -> None:
    studio.service.faults.add(route="generations", then=errors.overloaded(), times=None)

    with pytest.raises(ServiceBusy):
        await studio.paint(fox)

    assert len(studio.service.requests) == 3


async def test_a_service_that_cannot_be_reached_is_tried_three_times(studio: Studio, fox: Call) -> None:
    await studio.service.stop()

    with pytest.raises(ServiceUnreachable):
        await studio.paint(fox)

    assert studio.clock.slept_s == [0.5, 1.0]


async def test_a_port_that_takes_no_calls_is_given_up_in_time(studio: Studio, fox: Call) -> None:
    async with wire.deaf_port() as base_url, aiohttp.ClientSession() as session, Downloader() as downloads:
        service = Service(base_url=base_url, connect_timeout_ms=50)
        api = ImageApi(Http(session, service, clock=studio.clock), CATALOGUE, downloads=downloads)

        with pytest.raises(ServiceUnreachable):
            await replace(studio, api=api).paint(fox)


@pytest.mark.parametrize("fault", [wire.silence, wire.drip, lambda: wire.late(30)], ids=["silence", "drip", "late"])
async def test_an_answer_that_does_not_end_is_lost_and_not_asked_for_again(
    opened: Open, fox: Call, fault: Callable[[], Fault]
) -> None:
    studio = await opened({"call_timeout_ms": 500})
    studio.service.faults.add(route="generations", then=fault())

    with pytest.raises(ServiceLost):
        await studio.paint(fox)

    assert len(studio.service.requests) == 1
    assert studio.files == []


async def test_a_slow_service_is_waited_for(opened: Open, fox: Call) -> None:
    studio = await opened({"read_timeout_ms": 0, "connect_timeout_ms": 0})
    studio.service.faults.add(route="generations", then=wire.slow_accept(0.2))

    assert len(await studio.paint(fox)) == 1


async def test_a_refusal_names_the_categories(studio: Studio, fox: Call) -> None:
    studio.service.faults.add(route="generations", then=errors.refused_by_safety("sexual", "violence/graphic"))

    with pytest.raises(ContentRefused, match="sexual content and graphic violence"):
        await studio.paint(fox)


async def test_the_log_holds_neither_key_nor_words(opened: Open, fox: Call, caplog: pytest.LogCaptureFixture) -> None:
    studio = await opened(api_key="sk-canary-0123456789")
    echo = {"error": {"message": f"Refused: {fox.prompt} with sk-canary-0123456789", "type": "slow_down"}}
    studio.service.faults.add(route="generations", then=errors.status(429, echo), times=2)
    studio.service.faults.add(route="generations", then=answers.corrupt_base64())

    with caplog.at_level(logging.DEBUG), pytest.raises(BadAnswer) as failure:
        await studio.paint(fox)

    assert "image_api again" in caplog.text
    for told in (caplog.text, failure.value.detail):
        assert "canary" not in told
        assert "red fox" not in told
