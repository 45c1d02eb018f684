"""The stand-in Discord on its own, with people at its keyboard, so that any bot can be tried on it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sandbox.backstage import Backstage
from sandbox.discord.default_world import default_world
from sandbox.discord.server import FakeDiscord
from sandbox.terminal.album import Album
from sandbox.terminal.lines import is_interactive, lines
from sandbox.terminal.player import Player
from sandbox.terminal.prompt import Prompt
from sandbox.terminal.screen import Screen


def serve(port: int) -> int:
    """Serve until the person leaves, or SIGINT or SIGTERM comes; the exit status."""
    album = Album()
    album.clear()
    with Backstage() as backstage, backstage.holding(_serving(port)) as discord, suppress(KeyboardInterrupt):
        screen = Screen(discord.world)
        screen.exactly(_environment(discord))
        prompt = Prompt(discord, Player(discord, screen, album))
        if is_interactive():
            screen.note("Start a bot with these settings. Then type here: «help» says what.")
            for line in lines(lambda: prompt.sign, prompt.beginnings):
                backstage.run(prompt.obey(line))
        else:
            threading.Event().wait()
    return 0


@asynccontextmanager
async def _serving(port: int) -> AsyncIterator[FakeDiscord]:
    discord = FakeDiscord(world=default_world())
    try:
        await discord.start(port)
        yield discord
    finally:
        await discord.stop()


def _environment(discord: FakeDiscord) -> list[str]:
    return [
        f"DISCORD_TOKEN={discord.bot_token}",
        f"DISCORD_API_URL={discord.api_url}",
        f"DISCORD_GATEWAY_URL={discord.gateway_url}",
        f"DOWNLOAD_HOSTS=127.0.0.1:{discord.port}",
    ]
