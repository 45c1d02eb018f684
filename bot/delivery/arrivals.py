"""An interaction or a reply as a request's way in: who asks, where, and what may be done there."""

import discord

from bot.delivery.rights import missing_among, sending_in
from bot.model import Arrival, Place, Requester, Way


def arrival_of(interaction: discord.Interaction[discord.Client], way: Way) -> Arrival:
    """An interaction as a request's way in; rights are read as Discord computed them for this channel."""
    place = _place(
        interaction.channel_id or 0,
        interaction.guild,
        interaction.channel,
        ours=interaction.app_permissions,
        theirs=interaction.permissions,
    )
    return Arrival(
        id=interaction.id,
        way=way,
        requester=_requester(interaction.user),
        place=place,
        application_id=interaction.application_id,
        token=interaction.token,
    )


def arrival_of_reply(message: discord.Message) -> Arrival:
    """A reply as a request's way in; rights are computed from the server's roles, which the gateway sends."""
    channel = message.channel
    ours = theirs = discord.Permissions.all()
    if message.guild is not None and isinstance(message.author, discord.Member):
        ours, theirs = channel.permissions_for(message.guild.me), channel.permissions_for(message.author)
    place = _place(channel.id, message.guild, channel, ours=ours, theirs=theirs)
    return Arrival(id=message.id, way=Way.REPLY, requester=_requester(message.author), place=place)


def _requester(user: discord.User | discord.Member) -> Requester:
    roles = [role.id for role in user.roles if not role.is_default()] if isinstance(user, discord.Member) else []
    return Requester(user.id, frozenset(roles))


def _place(
    channel_id: int,
    guild: discord.Guild | None,
    channel: object,
    *,
    ours: discord.Permissions,
    theirs: discord.Permissions,
) -> Place:
    if guild is None:
        return Place(channel_id=channel_id)
    return Place(
        channel_id=channel_id,
        guild_id=guild.id,
        missing=missing_among(channel, ours),
        member_may_write=getattr(theirs, sending_in(channel)),
        file_limit_bytes=guild.filesize_limit,
    )
