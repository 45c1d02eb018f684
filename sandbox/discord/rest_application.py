"""The routes of the app itself, its commands, its interactions and the gateway's address."""

from sandbox.discord import payloads
from sandbox.discord.answers import Answers
from sandbox.discord.changes import Changes
from sandbox.discord.commands import CommandBook
from sandbox.discord.door import Route
from sandbox.discord.errors import ApiError, FormCheck, Refusal
from sandbox.discord.gateway import Gateway
from sandbox.discord.limits import Bucket
from sandbox.discord.wire import Call, Reply
from sandbox.discord.world import World

IDENTIFIES_A_DAY = 1000


class ApplicationRoutes:
    def __init__(
        self, world: World, commands: CommandBook, answers: Answers, gateway: Gateway, changes: Changes
    ) -> None:
        self._world = world
        self._commands = commands
        self._answers = answers
        self._gateway = gateway
        self._changes = changes

    def routes(self) -> list[Route]:
        everywhere = "/applications/{application_id}/commands"
        in_guild = "/applications/{application_id}/guilds/{guild_id}/commands"
        token, one = "/webhooks/{application_id}/{token}", "/webhooks/{application_id}/{token}/messages/{message_id}"
        callback = "/interactions/{interaction_id}/{token}/callback"
        return [
            Route("GET", "/gateway", self.gateway_address, needs_token=False),
            Route("GET", "/gateway/bot", self.gateway_for_bot),
            Route("GET", "/applications/@me", self.application),
            # discord.py asks here; the official document has only the route above.
            Route("GET", "/oauth2/applications/@me", self.application, in_contract=False),
            Route("GET", everywhere, self.list_commands),
            Route("PUT", everywhere, self.overwrite_commands),
            Route("GET", in_guild, self.list_commands, "guild_id"),
            Route("PUT", in_guild, self.overwrite_commands, "guild_id"),
            Route("POST", callback, self._answers.callback, "token", needs_token=False),
            Route("POST", token, self._answers.follow_up, "token", Bucket.WEBHOOK, needs_token=False),
            Route("GET", one, self._answers.read, "token", Bucket.WEBHOOK, needs_token=False),
            Route("PATCH", one, self._answers.edit, "token", Bucket.WEBHOOK, needs_token=False),
            Route("DELETE", one, self._answers.delete, "token", Bucket.WEBHOOK, needs_token=False),
        ]

    async def gateway_address(self, _: Call) -> Reply:
        return Reply(200, {"url": self._gateway.url})

    async def gateway_for_bot(self, _: Call) -> Reply:
        left = {
            "total": IDENTIFIES_A_DAY,
            "remaining": max(0, IDENTIFIES_A_DAY - self._gateway.identifies - self._gateway.starts_used),
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        }
        return Reply(200, {"url": self._gateway.url, "shards": 1, "session_start_limit": left})

    async def application(self, _: Call) -> Reply:
        return Reply(200, payloads.application(self._world))

    async def list_commands(self, call: Call) -> Reply:
        return Reply(200, self._commands.listed(self._scope(call)))

    async def overwrite_commands(self, call: Call) -> Reply:
        scope = self._scope(call)
        form = FormCheck()
        commands = form.count("_", call.payload, most=130)
        form.done()
        kept = self._commands.overwrite(commands, scope)
        self._changes.happened()
        return Reply(200, kept)

    def _scope(self, call: Call) -> int | None:
        """The server of the path, or None for global commands. Raises ApiError."""
        if call.id("application_id") != self._world.application_id:
            raise ApiError(Refusal.UNKNOWN_APPLICATION)
        if "guild_id" not in call.params:
            return None
        if all(guild.id != call.id("guild_id") for guild in self._world.guilds_of_bot()):
            raise ApiError(Refusal.MISSING_ACCESS)
        return call.id("guild_id")
