"""The stand-in with a small bot on the real, unmodified discord.py."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
import discord
import orjson
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from sandbox.discord.default_world import default_world
from sandbox.discord.server import BOT_TOKEN, FakeDiscord
from sandbox.guest import Asked
from sandbox.traffic import TrafficLog


def png(width_px: int = 8, height_px: int = 6) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), "teal").save(file, "PNG")
    return file.getvalue()


class AgainButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"again:(?P<key>[0-9a-f]+)"):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{key}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: object, /
    ) -> Self:
        return cls(match["key"])  # type: ignore[index]

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again {self.key} for {interaction.user.display_name}", ephemeral=True)


class AskModal(discord.ui.Modal, title="Why"):
    reason: discord.ui.TextInput[Self] = discord.ui.TextInput(label="Reason", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"because {self.reason.value}", ephemeral=True)


class TinyBot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.errors: list[Exception] = []
        self.interactions: list[int] = []
        add_commands(self)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(AgainButton)
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction.id)

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        self.heard.append(message)
        replied = message.reference.resolved if message.reference else None
        if message.content.startswith("vary") and isinstance(replied, discord.Message) and replied.attachments:
            copy = await replied.attachments[0].to_file(filename="copy.png")
            await message.reply("varied", file=copy)


def add_commands(bot: TinyBot) -> None:
    @bot.tree.command(description="Paint")
    @app_commands.describe(prompt="what", count="how many")
    async def imagine(
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, 100],
        count: app_commands.Range[int, 1, 4] = 1,
        image: discord.Attachment | None = None,
    ) -> None:
        size = "" if image is None else f" from {image.filename} {image.width}x{image.height}"
        await interaction.response.send_message(f"painting {count} {prompt}{size}", ephemeral=True)
        channel = interaction.channel
        assert isinstance(channel, discord.abc.Messageable)
        view = discord.ui.View(timeout=None).add_item(AgainButton("cafe"))
        files = [discord.File(io.BytesIO(png()), f"{n}.png", description=prompt) for n in range(count)]
        await channel.send(f"{interaction.user.mention}: {prompt}", files=files, view=view)
        await interaction.edit_original_response(content="done")

    @imagine.error
    async def failed(_: discord.Interaction, error: app_commands.AppCommandError) -> None:
        bot.errors.append(getattr(error, "original", error))

    @bot.tree.context_menu(name="Vary image")
    async def vary(interaction: discord.Interaction, message: discord.Message) -> None:
        names = ",".join(each.filename for each in message.attachments)
        await interaction.response.send_message(f"{message.content}|{names}", ephemeral=True)

    @bot.tree.command(description="Colours")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def rule(interaction: discord.Interaction, colour: str) -> None:
        await interaction.response.send_message(f"{colour} {interaction.permissions.manage_guild}", ephemeral=True)

    @rule.autocomplete("colour")
    async def colours(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=each, value=each) for each in ("red", "green") if current in each]

    @bot.tree.command(description="Reasons")
    async def why(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(AskModal())


def point_discord_py_at(server: FakeDiscord) -> None:
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)


@asynccontextmanager
async def running_bot(server: FakeDiscord) -> AsyncIterator[TinyBot]:
    bot = TinyBot()
    task = asyncio.create_task(bot.start(server.bot_token))
    try:
        ready = asyncio.ensure_future(server.ready())
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            ready.cancel()
            await task
        await ready
        await bot.wait_until_ready()
        yield bot
    finally:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeDiscord]:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    log = TrafficLog(tmp_path / "traffic.jsonl")
    async with FakeDiscord(world=default_world(), record=log) as running:
        point_discord_py_at(running)
        yield running
    log.close()
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[TinyBot]:
    async with running_bot(server) as running:
        yield running


@pytest.fixture
async def start_bot(server: FakeDiscord) -> AsyncIterator[Callable[[], Awaitable[TinyBot]]]:
    """For tests that prepare the server first, or run two bots."""
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(running_bot(server))


class Rest:
    """The bot's REST calls, made by hand."""

    def __init__(self, server: FakeDiscord, session: aiohttp.ClientSession) -> None:
        self.server = server
        self._session = session
        self.headers: dict[str, str] = {}

    async def __call__(
        self,
        method: str,
        path: str,
        payload: Any = None,
        files: Sequence[tuple[str, bytes]] = (),
        token: str | None = BOT_TOKEN,
    ) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bot {token}"}
        body: Any = None
        if files:
            body = aiohttp.FormData(quote_fields=False)
            body.add_field("payload_json", orjson.dumps(payload).decode(), content_type="application/json")
            for number, (name, data) in enumerate(files):
                body.add_field(f"files[{number}]", io.BytesIO(data), filename=name, content_type="application/octet-stream")
        elif payload is not None:
            headers["Content-Type"] = "application/json"
            body = orjson.dumps(payload)
        url = self.server.api_url + path
        async with self._session.request(method, url, data=body, headers=headers) as response:
            self.headers = dict(response.headers)
            text = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return response.status, orjson.loads(text) if is_json else text.decode()

    async def commands(self, *commands: dict[str, Any]) -> tuple[int, Any]:
        return await self("PUT", f"/applications/{self.server.world.application_id}/commands", list(commands))

    async def post(self, channel: str, payload: Any, files: Sequence[tuple[str, bytes]] = ()) -> tuple[int, Any]:
        return await self("POST", f"/channels/{self.server.channel(channel).id}/messages", payload, files)

    async def answer(
        self, asked: Asked, kind: int, data: Any = None, files: Sequence[tuple[str, bytes]] = (), query: str = ""
    ) -> tuple[int, Any]:
        path = f"/interactions/{asked.interaction.id}/{asked.interaction.token}/callback{query}"
        return await self("POST", path, {"type": kind, "data": data}, files, token=None)

    async def by_token(
        self, method: str, asked: Asked, tail: str = "/messages/@original", payload: Any = None, files: Any = ()
    ) -> tuple[int, Any]:
        path = f"/webhooks/{self.server.world.application_id}/{asked.interaction.token}{tail}"
        return await self(method, path, payload, files, token=None)


@pytest.fixture
async def rest(server: FakeDiscord) -> AsyncIterator[Rest]:
    """A bot that never connects: commands are there, and every answer is written by the test itself."""
    async with aiohttp.ClientSession() as session:
        calls = Rest(server, session)
        await calls.commands(
            {"name": "paint", "description": "Paint", "options": PAINT_OPTIONS},
            {"name": "Look", "type": 3},
            {"name": "rule", "description": "Rule", "default_member_permissions": 32, "contexts": [0]},
        )
        yield calls


PAINT_OPTIONS = [
    {"type": 3, "name": "prompt", "description": "what", "required": True, "max_length": 20},
    {"type": 4, "name": "count", "description": "how many", "min_value": 1, "max_value": 4},
    {"type": 3, "name": "size", "description": "size", "choices": [{"name": "Small", "value": "s"}]},
    {"type": 3, "name": "model", "description": "model", "autocomplete": True},
    {"type": 6, "name": "friend", "description": "friend"},
    {"type": 11, "name": "image", "description": "image"},
]
