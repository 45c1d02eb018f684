"""Waiting for the world to look different."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Changes:
    """`happened` wakes everybody who waits, and each looks again for what it waits for."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def happened(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, look: Callable[[], Found | None], timeout_s: float) -> Found:
        """What `look` finds, as soon as it finds something. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while (found := look()) is None:
                await self._next.wait()
            return found
