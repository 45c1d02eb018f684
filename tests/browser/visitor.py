"""Somebody at the page in a real browser, and what no test of it may bring about."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Dialog, FilePayload, Locator, Page, Request, WebSocket, expect

from sandbox.page.server import PageServer
from tests.end_to_end.uploads import picture

WAIT_MS = 20_000.0
BLANK = "about:blank"
CAT: FilePayload = {"name": "cat.png", "mimeType": "image/png", "buffer": picture()}


class Visitor:
    """`page` is Playwright's. `wrong` is what went wrong in the browser so far: errors, dialogs, foreign requests."""

    def __init__(self, page: Page, server: PageServer, cdn: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        self._server = server
        self._origins = {_origin(server.url), _origin(cdn)}
        self._expected: list[re.Pattern[str]] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("websocket", self._socket)
        page.on("crash", lambda _: self.wrong.append("the page crashed"))
        page.context.on("request", self._request)
        page.context.on("dialog", self._dialog)

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Errors that the browser itself reports of what is tried here on purpose: a connection that is cut, a 413."""
        before = len(self.wrong)
        yield
        allowed = re.compile(pattern)
        self.wrong[before:] = [each for each in self.wrong[before:] if not allowed.search(each)]

    async def go(self, person: str = "Ada", channel: str = "general") -> None:
        await self.page.goto(f"{self._server.url}?as={person}&in={channel}")
        sits = self.page.locator("#people [aria-pressed=true]").filter(has_text=person)
        await expect(sits).to_be_attached()  # out of sight where it is narrow
        await expect(self.place).not_to_have_text("Easel")

    # What is to be seen

    @property
    def place(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log").locator("li.message")

    def message(self, *words: str | re.Pattern[str]) -> Locator:
        """The newest message with all these words in it."""
        found = self.messages
        for each in words:
            found = found.filter(has_text=each)
        return found.last

    async def pinned(self, message: Locator) -> Locator:
        """That message and no other, whatever it says later and whoever quotes it."""
        return self.page.locator(f'li.message[data-id="{await message.get_attribute("data-id")}"]')

    @property
    def result(self) -> Locator:
        """The newest public message of the bot with a picture and its buttons on it."""
        return self.messages.filter(has=self.page.get_by_role("button", name="V1", exact=True)).last

    @property
    def writing(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message "))

    @property
    def command(self) -> Locator:
        """The form of the command that is being typed."""
        return self.page.get_by_role("form", name=re.compile(r"^\/"))

    @property
    def commands(self) -> Locator:
        """What the list of commands offers."""
        return self.page.get_by_role("listbox", name="Commands").get_by_role("option")

    @property
    def notices(self) -> Locator:
        return self.page.get_by_role("region", name="Notices")

    def option(self, name: str) -> Locator:
        """What an option of the command is typed, chosen or attached with; by its name, as a screen reader says it."""
        field = self.command.locator(f'[data-option="{name}"]')
        roles = ("textbox", "combobox", "button")
        first, *others = (field.get_by_role(role, name=name, exact=True) for role in roles)  # type: ignore[arg-type]
        for each in others:
            first = first.or_(each)
        return first

    # What they do

    async def write(self, text: str) -> None:
        await self.writing.fill(text)

    async def send(self, text: str) -> None:
        await self.writing.fill(text)
        await self.writing.press("Enter")

    async def begin(self, command: str) -> None:
        """Choose a command from the list that «/» opens."""
        await self.writing.fill(f"/{command}")
        await self.commands.filter(has=self.page.get_by_text(f"/{command}", exact=True)).click()
        await expect(self.command).to_be_visible()

    async def fill(self, name: str, value: str) -> None:
        if await self.option(name).count() == 0:
            await self.command.get_by_role("button", name=f"Add option {name}:").click()
        option = self.option(name)
        if await option.evaluate("each => each.tagName") == "SELECT":
            await option.select_option(label=value)
        else:
            await option.fill(value)

    async def submit(self) -> None:
        await self.command.get_by_role("button", name="Send", exact=True).click()

    async def slash(self, command: str, options: Mapping[str, str] | None = None) -> None:
        await self.begin(command)
        for name, value in (options or {}).items():
            await self.fill(name, value)
        await self.submit()
        await expect(self.command).to_have_count(0)

    async def menu(self, message: Locator) -> Locator:
        """The menu of a message, by its ⋯ button."""
        await message.hover()
        await message.get_by_role("button", name="More", exact=True).click()
        return self.page.get_by_role("menu", name="Message")

    async def open(self, channel: str) -> None:
        await self.page.get_by_role("navigation").get_by_role("button", name=re.compile(rf"^{channel}\b")).click()

    async def be(self, person: str) -> None:
        await self.page.get_by_role("button", name=re.compile(f"^{person}")).click()
        await expect(self.page.get_by_role("button", name=re.compile(f"^{person}"), pressed=True)).to_be_visible()

    async def look_behind(self) -> Locator:
        """Open the drawer."""
        drawer = self.page.get_by_role("complementary", name="Behind the scenes")
        await self.page.get_by_role("button", name="Behind the scenes", exact=True).click()
        await expect(drawer).to_be_visible()
        return drawer

    async def transfer(self, *files: FilePayload) -> Any:  # noqa: ANN401 -- a handle into the page
        """A DataTransfer with files, as a paste or a drop brings it."""
        told = [{**each, "buffer": list(each["buffer"])} for each in files]
        return await self.page.evaluate_handle(
            """files => {
                const transfer = new DataTransfer();
                for (const {name, mimeType, buffer} of files) {
                    transfer.items.add(new File([new Uint8Array(buffer)], name, {type: mimeType}));
                }
                return transfer;
            }""",
            told,
        )

    async def paste(self, *files: FilePayload) -> None:
        await self.page.evaluate(
            """transfer => document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))""",
            await self.transfer(*files),
        )

    async def drop(self, *files: FilePayload) -> None:
        transfer = await self.transfer(*files)
        for kind in ("dragenter", "dragover", "drop"):
            await self.page.dispatch_event("main", kind, {"dataTransfer": transfer})

    # What must not be

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console {message.type}: {message.text} {message.location.get('url', '')}")

    def _request(self, request: Request) -> None:
        if request.url != BLANK and not request.url.startswith("blob:") and _origin(request.url) not in self._origins:
            self.wrong.append(f"a request elsewhere: {request.url}")

    def _socket(self, socket: WebSocket) -> None:
        if _origin(socket.url.replace("ws://", "http://", 1)) != _origin(self._server.url):
            self.wrong.append(f"a socket elsewhere: {socket.url}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        with suppress(Exception):  # the page may be gone
            await dialog.dismiss()


@asynccontextmanager
async def switched_on(behind: Locator, label: str) -> AsyncIterator[None]:
    summary = behind.get_by_text("Make trouble")
    switch = behind.get_by_role("switch", name=label, exact=True)
    if not await switch.is_visible():
        await summary.click()
    await switch.click()
    await expect(switch).to_be_checked()
    await expect(summary).to_contain_text(f"(on: {label})")
    try:
        yield
    finally:
        await switch.click()
        await expect(switch).not_to_be_checked()


@asynccontextmanager
async def visiting(browser: Browser, server: PageServer, cdn: str, **about: Any) -> AsyncIterator[Visitor]:  # noqa: ANN401 -- Playwright's options of a context
    """In a browser context of their own. At the end nothing may have gone wrong in it."""
    context = await browser.new_context(
        **{"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce", **about}
    )
    context.set_default_timeout(WAIT_MS)
    try:
        visitor = Visitor(await context.new_page(), server, cdn)
        yield visitor
        assert not visitor.wrong, "\n".join(visitor.wrong)
    finally:
        await context.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
