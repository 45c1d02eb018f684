"""Files opened beside the event loop, and closed there when nobody wants them any more."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

Opened = TypeVar("Opened")


async def opened_to_read(file: Path) -> BinaryIO:
    """Raises OSError where it cannot be read."""
    return await opened(lambda: file.open("rb"), lambda each: each.close())


async def opened(opening: Callable[[], Opened], close: Callable[[Opened], object]) -> Opened:
    """What `opening` opens in a thread. If its caller is cancelled meanwhile, it is closed as soon as it is there."""
    in_thread = asyncio.get_running_loop().run_in_executor(None, opening)

    def close_it(done: asyncio.Future[Opened]) -> None:
        if not done.cancelled() and done.exception() is None:
            close(done.result())

    try:
        return await asyncio.shield(in_thread)
    except asyncio.CancelledError:
        in_thread.add_done_callback(close_it)
        raise


async def carried_out(closing: Callable[[], object]) -> None:
    """In a thread, and to its end, also when its caller is cancelled meanwhile."""
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, closing))
