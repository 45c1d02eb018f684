"""What reaches out of the process, Discord aside: image service, moderation, downloads, and the reader of pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp

from bot.clock import Clock
from bot.download import Downloader
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.client import ImageApi
from bot.image_api.models import Models
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from bot.moderation import AS_FLAGGED, Moderation
from bot.pictures import Pictures
from bot.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """`judge` is the service that moderations are asked of: the image service itself, or another one."""

    downloads: Downloader
    pictures: Pictures
    api: ImageApi
    judge: ImageApi
    catalogue: Catalogue
    models: Models
    moderation: Moderation


@asynccontextmanager
async def reach_out(
    settings: ServiceSettings, clock: Clock, *, follow_redirects: bool = False
) -> AsyncIterator[Outside]:
    """Build what reaches out of the process; nothing is asked yet, nothing in DATA_DIR is touched.

    `follow_redirects`: of calls for pictures, too (see wire/redirects.py).

    Raises:
        SettingsError: MODELS_FILE cannot be used.
    """
    async with AsyncExitStack() as doors:
        session = await doors.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())
        )
        painting = replace(painting_service(settings), follow_redirects=follow_redirects)
        downloads = await doors.enter_async_context(
            Downloader(
                allowed_private=settings.download_hosts,
                service_base_url=settings.openai_base_url,
                service_headers=painting.key_headers,
            )
        )
        catalogue = await asyncio.to_thread(
            Catalogue.load,
            has_openai_dates=painting.dialect.has_shutdown_dates,
            provider=painting.dialect.provider,
            models_file=settings.models_file,
        )
        catalogue = catalogue.at(painting.endpoints)
        api = ImageApi(Http(session, painting, clock=clock), catalogue, downloads=downloads)
        checking = Http(session, moderation_service(settings), clock=clock)
        judge = ImageApi(checking, catalogue, downloads=downloads)
        yield Outside(
            downloads=downloads,
            pictures=await doors.enter_async_context(Pictures()),
            api=api,
            judge=judge,
            catalogue=catalogue,
            models=await doors.enter_async_context(
                Models(
                    api,
                    catalogue,
                    clock=clock,
                    preferred=settings.image_model or painting.callable_model,
                    dialect=painting.dialect,
                    has_budget=settings.budget_usd_per_day is not None,
                )
            ),
            moderation=Moderation(
                judge,
                model=settings.moderation_model,
                enabled=settings.moderation == "on",
                thresholds=settings.moderation_thresholds or AS_FLAGGED,
            ),
        )


def painting_service(settings: ServiceSettings) -> Service:
    return Service(
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        organization=settings.openai_org_id,
        project=settings.openai_project_id,
        connect_timeout_ms=settings.image_connect_timeout_ms,
        read_timeout_ms=settings.image_read_timeout_ms,
        call_timeout_ms=settings.image_call_timeout_ms,
        dialect_name=settings.image_dialect,
        deployment=settings.image_model,
    )


def moderation_service(settings: ServiceSettings) -> Service:
    """The image service, unless the owner named another one for moderations."""
    painting = painting_service(settings)
    if settings.moderation_base_url is None:
        return painting
    key = settings.moderation_api_key
    return replace(
        painting,
        base_url=settings.moderation_base_url,
        api_key=key.get_secret_value() if key else None,
        organization=None,
        project=None,
        dialect_name=None,  # IMAGE_DIALECT is the painting service's
    )
