"""python -m tests.browser.screenshots: the pictures of docs/pictures, of the real page with the real bot in it."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.browser import chromium
from tests.browser.theatre import Demo, opened_demo
from tests.browser.visitor import WAIT_MS, Visitor, visiting

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PER_DAY = 5
VIEW: ViewportSize = {"width": 1180, "height": 720}
PHONE: ViewportSize = {"width": 360, "height": 720}
MOST_BYTES = 300_000


async def result(ada: Visitor, ben: Visitor) -> None:
    """A result with its buttons, as everybody sees it, and the card that its member alone sees."""
    await ben.send("What would a lighthouse look like at dusk?")
    await ada.slash("imagine", {"prompt": "a lighthouse at dusk, watercolour", "count": "2"})
    await expect(ada.result.get_by_role("img", name="a lighthouse at dusk")).to_have_count(2)
    await expect(ada.message("Done:")).to_be_visible()


async def refusal(ada: Visitor, _: Visitor) -> None:
    """A refusal: private, in plain words, at no cost."""
    await ada.slash("imagine", {"prompt": "a bloodbath in the market square"})
    await expect(ada.message("graphic violence")).to_be_visible()


async def models(ada: Visitor, _: Visitor) -> None:
    await ada.slash("models")
    await expect(ada.message("(default)")).to_be_visible()


async def quota(ada: Visitor, _: Visitor) -> None:
    """What an admin sees of a member."""
    await ada.be("Cleo")
    await ada.slash("admin quota grant", {"user": "@Ada", "images": "3"})
    await expect(ada.message("3 extra pictures")).to_be_visible()
    await ada.slash("admin quota show", {"user": "@Ada"})
    await expect(ada.message("Used today")).to_be_visible()


async def commands(ada: Visitor, _: Visitor) -> None:
    """The list that opens on «/»."""
    await ada.be("Ada")
    await ada.write("/")
    await expect(ada.commands.first).to_be_visible()


async def drawer(ada: Visitor, _: Visitor) -> None:
    """Behind the scenes of a request."""
    await ada.write("")
    await ada.look_behind()
    await ada.slash("imagine", {"prompt": "a fox in the snow"})
    steps = ada.page.locator(".behind-steps strong")
    await expect(steps.filter(has_text="charged")).to_have_count(1)
    await expect(ada.result.get_by_role("img", name="a fox in the snow")).to_be_visible()


async def reply(ada: Visitor, ben: Visitor) -> None:
    """In the dark: a reply to a picture, and the variations that come of it."""
    await ada.page.emulate_media(color_scheme="dark")
    await ada.page.get_by_role("complementary", name="Behind the scenes").get_by_role("button", name="Close").click()
    await ben.result.hover()
    await ben.result.get_by_role("button", name="Reply", exact=True).click()
    await ben.send("vary 2 at night")
    await expect(ada.result.get_by_role("img", name="at night")).to_have_count(2)


async def narrow(ada: Visitor, _: Visitor) -> None:
    """A command with its options on a screen as wide as a phone's."""
    await ada.page.emulate_media(color_scheme="light")
    await ada.page.set_viewport_size(PHONE)
    await ada.begin("imagine")
    await ada.fill("prompt", "a lighthouse at dusk, watercolour")
    await ada.fill("count", "2")
    await ada.fill("model", "mini")
    suggested = ada.page.get_by_role("listbox", name="Values of model").get_by_role("option")
    await suggested.first.click()
    await expect(ada.option("model")).to_have_value("gpt-image-1-mini")


SCENES: dict[str, Callable[[Visitor, Visitor], Awaitable[None]]] = {
    "result": result,
    "refusal": refusal,
    "models": models,
    "quota": quota,
    "commands": commands,
    "drawer": drawer,
    "reply": reply,
    "narrow": narrow,
}


async def take(folder: Path = FOLDER) -> None:
    """Raises AssertionError where the page is not what it should be: then there is no picture of it."""
    program = chromium.found()
    if program is None:
        sys.exit("There is no Chromium here, and a picture of the page needs one.")
    expect.set_options(timeout=WAIT_MS)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="easel-screenshots-") as work:
        async with chromium.started(program) as browser, opened_demo(Path(work), per_day=PER_DAY) as demo:
            await _play(browser, demo, folder)


async def _play(browser: Browser, demo: Demo, folder: Path) -> None:
    url = demo.discord.base_url
    async with visiting(browser, demo.page, url, viewport=VIEW) as ada, visiting(browser, demo.page, url) as ben:
        await ada.go("Ada")
        await ben.go("Ben")
        for name, play in SCENES.items():
            await play(ada, ben)
            await _settled(ada)
            path = folder / f"{name}.png"
            await ada.page.screenshot(path=path, animations="disabled", caret="hide")
            size = await asyncio.to_thread(_made_small, path)
            print(f"{path.name}: {size // 1000} KB")


async def _settled(visitor: Visitor) -> None:
    """Pictures are there, and nothing is marked only because the mouse lies on it."""
    await visitor.page.mouse.move(0, 0)
    pictures: Locator = visitor.page.locator(".message .picture img")
    for each in await pictures.all():
        await each.evaluate("each => { each.loading = 'eager'; return each.decode(); }")
    await visitor.page.evaluate("document.fonts.ready")
    await visitor.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _made_small(path: Path) -> int:
    """Packed as tightly as PNG can; the colours stay as they are."""
    with Image.open(path) as picture:
        picture.convert("RGB").save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"{path.name} has {size} bytes, more than a page should load")
    return size


if __name__ == "__main__":
    asyncio.run(take())
