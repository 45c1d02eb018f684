"""What the browser is shown: the demo as `make demo` puts it together, or the page over a bot by hand, or over the real
one in this process, whose time can pass.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.page import opened_page
from sandbox.demo.stage import Stage, opened
from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.page.server import PageServer
from tests import scene
from tests.end_to_end.conftest import HurriedClock
from tests.sandbox.page.parade import Parade, parading

PER_DAY = 40  # the tests of a file share one bot, and each person's day


@dataclass(frozen=True)
class Demo:
    """The real bot in a process of its own, the page over it, and what is behind the scenes."""

    stage: Stage
    page: PageServer

    @property
    def discord(self) -> FakeDiscord:
        return self.stage.discord


@dataclass(frozen=True)
class Show:
    """The page over a bot by hand, which posts what Easel never does."""

    discord: FakeDiscord
    page: PageServer
    parade: Parade


@dataclass(frozen=True)
class Hours:
    """The real bot in this process, on a clock that can be put forward, and the page over it."""

    scene: scene.Scene
    page: PageServer
    clock: HurriedClock

    @property
    def discord(self) -> FakeDiscord:
        return self.scene.discord


@asynccontextmanager
async def opened_demo(folder: Path, *, per_day: int = PER_DAY) -> AsyncIterator[Demo]:
    async with opened(folder / "bot.log", per_day=per_day) as stage, opened_page(stage) as page:
        yield Demo(stage, page)


@asynccontextmanager
async def opened_show() -> AsyncIterator[Show]:
    async with FakeDiscord(world=default_world()) as discord, parading(discord) as parade, PageServer(discord) as page:
        yield Show(discord, page, parade)


@asynccontextmanager
async def opened_hours(folder: Path) -> AsyncIterator[Hours]:
    clock = HurriedClock()
    async with scene.opened(folder, clock=clock, image_previews=0) as running, PageServer(running.discord) as page:
        yield Hours(running, page, clock)
