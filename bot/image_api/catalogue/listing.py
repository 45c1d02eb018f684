"""The service's list of models, kept fresh in the background."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from bot.clock import Clock
from bot.image_api.catalogue.catalogue import ListedModel

FRESH = timedelta(minutes=10)
RETRY = timedelta(seconds=30)

Named = Mapping[str, ListedModel]

log = logging.getLogger(__name__)


class ListingService(Protocol):
    async def models(self) -> list[ListedModel]: ...


class Listing:
    """The models that the service names, by id. `heard` is told of every new list.

    An answer from an old list starts one refresh in the background. As an async context manager it ends that refresh
    when it is left.
    """

    def __init__(self, service: ListingService, *, clock: Clock, heard: Callable[[Named], None]) -> None:
        self._service = service
        self._clock = clock
        self._heard = heard
        self._named: Named | None = None
        self._next_at: datetime | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})

    def current(self) -> Named | None:
        """The last list, in the service's order; None before the first. Starts a refresh when it is time for one."""
        if self._next_at is None or not self._next_at - FRESH <= self._clock.now() < self._next_at:
            self._start()  # also when the clock was set back: the list would stay until it has caught up
        return self._named

    async def refresh(self) -> None:
        """Fetch the list now; whoever asks meanwhile waits for the same fetch.

        Raises:
            ImageServiceError: it cannot be had; the list from before stays.
        """
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        """The refresh under way, or a new one."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._fetch(), name="model list")
            self._refreshing.add_done_callback(_note)
        return self._refreshing

    async def _fetch(self) -> None:
        self._next_at = self._clock.now() + RETRY
        self._named = {model.id: model for model in await self._service.models()}
        self._next_at = self._clock.now() + FRESH
        self._heard(self._named)
        log.info("models listed count=%d", len(self._named))


def _note(refresh: asyncio.Task[None]) -> None:
    """A failed refresh is known to its callers; nobody else waits for it."""
    if refresh.cancelled():
        return
    error = refresh.exception()
    if error is not None:
        log.warning("models not listed error=%s %s", type(error).__name__, getattr(error, "detail", ""))
