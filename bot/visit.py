"""A look at Discord through REST alone: who the bot is, and what it may do in the servers it is in."""

import asyncio
from dataclasses import dataclass

import discord

from bot.delivery.doors import TROUBLE
from bot.delivery.rights import NAMES
from bot.errors import BotError

LOGIN_LIMIT_S = 15.0
SERVERS_LIMIT_S = 30.0
SERVERS_MAX = 10
"""Three requests a server, against Discord's limits: those of the first servers tell enough."""


class TokenRefused(BotError):
    """Discord knows no bot with this token."""


class DiscordUnreachable(BotError):
    sentence = "Discord does not answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server the bot is in. `lacking` names, for each missing permission, the channels it is missing in.

    Channels that the bot cannot see are not among them: they are mostly meant to be out of its sight.
    """

    name: str
    channels: int
    lacking: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`servers` are the first ones of `server_count`, and None where Discord did not tell."""

    name: str
    application_id: int
    invite_url: str
    has_endpoint_url: bool
    needs_code_grant: bool
    server_count: int
    servers: tuple[Server, ...] | None


async def visit(token: str) -> Visit:
    """Log in, look around, and leave; the gateway is not touched, so a bot that runs does not notice.

    Raises:
        TokenRefused: it is not a bot's token, or not any more.
        DiscordUnreachable: it did not answer, or not as it should.
    """
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            async with asyncio.timeout(LOGIN_LIMIT_S):
                await client.login(token)
        except discord.LoginFailure as error:
            raise TokenRefused from error
        except (discord.HTTPException, *TROUBLE) as error:
            raise DiscordUnreachable(detail=_brief(error)) from error
        return await _look_around(client)


async def _look_around(client: discord.Client) -> Visit:
    application, me = client.application, client.user
    assert application is not None, "known since the login"
    assert me is not None, "known since the login"
    try:
        async with asyncio.timeout(SERVERS_LIMIT_S):
            guilds = [guild async for guild in client.fetch_guilds(with_counts=False)]
            servers = tuple([await _server(client, guild.id, me.id) for guild in guilds[:SERVERS_MAX]])
    except (discord.HTTPException, *TROUBLE):
        guilds, servers = [], None
    return Visit(
        name=me.name,
        application_id=application.id,
        invite_url=invite_url(application.id),
        has_endpoint_url=application.interactions_endpoint_url is not None,
        needs_code_grant=application.bot_require_code_grant,
        server_count=max(application.approximate_guild_count, len(guilds)),
        servers=servers,
    )


async def _server(client: discord.Client, guild_id: int, my_id: int) -> Server:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(my_id)
    channels = [channel for channel in await guild.fetch_channels() if isinstance(channel, discord.TextChannel)]
    rights = {channel.name: channel.permissions_for(me) for channel in channels}
    seen = {name: held for name, held in rights.items() if held.view_channel}
    lacking = {words: [name for name, held in seen.items() if not getattr(held, flag)] for flag, words in NAMES.items()}
    return Server(
        name=guild.name, channels=len(seen), lacking={words: where for words, where in lacking.items() if where}
    )


def invite_url(application_id: int) -> str:
    """The link that brings the bot into a server with no more rights than it uses."""
    permissions = discord.Permissions(**dict.fromkeys(NAMES, True))
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=("bot", "applications.commands"))


def _brief(error: Exception) -> str:
    status = f" {error.status}" if isinstance(error, discord.HTTPException) else ""
    return f"{type(error).__name__}{status}"
