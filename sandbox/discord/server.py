"""The stand-in as one object: build it, start it, look into it, stop it."""

from pathlib import Path
from typing import Self

from aiohttp import web

from sandbox.discord import payloads
from sandbox.discord.answers import Answers
from sandbox.discord.cdn import Cdn
from sandbox.discord.changes import Changes
from sandbox.discord.clock import SandboxClock
from sandbox.discord.commands import CommandBook
from sandbox.discord.door import Door, RequestRecord, Watch
from sandbox.discord.faults import Fault, Faults
from sandbox.discord.gateway import Gateway
from sandbox.discord.intake import CHUNK_BYTES
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Limits
from sandbox.discord.message_rules import MessageRules
from sandbox.discord.messages import Messages
from sandbox.discord.permissions import Permission
from sandbox.discord.rendering import Renderer
from sandbox.discord.rest_application import ApplicationRoutes
from sandbox.discord.rest_channels import ChannelRoutes
from sandbox.discord.rest_people import PeopleRoutes
from sandbox.discord.world import Channel, Guild, Member, Overwrite, Person, World
from sandbox.guest import Guest
from sandbox.patience import PATIENCE_S
from sandbox.traffic import TrafficLog

BOT_TOKEN = "sandbox.bot.token"  # noqa: S105 - opens nothing but this stand-in


class FakeDiscord:
    """REST, gateway and CDN on one loopback port.

    `spool` keeps the attachments (None: a temporary folder). `watch` hears of every REST request as it comes and as it
    goes. Use it as `async with`, or `start` and `stop`.
    """

    def __init__(
        self,
        *,
        world: World,
        record: TrafficLog | None = None,
        spool: Path | None = None,
        bot_token: str = BOT_TOKEN,
        faults: Faults | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.world = world
        self.bot_token = bot_token
        self.changes = Changes()
        self.faults = faults or Faults()
        self.limits = Limits(world.clock)
        self.cdn = Cdn(world.clock, world.mint, spool)
        self.renderer = Renderer(world, self.cdn)
        self.gateway = Gateway(world, self.changes, bot_token)
        self.commands = CommandBook(world)
        self.messages = Messages(world, self.cdn, self.renderer, self.gateway, self.changes)
        self.rules = MessageRules(self.cdn)
        self.interactions = Interactions(world, self.renderer, self.gateway)
        self.port = 0
        self._door = Door(self.cdn, self.faults, self.limits, record or TrafficLog(None), bot_token, watch)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def clock(self) -> SandboxClock:
        return self.world.clock

    @property
    def requests(self) -> list[RequestRecord]:
        """Every REST request so far, oldest first."""
        return self._door.requests

    @property
    def unknown_routes(self) -> list[str]:
        """What was asked for and does not exist here; a test should find this empty."""
        return self._door.unknown_routes

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one."""
        await self.cdn.open()
        self._runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=0.2, read_bufsize=CHUNK_BYTES
        )
        await self._runner.setup()
        await self._listen(port)
        self.port = self._runner.addresses[0][1]
        self.cdn.base_url, self.gateway.url = self.base_url, self.gateway_url

    async def stop(self) -> None:
        self.faults.clear()
        self.gateway.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.cdn.close()

    async def _listen(self, port: int) -> None:
        assert self._runner is not None, "started"
        self._site = web.TCPSite(self._runner, "127.0.0.1", port)
        await self._site.start()

    async def go_away(self, then: Fault | None = None) -> None:
        """Discord is down, gateway and all: REST fares so, or (None) nobody takes a connection; until `come_back`."""
        self.gateway.is_away = True
        self.gateway.cut()
        if then is not None:
            self.faults.outage = then
        elif self._site is not None and self._runner is not None and self._runner.server is not None:
            await self._site.stop()
            self._site = None
            await self._runner.server.shutdown(0.2)

    async def come_back(self) -> None:
        self.gateway.is_away = False
        self.faults.outage = None
        if self._site is None:
            await self._listen(self.port)

    async def ready(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the bot is connected and has registered its commands. Raises TimeoutError."""

        def look() -> bool | None:
            return True if self.gateway.connected() and self.commands.syncs else None

        await self.changes.until(look, timeout_s)

    def guest(self, name: str) -> Guest:
        """One of the world's people, at their keyboard."""
        return Guest(self, self.world.person(name))

    def channel(self, name: str, *, guild: str | None = None) -> Channel:
        return self.world.channel(name, guild=guild)

    def set_permissions(
        self, channel: Channel, who: Person | int, *, allow: Permission | None = None, deny: Permission | None = None
    ) -> None:
        """Overwrite what a person or a role (by id) may do in a channel, and tell the bot."""
        target_id = who.id if isinstance(who, Person) else who
        channel.overwrites[target_id] = Overwrite(allow or Permission(0), deny or Permission(0))
        self.gateway.dispatch("CHANNEL_UPDATE", lambda _: payloads.channel(self.world, channel), channel.guild_id)
        self.changes.happened()

    def delete_channel(self, channel: Channel) -> None:
        """With everything in it, and tell the bot."""
        assert channel.guild_id is not None, "conversations stay"
        event = payloads.channel(self.world, channel)
        del self.world.guilds[channel.guild_id].channels[channel.id]
        self.gateway.dispatch("CHANNEL_DELETE", lambda _: event, channel.guild_id)
        self.changes.happened()

    def forget_bot(self, guild: Guild) -> None:
        """The bot is thrown out of a server."""
        del guild.members[self.world.bot.id]
        self.gateway.dispatch("GUILD_DELETE", lambda _: {"id": str(guild.id)}, guild.id)
        self.changes.happened()

    def invite_bot(self, guild: Guild) -> None:
        """The bot is added to a server: the event of that does not say `unavailable` (Discord: Guild Create)."""
        guild.members[self.world.bot.id] = Member(self.world.bot, self.clock.now_ms())
        event = payloads.guild_create(self.world, guild, all_members=False)
        del event["unavailable"]
        self.gateway.dispatch("GUILD_CREATE", lambda _: event, guild.id)
        self.changes.happened()

    def lose(self, guild: Guild) -> None:
        """The server has an outage, also for sessions that begin now (Discord: Guild Delete, Unavailable Guild)."""
        self.gateway.in_outage.add(guild.id)
        self.gateway.dispatch("GUILD_DELETE", lambda _: {"id": str(guild.id), "unavailable": True}, guild.id)

    def _application(self) -> web.Application:
        answers = Answers(self.world, self.interactions, self.messages, self.rules, self.renderer, self.changes)
        channels = ChannelRoutes(self.world, self.messages, self.rules, self.renderer)
        application = ApplicationRoutes(self.world, self.commands, answers, self.gateway, self.changes)
        app = web.Application(client_max_size=32 * 1024 * 1024)
        for route in [*application.routes(), *channels.routes(), *PeopleRoutes(self.world).routes()]:
            app.router.add_route(route.method, f"/api/v10{route.path}", self._door.handler(route))
        app.router.add_get("/gateway", self.gateway.serve)
        for folder in ("attachments", "ephemeral-attachments"):
            app.router.add_get(rf"/{folder}/{{channel_id:\d+}}/{{attachment_id:\d+}}/{{filename}}", self.cdn.serve)
        app.router.add_route("*", "/{anything:.*}", self._door.unknown)
        return app
