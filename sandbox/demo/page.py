"""The demo in the browser: the stage, the page, and what is behind its scenes, until Ctrl-C."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sandbox.backstage import Backstage
from sandbox.demo.bot_process import BotDied
from sandbox.demo.browser import open_page
from sandbox.demo.stage import FLAGGED_WORDS, PER_DAY, opened
from sandbox.page.behind.scenes import BehindTheScenes
from sandbox.page.server import PageServer

FOLDER = Path("demo-output")
BOT_LOG = "bot.log"


def serve(port: int = 0) -> int:
    """Serve the page until Ctrl-C or SIGTERM; the exit status. Raises OSError for a port that is taken."""
    FOLDER.mkdir(exist_ok=True)
    log_file = FOLDER / BOT_LOG
    print("Starting Easel between two stand-ins, for Discord and for the image service …")
    with Backstage() as backstage, suppress(KeyboardInterrupt):
        try:
            with backstage.holding(_served(log_file, port)) as page:
                _introduce(page.url, log_file)
                threading.Event().wait()
        except BotDied as error:
            print(f"{error}\nThe last lines of its log, {log_file}:")
            print("\n".join(log_file.read_text("utf-8", errors="replace").splitlines()[-15:]))
            return 1
    print("\nStopped. Nothing runs on.")
    return 0


@asynccontextmanager
async def _served(log_file: Path, port: int) -> AsyncIterator[PageServer]:
    """Raises BotDied when the bot does not even start; later the page stays, and can start it again."""
    async with opened(log_file) as stage:
        await stage.ready()
        async with BehindTheScenes(stage) as behind, PageServer(stage.discord, behind=behind, port=port) as page:
            yield page


def _introduce(url: str, log_file: Path) -> None:
    flagged = " and ".join(f"«{word}»" for word in FLAGGED_WORDS)
    print(f"""
   Discord in the browser   {url}
   the bot                  the real one, as a process of its own; a member may make {PER_DAY} pictures a day
   forbidden words          moderation flags {flagged} here
   its log                  ./{log_file}

Everything stays on this machine: no account, no key, nothing to pay. Ctrl-C ends it.
Without a browser: make tour""")
    if open_page(url):
        print("The browser opens.")
