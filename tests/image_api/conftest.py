"""A stand-in image service, a client that talks to it over a real socket, and a clock that takes no time."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.download import Downloader
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.client import ImageApi
from bot.image_api.events import Event, Failed, Painted
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from bot.model import Endpoint, Picture
from bot.spool import Spool
from sandbox.image_api.server import FakeImageApi
from tests.clock import FakeClock

JOB = 7
CATALOGUE = Catalogue.load(has_openai_dates=False)


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

    def events(self, call: Call) -> AsyncGenerator[Event]:
        return self.api.paint(call, new_file=partial(self.spool.new, JOB))

    async def report(self, call: Call, source: Source | None = None) -> list[Event]:
        """Everything that a call reports."""
        async with aclosing(self.events(replace(call, sources=(source,) if source else call.sources))) as events:
            return [event async for event in events]

    async def paint(self, call: Call, source: Source | None = None) -> list[Picture]:
        """The pictures; what a call fails with is raised."""
        call = replace(call, sources=(source,) if source else call.sources)
        async with aclosing(self.events(call)) as events:
            pictures = []
            async for event in events:
                match event:
                    case Painted(picture):
                        pictures.append(picture)
                    case Failed(error):
                        raise error
            return pictures

    @property
    def files(self) -> list[str]:
        """What is on the disk for the job, unfinished files included."""
        folder = self.folder / str(JOB)
        return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


Open = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a studio: `settings` are the client's, `clock` is its time, `connector` makes its connections.

    Everything else is a switch of the stand-in.
    """
    async with AsyncExitStack() as doors:

        async def open_(
            settings: dict[str, Any] | None = None,
            catalogue: Catalogue = CATALOGUE,
            *,
            clock: FakeClock | None = None,
            connector: aiohttp.BaseConnector | None = None,
            **switches: Any,  # noqa: ANN401  any switch
        ) -> Studio:
            service = FakeImageApi(**switches)
            await service.start()
            doors.push_async_callback(service.stop)
            session = await doors.enter_async_context(aiohttp.ClientSession(connector=connector))
            values = {"base_url": service.base_url, "api_key": service.api_key, **(settings or {})}
            asked = Service(**values)
            downloads = await doors.enter_async_context(
                Downloader(service_base_url=service.base_url, service_headers=asked.key_headers)
            )
            clock = clock or FakeClock()
            http = Http(session, asked, clock=clock, chance=lambda: 0.0)
            api = ImageApi(http, catalogue, downloads=downloads)
            return Studio(service, api, clock, Spool(tmp_path / "spool"), tmp_path / "spool")

        yield open_


@pytest.fixture
async def studio(opened: Open) -> Studio:
    return await opened()


@pytest.fixture
def fox() -> Call:
    return Call(endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt="a red fox in the snow", count=1)


@pytest.fixture
def forming(fox: Call) -> Call:
    """A picture that shows itself twice before it is finished."""
    return replace(fox, partial_images=2)
