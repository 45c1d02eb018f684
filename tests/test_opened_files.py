"""Whoever gives up while a file is being opened leaves none open."""

import asyncio
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.opening import carried_out, opened, opened_to_read


async def test_what_is_opened_for_somebody_who_has_gone_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(b"fox")
    has_begun, may_open = threading.Event(), threading.Event()
    streams: list[BinaryIO] = []

    def opening() -> BinaryIO:
        has_begun.set()
        may_open.wait()
        streams.append(file.open("rb"))
        return streams[0]

    waiting = asyncio.create_task(opened(opening, lambda stream: stream.close()))
    await asyncio.to_thread(has_begun.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_open.set()

    async with asyncio.timeout(30):
        while not (streams and streams[0].closed):
            await asyncio.sleep(0.01)


async def test_what_cannot_be_opened_is_told_or_forgotten(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await opened_to_read(tmp_path / "none")

    waiting = asyncio.create_task(opened_to_read(tmp_path / "none"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_is_to_be_closed_is_closed_although_its_caller_is_cancelled() -> None:
    has_begun, may_close, is_closed = threading.Event(), threading.Event(), threading.Event()

    def closing() -> None:
        has_begun.set()
        may_close.wait()
        is_closed.set()

    waiting = asyncio.create_task(carried_out(closing))
    await asyncio.to_thread(has_begun.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_close.set()

    assert await asyncio.to_thread(is_closed.wait, 30)
