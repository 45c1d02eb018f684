"""A gate that freezes calls in flight until a test lets them go on."""

import asyncio


class Gate:
    """Open at first. While it is held, calls wait at it; stopping the service opens it for good."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Condition()
        self.waiting = 0

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def passage(self) -> None:
        if self._open.is_set():
            return
        await self._count(1)
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1

    async def until_waiting(self, count: int, *, timeout_s: float = 5.0) -> None:
        """Until that many calls stand at the gate.

        Raises:
            TimeoutError: fewer came in time.
        """
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: self.waiting >= count)

    async def _count(self, arrived: int) -> None:
        async with self._changed:
            self.waiting += arrived
            self._changed.notify_all()
