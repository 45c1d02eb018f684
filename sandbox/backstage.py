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
        came_early: list[int] = []  # an exception in the middle of the start would leave a thread that nobody ends
        for number in _interrupts():
            signal.signal(number, lambda came, _: came_early.append(came))
        self._thread.start()
        self._is_ready.wait()
        try:
            for number in _interrupts():
                signal.signal(number, signal.default_int_handler)
        except KeyboardInterrupt:  # between these lines, while the other thread has the processor
            came_early.append(signal.SIGINT)
        if came_early:
            self.__exit__()
            raise KeyboardInterrupt
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
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                if not task.cancelling():  # what was cut short is cleaning up, and must not be cut short in that
                    task.cancel()
            await asyncio.wait(others)


def _interrupts() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _ignore_interrupts() -> None:
    for number in _interrupts():
        signal.signal(number, signal.SIG_IGN)
