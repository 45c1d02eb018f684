"""How long a call may take, and that one which may have been paid for is never made again by itself."""

import asyncio
import socket
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import ServiceLost, ServiceUnreachable
from bot.image_api.call import Call
from bot.image_api.service import Service
from sandbox.image_api.faults import errors, wire
from sandbox.image_api.faults.faults import Call as Caught
from sandbox.image_api.faults.faults import Fault
from tests.image_api.conftest import Open

SMALL = {"picture_bytes": 20_000}


async def test_a_service_that_takes_no_connection_is_given_up_after_the_time_to_connect(
    opened: Open, fox: Call
) -> None:
    async with wire.deaf_port() as base_url:
        studio = await opened({"base_url": base_url, "connect_timeout_ms": 50, "call_timeout_ms": 0})

        with pytest.raises(ServiceUnreachable):
            await studio.paint(fox)


class LostNames(AbstractResolver):
    """A name server that never answers."""

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        del host, port, family
        await asyncio.Event().wait()
        return []

    async def close(self) -> None:
        pass


async def test_a_name_that_is_not_found_in_time_is_no_connection_either(opened: Open, fox: Call) -> None:
    """Nothing was sent, so nothing can have been paid for, and trying again is safe."""
    values = {"base_url": "http://images.example/v1", "connect_timeout_ms": 50, "call_timeout_ms": 5_000}
    studio = await opened(values, connector=aiohttp.TCPConnector(resolver=LostNames()))

    with pytest.raises(ServiceUnreachable):
        await studio.paint(fox)

    assert len(studio.clock.slept_s) == 2


async def test_silence_is_given_up_although_a_call_may_take_for_ever(opened: Open, fox: Call) -> None:
    studio = await opened({"read_timeout_ms": 200, "call_timeout_ms": 0}, **SMALL)
    studio.service.faults.add(route="generations", then=wire.silence())

    with pytest.raises(ServiceLost):
        await studio.paint(fox)

    assert len(studio.service.requests) == 1


async def test_a_byte_every_now_and_then_is_no_silence(opened: Open, fox: Call) -> None:
    studio = await opened({"read_timeout_ms": 2_000, "call_timeout_ms": 0}, **SMALL)
    studio.service.faults.add(route="generations", then=wire.trickle(26, 0.1))

    assert len(await studio.paint(fox)) == 1


async def test_a_byte_every_now_and_then_does_not_outlast_the_whole_call(opened: Open, fox: Call) -> None:
    studio = await opened({"read_timeout_ms": 30_000, "call_timeout_ms": 700}, **SMALL)
    studio.service.faults.add(route="generations", then=wire.trickle(1_000, 0.1))

    with pytest.raises(ServiceLost):
        await studio.paint(fox)

    assert studio.files == []
    assert len(studio.service.requests) == 1


async def test_zero_is_no_limit(opened: Open, fox: Call) -> None:
    studio = await opened({"connect_timeout_ms": 0, "read_timeout_ms": 0, "call_timeout_ms": 0}, **SMALL)
    studio.service.faults.add(route="generations", then=wire.late(0.3))

    assert len(await studio.paint(fox)) == 1


def test_times_are_given_in_milliseconds_and_zero_is_none() -> None:
    without = Service(base_url="http://x", connect_timeout_ms=0, read_timeout_ms=0, call_timeout_ms=0)
    with_ = Service(base_url="http://x", connect_timeout_ms=50, read_timeout_ms=1_500, call_timeout_ms=60_000)

    assert (without.connect_limit_s, without.silence_limit_s, without.call_limit_s) == (None, None, None)
    assert (with_.connect_limit_s, with_.silence_limit_s, with_.call_limit_s) == (0.05, 1.5, 60.0)


def after_the_work(refusal: Fault) -> Fault:
    """The pictures are painted and paid for, and the answer says nothing of the kind."""

    async def play(call: Caught) -> web.StreamResponse:
        await call.work()
        return await refusal.play(call)

    return Fault(play)


def timed_out(message: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "server_error", "param": None, "code": None}}


PAID: dict[str, Callable[[], Fault]] = {
    "reset": lambda: wire.reset(after_the_work=True),
    "half a body": wire.half_body,
    "late": lambda: wire.late(30),
    "500 page": lambda: after_the_work(errors.html_page(500)),
    "502 page": lambda: after_the_work(errors.html_page()),
    "503 page": lambda: after_the_work(errors.html_page(503)),
    "504 page": lambda: after_the_work(errors.html_page(504)),
    "500 without a word": lambda: after_the_work(errors.status(500)),
    "524 without a word": lambda: after_the_work(errors.status(524)),
    "a relay that gave up": lambda: after_the_work(errors.status(503, timed_out("upstream request timeout"))),
    "a relay that calls it its own": lambda: after_the_work(errors.status(500, timed_out("Request timed out."))),
    "408": lambda: after_the_work(errors.status(408)),
}


@pytest.mark.parametrize("name", PAID)
async def test_what_may_have_been_paid_for_is_not_asked_for_again(opened: Open, fox: Call, name: str) -> None:
    studio = await opened({"call_timeout_ms": 1_000}, **SMALL)
    await studio.paint(fox)  # over a connection that is kept, which some clients repeat a request on
    studio.service.faults.add(route="generations", then=PAID[name]())

    with pytest.raises(ServiceLost):
        await studio.paint(fox)

    assert len(studio.service.requests) == 2
    assert studio.service.paid_pictures == 2
    assert studio.clock.slept_s == []
