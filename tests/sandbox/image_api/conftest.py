"""A stand-in service and a client that holds its key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from sandbox.image_api.server import FakeImageApi

Start = Callable[..., Awaitable[FakeImageApi]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts services with the switches of a test and stops them afterwards."""
    started: list[FakeImageApi] = []

    async def start(**switches: Any) -> FakeImageApi:  # noqa: ANN401  any switch of the service
        service = FakeImageApi(**switches)
        await service.start()
        started.append(service)
        return service

    yield start
    for service in started:
        await service.stop()


@pytest.fixture
async def service(start: Start) -> FakeImageApi:
    return await start()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session
