"""A stand-in image service, a client that talks to it over a real socket, and a clock that takes no time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.download import Downloader
from bot.image_api.client import ImageApi
from bot.image_api.plan import Call
from bot.image_api.service import Service
from bot.model import Endpoint, Picture
from bot.spool import Spool
from sandbox.image_api.server import FakeImageApi
from tests.clock import FakeClock

JOB = 7


@dataclass(frozen=True, slots=True)
class Source:
    """A picture ready for upload."""

    file: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Studio:
    """A service, a client of it, and where its pictures land."""

    service: FakeImageApi
    api: ImageApi
    clock: FakeClock
    spool: Spool
    folder: Path

    async def paint(self, call: Call, source: Source | None = None) -> list[Picture]:
        async with aclosing(self.api.paint(call, spool=self.spool, job_id=JOB, source=source)) as pictures:
            return [picture async for picture in pictures]

    @property
    def files(self) -> list[str]:
        """What is on the disk for the job, unfinished files included."""
        folder = self.folder / str(JOB)
        return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


Open = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a studio: `settings` are the client's, everything else is a switch of the stand-in."""
    async with AsyncExitStack() as doors:

        async def open_(settings: dict[str, Any] | None = None, **switches: Any) -> Studio:  # noqa: ANN401  any switch
            service = FakeImageApi(**switches)
            await service.start()
            doors.push_async_callback(service.stop)
            session = await doors.enter_async_context(aiohttp.ClientSession())
            downloads = await doors.enter_async_context(Downloader(service_base_url=service.base_url))
            clock = FakeClock()
            values = {"base_url": service.base_url, "api_key": service.api_key, **(settings or {})}
            api = ImageApi(session, Service(**values), clock=clock, downloads=downloads, chance=lambda: 0.0)
            return Studio(service, api, clock, Spool(tmp_path / "spool"), tmp_path / "spool")

        yield open_


@pytest.fixture
async def studio(opened: Open) -> Studio:
    return await opened()


@pytest.fixture
def fox() -> Call:
    return Call(endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt="a red fox in the snow", count=1)
