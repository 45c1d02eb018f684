"""Opens worlds for end-to-end tests, and audits the books of each when its test is over."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from tests.end_to_end.books import audit
from tests.scene import Scene, opened

SMALL_PICTURE_BYTES = 20_000
PACE = 50.0

Open = Callable[..., Awaitable[Scene]]


class HurriedClock(SystemClock):
    """Time that runs `PACE` times as fast, so that what takes a minute can be waited for.

    `skip` lets time pass at once, `jump` sets the wall clock while none passes.
    """

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self._begun_at = datetime.now(UTC)
        self._skipped_s = 0.0
        self._jumped_s = 0.0

    def now(self) -> datetime:
        return self._begun_at + timedelta(seconds=self.monotonic_s() + self._jumped_s)

    def monotonic_s(self) -> float:
        return (time.monotonic() - self._begun_s) * PACE + self._skipped_s

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / PACE)

    def skip(self, seconds: float) -> None:
        self._skipped_s += seconds

    def jump(self, seconds: float) -> None:
        self._jumped_s += seconds


@pytest.fixture
def hurried() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
async def open_scene(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a world: `images` are switches of the image service, everything else is a setting of the bot."""
    scenes: list[Scene] = []
    async with AsyncExitStack() as doors:

        async def open_(*, images: dict[str, Any] | None = None, **changes: Any) -> Scene:  # noqa: ANN401  any setting
            switches = {"picture_bytes": SMALL_PICTURE_BYTES} | (images or {})
            folder = tmp_path / str(len(scenes))
            scene = await doors.enter_async_context(opened(folder, images=switches, **changes))
            scenes.append(scene)
            return scene

        yield open_
        for scene in scenes:
            audit(scene)


@pytest.fixture
async def scene(open_scene: Open) -> Scene:
    return await open_scene()
