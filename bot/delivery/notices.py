"""Refusals of replies: a short public note, its reason for its author alone, gone after a minute."""

import asyncio
import logging
import secrets
from contextlib import suppress
from datetime import timedelta

import discord

from bot.clock import Clock
from bot.delivery.doors import NOTE, ReplyDoor
from bot.delivery.trouble import UNREACHABLE
from bot.errors import StoreError, TooLate
from bot.store.notes import Note, Notes
from bot.ui import faces

log = logging.getLogger(__name__)

SHOWN_S = 60.0
LEFT_TO_OTHERS_AFTER = timedelta(seconds=SHOWN_S + 10)  # by then whoever posted it would have taken it away
LOOKED_THROUGH = 200  # messages after the reply
GONE_TIMEOUT_S = 15.0


class Notices:
    """The reasons kept here live as long as their notes: a minute. Refusals of accepted jobs are kept in their rows.

    Where a note stands is written down before it is posted: it is taken away also when this process has died.
    """

    def __init__(self, client: discord.Client, notes: Notes, clock: Clock) -> None:
        self._client = client
        self._notes = notes
        self._clock = clock
        self._reasons: dict[str, tuple[int, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, message: discord.Message, sentence: str) -> None:
        """Answer a reply with a note whose reason only its author can read."""
        key, note = secrets.token_hex(16), Note(message.id, message.channel.id)
        self._reasons[key] = (message.author.id, sentence)
        with suppress(StoreError):  # perhaps that is what the note is about
            await self._notes.add(note, at=self._clock.now())
        try:
            message_id = await ReplyDoor(message, part=NOTE).answer(faces.refusal_of_reply(key))
        except TooLate:
            with suppress(StoreError):
                await self._notes.remove(note.reply_id)
            return
        if message_id is not None:
            note = Note(note.reply_id, note.channel_id, message_id)
            with suppress(StoreError):
                await self._notes.posted(note.reply_id, message_id)
        task = asyncio.create_task(self._forget(key, note))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forget(self, key: str, note: Note) -> None:
        await self._clock.sleep(SHOWN_S)
        self._reasons.pop(key, None)
        with suppress(StoreError):  # then it is found by `clear`
            await self._take_away(note)

    async def clear(self) -> None:
        """Take away what stands for too long: of processes that died, and what Discord did not let go."""
        for note in await self._notes.standing(since_before=self._clock.now() - LEFT_TO_OTHERS_AFTER):
            await self._take_away(note)

    async def _take_away(self, note: Note) -> None:
        try:
            async with asyncio.timeout(GONE_TIMEOUT_S):
                channel = self._client.get_partial_messageable(note.channel_id)
                message_id = note.message_id or await self._find(channel, note)
                if message_id is not None:
                    await channel.get_partial_message(message_id).delete()
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("note cannot be removed reply=%d error=%s", note.reply_id, type(error).__name__)
        except UNREACHABLE as error:
            log.info("note not removed yet reply=%d error=%s", note.reply_id, type(error).__name__)
            return
        await self._notes.remove(note.reply_id)

    async def _find(self, channel: discord.PartialMessageable, note: Note) -> int | None:
        """A note whose answer was lost is known by the message that it answers."""
        me = self._client.user
        async for message in channel.history(after=discord.Object(note.reply_id), limit=LOOKED_THROUGH):
            reference = message.reference
            if reference is not None and reference.message_id == note.reply_id and message.author == me:
                return message.id
        return None

    def reason(self, key: str, user_id: int) -> str | None:
        """Why, for the author alone; None for anybody else or after the minute."""
        author_id, sentence = self._reasons.get(key, (0, ""))
        return sentence if author_id == user_id else None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
