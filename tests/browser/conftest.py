"""One browser for all tests here, one world for those of a file. All of them run on one event loop: the browser's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.theatre import PER_DAY, Demo, Hours, Show, opened_demo, opened_hours, opened_show
from tests.browser.visitor import WAIT_MS, Visitor, visiting

HERE = Path(__file__).parent
on_one_loop = pytest_asyncio.fixture(loop_scope="session", scope="session")
per_file = pytest_asyncio.fixture(loop_scope="session", scope="module")
per_test = pytest_asyncio.fixture(loop_scope="session")
expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class Comes(Protocol):
    """Somebody comes to the page: `ada = await comes("Ada")`."""

    async def __call__(self, person: str = "Ada", channel: str = "general", **about: object) -> Visitor: ...


@on_one_loop
async def browser() -> AsyncIterator[Browser]:
    program = chromium.found()
    if program is None:
        (pytest.fail if chromium.is_required() else pytest.skip)(chromium.NONE_HERE)
    async with chromium.started(program) as running:
        yield running


@per_file
async def demo(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Demo]:
    """A file says with PER_DAY how many pictures its people have."""
    assert browser.is_connected()  # asked for first: without one nothing else is started
    per_day = getattr(request.module, "PER_DAY", PER_DAY)
    async with opened_demo(tmp_path_factory.mktemp("demo"), per_day=per_day) as running:
        yield running


@per_file
async def show(browser: Browser) -> AsyncIterator[Show]:
    assert browser.is_connected()
    async with opened_show() as running:
        await running.parade.post()
        yield running


@per_test
async def hours(browser: Browser, tmp_path: Path) -> AsyncIterator[Hours]:
    assert browser.is_connected()
    async with opened_hours(tmp_path) as running:
        yield running


@per_test
async def comes(browser: Browser, demo: Demo) -> AsyncIterator[Comes]:
    async with AsyncExitStack() as doors:
        yield _door(lambda about: visiting(browser, demo.page, demo.discord.base_url, **about), doors)


@per_test
async def comes_to_the_show(browser: Browser, show: Show) -> AsyncIterator[Comes]:
    async with AsyncExitStack() as doors:
        yield _door(lambda about: visiting(browser, show.page, show.discord.base_url, **about), doors)


@per_test
async def comes_for_hours(browser: Browser, hours: Hours) -> AsyncIterator[Comes]:
    async with AsyncExitStack() as doors:
        yield _door(lambda about: visiting(browser, hours.page, hours.discord.base_url, **about), doors)


def _door(visit: Callable[[dict[str, object]], AbstractAsyncContextManager[Visitor]], doors: AsyncExitStack) -> Comes:
    async def comes(person: str = "Ada", channel: str = "general", **about: object) -> Visitor:
        visitor = await doors.enter_async_context(visit(about))
        await visitor.go(person, channel)
        return visitor

    return comes
