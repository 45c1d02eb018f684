"""An event loop on a thread of its own, so that the main thread can wait for a person to type."""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any, Self, TypeVar

Result = TypeVar("Result")


class Backstage:
    """`run` works coroutines off over there, and waits here. Leaving the block cancels what is left, and waits for it.

    Ctrl-C, SIGTERM and SIGHUP all become KeyboardInterrupt here; while the block is left they are ignored, since
    that takes a limited time and ends other processes.
    """

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._work, name="backstage")
        self._is_ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event

    def __enter__(self) -> Self:
        for number in _interrupts():
            signal.signal(number, signal.default_int_handler)
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    @contextmanager
    def holding(self, door: AbstractAsyncContextManager[Result]) -> Iterator[Result]:
        """An asynchronous context manager, entered over there and held open for the block."""
        stack = AsyncExitStack()
        try:
            yield self.run(stack.enter_async_context(door))
        finally:
            _ignore_interrupts()
            self.run(stack.aclose())

    def _work(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._until_over())

    async def _until_over(self) -> None:
        self._over = asyncio.Event()
        self._is_ready.set()
        await self._over.wait()


def _interrupts() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _ignore_interrupts() -> None:
    for number in _interrupts():
        signal.signal(number, signal.SIG_IGN)
