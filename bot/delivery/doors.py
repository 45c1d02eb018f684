"""Where requests come in: who asks, where, and the first answer by the way it came."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import discord

from bot.errors import TooLate
from bot.model import Arrival, Place, Requester, Way
from bot.ui.faces import Face

ANSWER_TIMEOUT_S = 3.0  # Discord: Receiving and Responding; later the token is dead anyway
TROUBLE = (discord.DiscordServerError, aiohttp.ClientError, TimeoutError, OSError)
UNKNOWN_INTERACTION = 10062
ALREADY_ANSWERED = 40060


class Door(Protocol):
    """Where a request came in and its first answer goes out."""

    async def answer(self, face: Face, *, nonce: str) -> int | None:
        """Answer; the id of the message, or None when the answer's fate is unknown.

        Raises:
            TooLate: Discord does not take the answer any more, nobody would see it.
        """
        ...


class InteractionDoor:
    """A slash command, a menu or a button: the answer is private."""

    def __init__(self, interaction: discord.Interaction[discord.Client]) -> None:
        self._interaction = interaction

    async def answer(self, face: Face, *, nonce: str) -> int | None:  # noqa: ARG002 -- callbacks have no nonce
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


class ReplyDoor:
    """A reply in a channel: the answer is a short public message under it."""

    def __init__(self, message: discord.Message) -> None:
        self._message = message

    async def answer(self, face: Face, *, nonce: str) -> int | None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S * 3):
                sent = await self._message.channel.send(
                    face.content,
                    view=face.view,
                    nonce=nonce,
                    reference=self._message.to_reference(fail_if_not_exists=False),
                    mention_author=False,
                )
        except discord.Forbidden as error:
            raise TooLate from error
        except (discord.HTTPException, *TROUBLE):
            return None
        return sent.id


def arrival_of(interaction: discord.Interaction[discord.Client], way: Way) -> Arrival:
    """An interaction as a request's way in; rights are read as Discord computed them for this channel."""
    return Arrival(
        id=interaction.id,
        way=way,
        requester=_requester(interaction.user),
        place=_place(interaction.channel_id or 0, interaction.guild, interaction.channel, interaction),
        application_id=interaction.application_id,
        token=interaction.token,
    )


def arrival_of_reply(message: discord.Message) -> Arrival:
    """A reply as a request's way in; rights are computed from the server's roles, which the gateway sends."""
    channel = message.channel
    if message.guild is None or not isinstance(message.author, discord.Member):
        rights = _Rights(discord.Permissions.all(), discord.Permissions.all())
    else:
        rights = _Rights(channel.permissions_for(message.guild.me), channel.permissions_for(message.author))
    return Arrival(
        id=message.id,
        way=Way.REPLY,
        requester=_requester(message.author),
        place=_place(channel.id, message.guild, channel, rights),
    )


class _Permitted(Protocol):
    @property
    def app_permissions(self) -> discord.Permissions: ...
    @property
    def permissions(self) -> discord.Permissions: ...


@dataclass(frozen=True, slots=True)
class _Rights:
    app_permissions: discord.Permissions
    permissions: discord.Permissions


def _requester(user: discord.User | discord.Member) -> Requester:
    roles = [role.id for role in user.roles if not role.is_default()] if isinstance(user, discord.Member) else []
    return Requester(user.id, frozenset(roles))


def _place(channel_id: int, guild: discord.Guild | None, channel: object, rights: _Permitted) -> Place:
    if guild is None:
        return Place(channel_id=channel_id)
    return Place(
        channel_id=channel_id,
        guild_id=guild.id,
        missing=_missing(channel, rights.app_permissions),
        member_may_write=getattr(rights.permissions, _sending(channel)),
        file_limit_bytes=guild.filesize_limit,
    )


def missing_rights(channel: object) -> tuple[str, ...]:
    """What we lack now to post a result, by Discord's names; nothing where that cannot be seen."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return ()
    return _missing(channel, channel.permissions_for(channel.guild.me))


def _missing(channel: object, held: discord.Permissions) -> tuple[str, ...]:
    sending = _sending(channel)
    needed = {
        "View Channel": "view_channel",
        sending.replace("_", " ").title().replace("In", "in"): sending,
        "Attach Files": "attach_files",
    }
    return tuple(name for name, flag in needed.items() if not getattr(held, flag))


def _sending(channel: object) -> str:
    return "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
