"""The Chromium that is installed here. None is downloaded, and it talks to this machine alone."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

DEBIANS = "/usr/bin/chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "REQUIRE_BROWSER"
NONE_HERE = (
    "the page was NOT tested: there is no Chromium here. Install one (Debian: chromium and fonts-noto-color-emoji), "
    f"or see CONTRIBUTING.md; {REQUIRED}=1 makes this a failure"
)
QUIET = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # not even the browser's own business goes out
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--font-render-hinting=none",
)


def found() -> str | None:
    """Its program: Debian's, or what the PATH has."""
    if Path(DEBIANS).is_file():
        return DEBIANS
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def is_required() -> bool:
    return os.environ.get(REQUIRED, "") not in ("", "0")


@asynccontextmanager
async def started(program: str) -> AsyncIterator[Browser]:
    """Headless, with a profile of its own that goes with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        try:
            yield browser
        finally:
            await browser.close()
