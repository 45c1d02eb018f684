"""First answers go first: work in the background begins when nobody waits for one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PATIENCE_S = 1.0


class Calm:
    """Counts those who wait for a first answer; in a burst, other work would take the loop and the disk from them."""

    def __init__(self) -> None:
        self._waiting = 0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        """Somebody waits for a first answer during the block."""
        self._waiting += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._nobody.set()

    async def wait(self, limit_s: float = PATIENCE_S) -> None:
        """Until nobody waits for a first answer, but never longer than `limit_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._nobody.wait()
