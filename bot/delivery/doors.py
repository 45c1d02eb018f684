"""The first answer to a request, by the way it came in."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
import discord

from bot.delivery.line import Line
from bot.delivery.trouble import NO_CHANNEL, Later, Obstacle, Refused, Unknown
from bot.errors import TooLate
from bot.ui.faces import Face

log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 3.0  # Discord: Receiving and Responding; later the token is dead anyway
REPLY_TIMEOUT_S = 9.0
CHANGED_WITHIN_S = 60.0  # somebody looks at the answer that is to be changed
TROUBLE = (discord.DiscordServerError, aiohttp.ClientError, TimeoutError, OSError)
CARD, NOTE = "c", "n"  # in the nonces of answers to a reply
UNKNOWN_INTERACTION = 10062
ALREADY_ANSWERED = 40060


class Door(Protocol):
    """Where a request came in and its first answer goes out."""

    async def answer(self, face: Face) -> int | None:
        """Answer; the id of the message, or None when the answer's fate is unknown.

        Raises:
            TooLate: Discord does not take the answer any more, nobody would see it.
        """
        ...


class InteractionDoor:
    """A slash command, a menu or a button: the answer is private."""

    def __init__(self, interaction: discord.Interaction[discord.Client]) -> None:
        self._interaction = interaction

    async def answer(self, face: Face) -> int | None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                sent = await self._interaction.response.send_message(face.content, view=face.view, ephemeral=True)
        except discord.HTTPException as error:
            if error.code == UNKNOWN_INTERACTION:
                raise TooLate from error
            if error.code == ALREADY_ANSWERED or isinstance(error, discord.DiscordServerError):
                return None
            raise
        except TROUBLE:
            return None
        return sent.message_id


async def answer_press(interaction: discord.Interaction[discord.Client], face: Face, line: Line) -> bool:
    """Answer a press by changing the message that it was made on; False: whether that came about is unknown.

    Raises:
        TooLate: nobody would see it.
    """
    return await _first(lambda: interaction.response.edit_message(content=face.content, view=face.view), line)


async def answer_later(interaction: discord.Interaction[discord.Client], line: Line) -> None:
    """A private answer that still thinks, to be changed with `change`.

    Raises:
        TooLate: nobody would see it.
    """
    await _first(lambda: interaction.response.defer(ephemeral=True, thinking=True), line)


async def _first(call: Callable[[], Awaitable[object]], line: Line) -> bool:
    """A first answer of unknown fate (False) may stand there, and what comes after it can be seen then."""
    try:
        await line.once(call, bucket=None, within_s=ANSWER_TIMEOUT_S)
    except Unknown:
        return False
    except Refused as error:
        if error.code != ALREADY_ANSWERED:
            raise TooLate from error
        return False
    except Obstacle as error:
        raise TooLate from error
    return True


async def change(interaction: discord.Interaction[discord.Client], face: Face, line: Line) -> None:
    """Change the first answer, again and again for a while. Never raises: where it cannot be, nobody is to be told."""
    try:
        await line.often(
            lambda: interaction.edit_original_response(content=face.content, view=face.view),
            bucket=None,
            patience=line.patience(CHANGED_WITHIN_S),
        )
    except Obstacle as error:
        log.info("answer not changed interaction=%d detail=%s", interaction.id, error.detail)


class ReplyDoor:
    """A reply in a channel: the answer is a short public message under it, `part` being CARD or NOTE."""

    def __init__(self, message: discord.Message, line: Line, *, part: str = CARD) -> None:
        self._message = message
        self._line = line
        self._part = part

    async def answer(self, face: Face) -> int | None:
        patience = self._line.patience(REPLY_TIMEOUT_S)
        while True:
            try:
                return await self._line.once(
                    lambda: self._send(face), bucket=f"post {self._message.channel.id}", within_s=REPLY_TIMEOUT_S
                )
            except Refused as error:
                if error.status == 403 or error.code == NO_CHANNEL:
                    raise TooLate from error
                return None
            except Later as error:  # surely not posted
                if not await patience.pause(error):
                    return None
            except Obstacle:
                return None

    async def _send(self, face: Face) -> int:
        sent = await self._message.channel.send(
            face.content,
            view=face.view,
            nonce=f"{self._message.id}.{self._part}",
            reference=self._message.to_reference(fail_if_not_exists=False),
            mention_author=False,
        )
        return sent.id
