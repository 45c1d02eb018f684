"""The routes of people and servers (Discord: User Resource, Guild Resource)."""

from sandbox.discord import payloads
from sandbox.discord.door import Route
from sandbox.discord.errors import ApiError, FormCheck, Refusal
from sandbox.discord.paging import asked_page
from sandbox.discord.wire import Call, Reply, snowflake
from sandbox.discord.world import Guild, World

GUILDS_MAX = 200


class PeopleRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/users/@me", self.myself),
            Route("GET", "/users/@me/guilds", self.my_guilds, in_contract=False),
            Route("GET", "/users/{user_id}", self.user),
            Route("POST", "/users/@me/channels", self.open_direct),
            Route("GET", "/guilds/{guild_id}", self.guild, "guild_id"),
            Route("GET", "/guilds/{guild_id}/channels", self.channels, "guild_id", in_contract=False),
            Route("GET", "/guilds/{guild_id}/roles", self.roles, "guild_id"),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self.member, "guild_id"),
        ]

    async def myself(self, _: Call) -> Reply:
        return Reply(200, payloads.myself(self._world))

    async def my_guilds(self, call: Call) -> Reply:
        """By age of the server (Discord: Get Current User Guilds)."""
        limit, after, before = asked_page(call, usual=GUILDS_MAX, most=GUILDS_MAX)
        bot_id = self._world.bot.id
        mine = [guild for _, guild in sorted(self._world.guilds.items()) if bot_id in guild.members]
        seen = [payloads.partial_guild(guild, bot_id) for guild in mine if after < guild.id < before]
        return Reply(200, seen[-limit:] if "before" in call.query else seen[:limit])

    async def user(self, call: Call) -> Reply:
        person = self._world.people.get(call.id("user_id"))
        if person is None:
            raise ApiError(Refusal.UNKNOWN_USER)
        return Reply(200, payloads.user(person))

    async def open_direct(self, call: Call) -> Reply:
        """Opening a conversation always works; whether a message is taken shows when it is sent."""
        recipient_id = snowflake(call.body().get("recipient_id"))
        if recipient_id not in self._world.people:
            form = FormCheck()
            form.fail("recipient_id", "INVALID_RECIPIENT", "Invalid Recipient(s)")
            form.done()
        return Reply(200, payloads.channel(self._world, self._world.direct_channel(recipient_id)))

    async def guild(self, call: Call) -> Reply:
        return Reply(200, payloads.guild(self._guild(call)))

    async def channels(self, call: Call) -> Reply:
        """All but threads, also those that the bot cannot see (Discord: Get Guild Channels)."""
        channels = self._guild(call).channels.values()
        return Reply(200, [payloads.channel(self._world, each) for each in channels if not each.is_thread])

    async def roles(self, call: Call) -> Reply:
        return Reply(200, [payloads.role(role) for role in self._guild(call).roles.values()])

    async def member(self, call: Call) -> Reply:
        member = self._guild(call).members.get(call.id("user_id"))
        if member is None:
            raise ApiError(Refusal.UNKNOWN_MEMBER)
        return Reply(200, payloads.member(member))

    def _guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None or self._world.bot.id not in guild.members:
            raise ApiError(Refusal.UNKNOWN_GUILD)
        return guild
