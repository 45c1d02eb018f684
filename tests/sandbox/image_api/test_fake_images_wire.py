"""Faults of the connection, the gate, and many calls at once."""

import asyncio
import json
import zlib

import aiohttp
import pytest

from sandbox.image_api.faults import wire as faults_wire
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import DRAWING, form, opened, picture, post
from tests.sandbox.image_api.conftest import Start

SMALL = {"model": "gpt-image-2", "prompt": "x"}


def impatient(seconds: float = 0.5) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds))


@pytest.mark.parametrize("fault", [faults_wire.silence(), faults_wire.slow_accept(30), faults_wire.late(30)])
async def test_a_client_gives_up_on_a_service_that_does_not_answer(service: FakeImageApi, fault: Fault) -> None:
    service.faults.add(route="generations", then=fault)

    async with impatient() as client:
        with pytest.raises(TimeoutError):
            await post(service, client, "generations", SMALL)

    async with asyncio.timeout(5):
        while service.in_flight:
            await asyncio.sleep(0.01)


async def test_a_late_answer_is_paid_although_nobody_took_it(start: Start) -> None:
    service = await start(picture_bytes=1000)
    service.faults.add(route="generations", then=faults_wire.late(30))

    async with impatient() as client:
        with pytest.raises(TimeoutError):
            await post(service, client, "generations", SMALL)

    assert service.paid_pictures == 1


async def test_a_slow_service_answers_in_the_end(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="edits", then=faults_wire.slow_accept(0.05))
    service.faults.add(route="generations", then=faults_wire.late(0.05))

    edited = await post(service, client, "edits", form(("image", picture(), "image/png"), **SMALL))
    painted = await post(service, client, "generations", SMALL)

    assert (edited.status, painted.status, service.paid_pictures) == (200, 200, 2)


@pytest.mark.parametrize(("after_the_work", "paid"), [(False, 0), (True, 1)])
async def test_a_reset_before_or_after_the_work(
    service: FakeImageApi, client: aiohttp.ClientSession, after_the_work: bool, paid: int
) -> None:
    service.faults.add(route="generations", then=faults_wire.reset(after_the_work=after_the_work))

    with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
        await post(service, client, "generations", SMALL)

    assert service.paid_pictures == paid


async def test_half_a_body_ends_in_an_error_after_half_its_length(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    service.faults.add(route="generations", then=faults_wire.half_body())
    headers = {"Authorization": f"Bearer {service.api_key}"}

    got = bytearray()
    async with client.post(f"{service.base_url}/images/generations", json=DRAWING, headers=headers) as response:
        length = int(response.headers["Content-Length"])
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            async for piece in response.content.iter_any():
                got += piece

    assert 0 < len(got) <= length // 2 + 1
    assert service.paid_pictures == 1


async def test_a_drip_brings_byte_after_byte_and_never_ends(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(picture_bytes=1000)
    service.faults.add(route="generations", then=faults_wire.drip(bytes_per_s=200))
    headers = {"Authorization": f"Bearer {service.api_key}"}

    async with client.post(f"{service.base_url}/images/generations", json=SMALL, headers=headers) as response:
        pieces = [await response.content.readany() for _ in range(5)]

    assert b"".join(pieces) == b'{"data":['[: len(b"".join(pieces))]
    assert all(pieces)
    assert int(response.headers["Content-Length"]) > 1000


async def test_a_huge_body_is_as_long_as_asked(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    service.faults.add(route="generations", then=faults_wire.huge_body(3_000_001))

    reply = await post(service, client, "generations", SMALL)

    assert len(reply.json["data"][0]["b64_json"]) == 3_000_001
    assert "content-length" not in reply.headers


async def test_a_gzip_bomb_is_small_until_it_is_unpacked(service: FakeImageApi) -> None:
    service.faults.add(route="generations", then=faults_wire.gzip_bomb(20_000_000))

    async with aiohttp.ClientSession(auto_decompress=False) as client:
        headers = {"Authorization": f"Bearer {service.api_key}"}
        async with client.post(f"{service.base_url}/images/generations", json=SMALL, headers=headers) as response:
            packed = await response.read()

    assert len(packed) < 100_000
    assert len(json.loads(zlib.decompress(packed, wbits=31))["data"][0]["b64_json"]) == 20_000_000


async def test_a_deaf_port_lets_nobody_connect() -> None:
    async with faults_wire.deaf_port() as base_url:
        timeout = aiohttp.ClientTimeout(sock_connect=0.3)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            with pytest.raises(aiohttp.ConnectionTimeoutError):
                await client.get(f"{base_url}/models")


async def test_a_download_can_go_wrong_too(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(variations=True)
    body = {"model": "dall-e-2", "prompt": "x", "size": "256x256"}
    url = (await post(service, client, "generations", body)).json["data"][0]["url"]
    service.faults.add(route="generated", then=faults_wire.half_body())

    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
        async with client.get(url) as response:
            await response.read()
    async with client.get(url) as response:
        assert opened(await response.read()).size == (256, 256)


async def test_the_gate_freezes_calls_before_they_are_paid(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    service.hold()
    calls = [asyncio.create_task(post(service, client, "generations", SMALL)) for _ in range(3)]
    await service.until_held(3)
    frozen = (service.in_flight, service.paid_pictures)

    service.release()
    replies = await asyncio.gather(*calls)

    assert frozen == (3, 0)
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert (service.in_flight, service.most_in_flight, service.paid_pictures) == (0, 3, 3)


async def test_waiting_at_the_gate_has_a_limit(service: FakeImageApi) -> None:
    service.hold()

    with pytest.raises(TimeoutError):
        await service.until_held(1, timeout_s=0.05)


async def test_stopping_ends_every_silence_and_opens_the_gate(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(picture_bytes=1000)
    service.faults.add(route="generations", then=faults_wire.silence())
    service.hold()
    silent = asyncio.create_task(post(service, client, "generations", SMALL))
    held = asyncio.create_task(post(service, client, "generations", SMALL))
    await service.until_held(1)

    await service.stop()

    results = await asyncio.gather(silent, held, return_exceptions=True)
    assert isinstance(results[0], aiohttp.ClientError)
    assert service.in_flight == 0


async def test_uploads_are_gone_when_their_call_is_over(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    await post(service, client, "edits", form(("image", picture(), "image/png"), **SMALL))

    (upload,) = service.requests[0].files
    assert upload.width_px == 64
    async with asyncio.timeout(5):
        while upload.file.exists():
            await asyncio.sleep(0.01)


async def test_a_client_with_its_answer_in_hand_does_not_meet_itself(
    start: Start, client: aiohttp.ClientSession
) -> None:
    service = await start(picture_bytes=2_000_000)
    service.faults.add(route="generations", times=5, then=faults_wire.late(0))

    for _ in range(15):
        await post(service, client, "generations", SMALL)

    assert service.most_in_flight == 1


async def test_a_garbled_form_is_refused(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {service.api_key}", "Content-Type": "multipart/form-data; boundary=x"}

    async with client.post(f"{service.base_url}/images/edits", data=b"--y\r\n\r\n", headers=headers) as response:
        assert response.status == 400
