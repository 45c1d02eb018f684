"""Refusals of replies: a short public note, its reason for its author alone, gone after a minute."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from bot.clock import Clock
from bot.delivery.doors import NOTE, ReplyDoor
from bot.delivery.line import Line
from bot.delivery.looks import Looks
from bot.delivery.trouble import Obstacle, Passing
from bot.errors import StoreError, TooLate
from bot.store.notes import Note, Notes
from bot.ui import faces

log = logging.getLogger(__name__)

SHOWN_FOR = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(days=1)  # by then Discord, or its channel, has mostly come back
REASON_KEPT_FOR = 2 * SHOWN_FOR  # somebody may press while it is being taken away


@dataclass(frozen=True, slots=True)
class _Reason:
    author_id: int
    sentence: str
    said_at: datetime

    def is_kept(self, now: datetime) -> bool:
        return abs(now - self.said_at) < REASON_KEPT_FOR


class Notices:
    """Reasons live as long as their notes, in memory; notes are in rows, so that they go although their process died.

    (Refusals of accepted jobs are kept with their jobs.)
    """

    def __init__(self, client: discord.Client, line: Line, looks: Looks, notes: Notes, clock: Clock) -> None:
        self._client = client
        self._line = line
        self._looks = looks
        self._notes = notes
        self._clock = clock
        self._reasons: dict[str, _Reason] = {}

    async def post(self, message: discord.Message, sentence: str) -> None:
        """Answer a reply with a note whose reason only its author can read."""
        key = secrets.token_hex(16)
        now = self._clock.now()
        self._reasons[key] = _Reason(message.author.id, sentence, now)
        try:
            await self._notes.enter(message.id, message.channel.id, at=now)
        except StoreError as error:  # it shall be posted all the same, and stays
            log.warning("note not entered asked=%d detail=%s", message.id, error.detail)
        try:
            posted = await ReplyDoor(message, self._line, part=NOTE).answer(faces.refusal_of_reply(key))
        except TooLate:
            await self._notes.forget(message.id)
            return
        if posted is not None:
            await self._notes.posted(message.id, posted)

    async def tidy_notes(self) -> None:
        """Take away what has been read for a minute; while Discord does not answer, it stays for a later round.

        A channel that alone does not answer keeps no other's notes, and one that never does is given up after a day.
        """
        now = self._clock.now()
        self._reasons = {key: reason for key, reason in self._reasons.items() if reason.is_kept(now)}
        due = await self._notes.due(posted_before=now - SHOWN_FOR, or_after=now + SHOWN_FOR)
        sick: set[int] = set()  # channels that have failed in this round
        for note in due:
            if note.channel_id in sick:
                continue
            try:
                await self._remove(note)
            except Passing as error:
                sick.add(note.channel_id)
                if self._line.is_away:
                    return
                if now - note.posted_at < GIVEN_UP_AFTER:
                    log.info("note stays for now asked=%d detail=%s", note.asked_id, error.detail)
                    continue
            except Obstacle as error:
                log.info("note not removed asked=%d detail=%s", note.asked_id, error.detail)
            await self._notes.forget(note.asked_id)

    async def _remove(self, note: Note) -> None:
        message_ids = [note.message_id] if note.message_id else await self._look_for(note)
        channel = self._client.get_partial_messageable(note.channel_id)
        for message_id in message_ids:
            message = channel.get_partial_message(message_id)
            await self._line.once(message.delete, bucket=f"delete {note.channel_id}")

    async def _look_for(self, note: Note) -> list[int]:
        """Its answer was lost: it is known by the message that it answers."""
        ours = await self._looks.ours(note.channel_id, after_id=note.asked_id)
        return [each.id for each in ours if each.reference and each.reference.message_id == note.asked_id]

    def reason(self, key: str, user_id: int) -> str | None:
        """Why, for the author alone; None for anybody else or after the minute."""
        reason = self._reasons.get(key)
        return reason.sentence if reason is not None and reason.author_id == user_id else None
