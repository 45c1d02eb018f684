"""The page of the demo in a real browser: a full channel opened, loaded cold, and a message on its way there."""

import asyncio
import io
import sys
import time
from statistics import median, quantiles

from PIL import Image
from playwright.async_api import Browser, Page

from sandbox.discord.keyboard import Upload
from sandbox.discord.server import FakeDiscord
from sandbox.page.server import PageServer
from tests.browser import chromium
from tests.browser.theatre import opened_show

MESSAGES, PICTURES = 500, 200
PICTURE_PX = 1024
ROUNDS, QUICK_ROUNDS = 20, 5
SENT, QUICK_SENT = 60, 10
WARM_UP = 2
PAUSE_S = 0.15
FULL, EMPTY = "general", "lounge"
LIMIT_MS = 30_000.0

# In the page: when the newest messages stand on the screen, counted from the click; `performance.now` has 0.1 ms.
OPENING = """(name) => new Promise((done) => {
    const list = document.querySelector("[role=log] > ol");
    const began = performance.now();
    const look = () => {
        const last = list.querySelector(".message:last-of-type");
        const pictures = [...list.querySelectorAll(".picture img")].filter((each) => {
            const box = each.getBoundingClientRect();
            return box.bottom > 0 && box.top < innerHeight;
        });
        if (last?.textContent.includes("the last") && pictures.length && pictures.every((each) => each.complete)) {
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
        } else requestAnimationFrame(look);
    };
    document.querySelector(`#channels [data-channel="${name}"]`).click();
    look();
})"""
COLD = """() => new Promise((done) => {
    const look = () => {
        const shown = [...document.querySelectorAll("[role=log] .message")].at(-1);
        if (shown?.textContent.includes("the last")) {
            requestAnimationFrame(() => setTimeout(() => done(performance.now())));
        } else setTimeout(look, 4);
    };
    look();
})"""
WATCH = """() => {
    window.seen = [];
    new MutationObserver(() => {
        const text = [...document.querySelectorAll("[role=log] .message")].at(-1).textContent;
        const number = /measured (\\d+)/.exec(text)?.[1];
        if (number === undefined || seen.some(([known]) => known === number)) return;
        const entry = [number, null];
        seen.push(entry);
        requestAnimationFrame(() => setTimeout(() => { entry[1] = Date.now(); }));
    }).observe(document.querySelector("[role=log]"), {childList: true, subtree: true});
}"""


async def run(*, quick: bool = False) -> None:
    """Needs a Chromium, and says so where there is none."""
    program = chromium.found()
    print(f"page: a channel of {MESSAGES} messages and {PICTURES} pictures of {PICTURE_PX} px, in headless Chromium")
    if program is None:
        print("SKIPPED: there is no Chromium here")
        return
    async with opened_show() as show, chromium.started(program) as browser:
        await _furnish(show.discord)
        print(f"{'Chromium ' + browser.version:34}{'median':>10}{'p90':>10}{'max':>10}", flush=True)
        rounds, sent = (QUICK_ROUNDS, QUICK_SENT) if quick else (ROUNDS, SENT)
        _show("cold load, to the newest message", await _cold(browser, show.page, rounds))
        page = await _opened(browser, show.page)
        _show("opening the channel, with pictures", await _opening(page, show.discord, rounds))
        _show("new message, 50 shown", await _new_messages(page, show.discord, sent))
        await _all_shown(page)
        _show(f"new message, {MESSAGES} shown", await _new_messages(page, show.discord, sent))


def _show(name: str, took_ms: list[float]) -> None:
    took_ms = took_ms[WARM_UP:]
    p90_ms = quantiles(took_ms, n=10, method="inclusive")[8]
    print(f"{name:34}{median(took_ms):8.0f}ms{p90_ms:8.0f}ms{max(took_ms):8.0f}ms", flush=True)


async def _furnish(discord: FakeDiscord) -> None:
    """Two messages of five have a picture, the newest among them."""
    data = await asyncio.to_thread(_picture)
    guests = [discord.guest(name) for name in ("Ada", "Ben", "Cleo")]
    for number in range(MESSAGES):
        words = f"message {number}, with **some** words in it" + " and the last" * (number == MESSAGES - 1)
        uploads = [Upload(f"{number}.jpg", data)] if number % 5 in (1, 4) else []
        await guests[number // 4 % 3].say(words, channel=FULL, uploads=uploads)


def _picture() -> bytes:
    noise = Image.effect_noise((PICTURE_PX, PICTURE_PX), 60)
    file = io.BytesIO()
    Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180))).save(file, "JPEG", quality=70)
    return file.getvalue()


async def _opened(browser: Browser, server: PageServer) -> Page:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(LIMIT_MS)
    await page.goto(f"{server.url}?as=Ada&in={EMPTY}")
    await page.wait_for_selector("#place >> text=lounge")
    return page


async def _cold(browser: Browser, server: PageServer, rounds: int) -> list[float]:
    """With an empty cache and a new process of the page each time; from the start of the navigation."""
    took_ms = []
    for _ in range(WARM_UP + rounds):
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{server.url}?as=Ada&in={FULL}", wait_until="commit")
        took_ms.append(float(await page.evaluate(COLD)))
        await context.close()
        await asyncio.sleep(PAUSE_S)
    return took_ms


async def _opening(page: Page, discord: FakeDiscord, rounds: int) -> list[float]:
    took_ms = []
    for _ in range(WARM_UP + rounds):
        took_ms.append(float(await page.evaluate(OPENING, str(discord.channel(FULL).id))))
        await page.click(f'#channels [data-channel="{discord.channel(EMPTY, guild="The Workshop").id}"]')
        await asyncio.sleep(PAUSE_S)
    await page.evaluate(OPENING, str(discord.channel(FULL).id))
    return took_ms


async def _all_shown(page: Page) -> None:
    """Somebody has gone up to the first message, and down again."""
    scroller = page.locator(".scroller")
    while await page.locator(".message").count() < MESSAGES:
        await scroller.evaluate("each => each.scrollTo(0, 0)")
        await asyncio.sleep(PAUSE_S)
    await scroller.evaluate("each => each.scrollTo(0, each.scrollHeight)")


async def _new_messages(page: Page, discord: FakeDiscord, count: int) -> list[float]:
    """From before Discord takes a message, which is before its gateway sends it, to the end of the frame that shows it.

    Both clocks are this machine's.
    """
    await page.evaluate(WATCH)
    sent_ms: dict[str, float] = {}
    for number in range(WARM_UP + count):
        sent_ms[str(number)] = time.time() * 1000
        await discord.guest("Ben").say(f"measured {number}.", channel=FULL)
        await asyncio.sleep(PAUSE_S)
    seen: list[tuple[str, float]] = await page.evaluate("seen")
    assert len(seen) == len(sent_ms), "every one was seen by itself"
    return [at_ms - sent_ms[number] for number, at_ms in seen]


if __name__ == "__main__":
    asyncio.run(run(quick="--quick" in sys.argv))
