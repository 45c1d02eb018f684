"""A gate that freezes calls in flight until a test lets them go on."""

import asyncio
from collections import deque

from sandbox.patience import PATIENCE_S


class Gate:
    """Open at first. While it is held, calls wait at it; stopping the service opens it for good."""

    def __init__(self) -> None:
        self._is_open = True
        self._passes = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._changed = asyncio.Condition()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def hold(self) -> None:
        self._is_open = False

    def release(self) -> None:
        self._is_open = True
        self._passes = 0
        self._let_go(len(self._queue))

    def let_through(self, passages: int) -> None:
        """Let that many of those who wait, or come next, go on while the gate is held."""
        self._passes += passages - self._let_go(passages)

    def _let_go(self, most: int) -> int:
        """How many went on."""
        gone = 0
        while self._queue and gone < most:
            turn = self._queue.popleft()
            if not turn.done():  # its call was given up
                turn.set_result(None)
                gone += 1
        return gone

    async def passage(self) -> None:
        if self._is_open:
            return
        if self._passes:
            self._passes -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with self._changed:
                self._changed.notify_all()
            await turn
        finally:
            if turn in self._queue:
                self._queue.remove(turn)

    async def until_waiting(self, count: int, *, timeout_s: float = PATIENCE_S) -> None:
        """Until that many calls stand at the gate.

        Raises:
            TimeoutError: fewer came in time.
        """
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: self.waiting >= count)
