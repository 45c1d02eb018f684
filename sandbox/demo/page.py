"""The demo in the browser: the stage, the page, and what is behind its scenes, until Ctrl-C."""

import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sandbox.backstage import Backstage
from sandbox.demo.bot_process import BotDied, last_lines
from sandbox.demo.browser import open_page
from sandbox.demo.stage import FLAGGED_WORDS, PER_DAY, Stage, opened
from sandbox.page.behind.scenes import BehindTheScenes
from sandbox.page.server import PageServer
from sandbox.terminal.album import FOLDER

BOT_LOG = FOLDER / "bot.log"


def serve(port: int = 0) -> int:
    """Serve the page until Ctrl-C, SIGTERM or SIGHUP; the exit status. Raises OSError for a port that is taken."""
    with socket.create_server(("127.0.0.1", port)):
        pass  # it is free: nobody has to wait for a bot first to hear that it is not
    FOLDER.mkdir(exist_ok=True)
    try:
        with suppress(KeyboardInterrupt):
            print("Starting Easel between two stand-ins, one for Discord and one for the image service …")
            with Backstage() as backstage, backstage.holding(_everything(port)) as page:
                _introduce(page.url)
                threading.Event().wait()
    except BotDied as error:
        print("\n".join([str(error), f"The last lines of its log, {BOT_LOG}:", *last_lines(BOT_LOG)]))
        return 1
    print("\nStopped: nothing of it runs on.")
    return 0


@asynccontextmanager
async def opened_page(stage: Stage, port: int = 0) -> AsyncIterator[PageServer]:
    """Raises BotDied when the bot does not even start; once it has, the page stays, and can start it again."""
    await stage.ready()
    async with BehindTheScenes(stage) as behind, PageServer(stage.discord, behind=behind, port=port) as page:
        yield page


@asynccontextmanager
async def _everything(port: int) -> AsyncIterator[PageServer]:
    async with opened(BOT_LOG) as stage, opened_page(stage, port) as page:
        yield page


def _introduce(url: str) -> None:
    flagged = " and ".join(f"«{word}»" for word in FLAGGED_WORDS)
    print(f"""
   Discord in your browser   {url}
   the bot                   the real one, a process of its own; members may make {PER_DAY} pictures a day
   forbidden words           moderation flags {flagged} here
   the bot’s log             ./{BOT_LOG}

Everything stays on this machine (127.0.0.1): no account, no key, nothing to pay. Ctrl-C ends it.
No browser here? «make tour» shows it in the terminal.""")
    if open_page(url):
        print("Your browser opens the page.")
