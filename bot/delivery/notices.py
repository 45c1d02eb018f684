"""Refusals of replies: a short public note, its reason for its author alone, gone after a minute."""

import asyncio
import logging
import secrets

import discord

from bot.clock import Clock
from bot.delivery.doors import NOTE, ReplyDoor
from bot.delivery.trouble import UNREACHABLE
from bot.errors import TooLate
from bot.ui import faces

log = logging.getLogger(__name__)

SHOWN_S = 60.0


class Notices:
    """What is kept here lives as long as its note: a minute. Refusals of accepted jobs are kept in their rows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reasons: dict[str, tuple[int, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, message: discord.Message, sentence: str) -> None:
        """Answer a reply with a note whose reason only its author can read."""
        key = secrets.token_hex(16)
        self._reasons[key] = (message.author.id, sentence)
        try:
            posted = await ReplyDoor(message, part=NOTE).answer(faces.refusal_of_reply(key))
        except TooLate:
            posted = None
        task = asyncio.create_task(self._forget(key, message, posted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forget(self, key: str, message: discord.Message, posted: int | None) -> None:
        await self._clock.sleep(SHOWN_S)
        self._reasons.pop(key, None)
        if posted is None:
            return
        try:
            await message.channel.get_partial_message(posted).delete()  # type: ignore[union-attr]
        except UNREACHABLE as error:
            log.info("note not removed message=%d error=%s", posted, type(error).__name__)

    def reason(self, key: str, user_id: int) -> str | None:
        """Why, for the author alone; None for anybody else or after the minute."""
        author_id, sentence = self._reasons.get(key, (0, ""))
        return sentence if author_id == user_id else None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
