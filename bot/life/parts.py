"""The parts that the process lives by: when one ends by itself, the process does not live on without it."""

import asyncio
import logging
from collections.abc import Coroutine

import aiohttp
import discord

from bot.errors import BotError, DiscordUnreachable, PartEnded
from bot.log import incident
from bot.settings import SettingsError

log = logging.getLogger(__name__)

TROUBLE = (aiohttp.ClientError, discord.GatewayNotFound, discord.DiscordServerError, TimeoutError, OSError)
TOLD_AGAIN_S = 2.0
NO_LOGIN = "Discord does not accept DISCORD_TOKEN: make a new one in the developer portal (Bot → Reset Token)."
NO_AGREEMENT = (
    "Discord does not take the connection as this version of Easel asks for it (gateway close code {code}): "
    "look for a newer Easel."
)
HOPELESS = {  # Discord: Gateway Close Event Codes; the others are worth a new start
    4004: NO_LOGIN,
    **{code: NO_AGREEMENT.format(code=code) for code in (4012, 4013, 4014)},
}


class Parts:
    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks[asyncio.create_task(work, name=name)] = name

    async def until(self, stopping: asyncio.Event) -> None:
        """Wait until it is time to stop.

        Raises:
            BotError: a part ended before; what it means for the whole.
        """
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({*self._tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        for task, name in self._tasks.items():
            if task.done():
                error = None if task.cancelled() else task.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                raise in_words(name, error) from error

    async def end(self, *names: str) -> None:
        """End these, or all of them.

        Each is told again until it has heard: `asyncio.wait_for`, in which discord.py connects, loses a cancellation
        that comes in the moment in which the wait is over (CPython, gh-86296; mended in 3.12).
        """
        told = ending = {task for task, name in self._tasks.items() if not names or name in names}
        while ending:
            for task in ending:
                task.cancel()
            _, ending = await asyncio.wait(ending, timeout=TOLD_AGAIN_S)
        await asyncio.gather(*told, return_exceptions=True)


def in_words(part: str, error: Exception | None) -> BotError:
    """What the end of a part means for the whole, and for whoever starts it again."""
    match error:
        case BotError():
            return error
        case discord.LoginFailure():
            return SettingsError([NO_LOGIN])
        case discord.ConnectionClosed() | discord.PrivilegedIntentsRequired():
            code = getattr(error, "code", 4014)
            closed = DiscordUnreachable(detail=f"gateway closed with {code}")
            return SettingsError([HOPELESS[code]]) if code in HOPELESS else closed
        case _ if isinstance(error, TROUBLE):
            return DiscordUnreachable(detail=f"{type(error).__name__}: {error}")
    number = incident()
    log.error("part ended part=%s incident=%s", part, number, exc_info=error)
    return PartEnded(part, detail=f"incident {number}")
