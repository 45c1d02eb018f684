"""A small bot on the real, unmodified discord.py."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from sandbox.discord.server import FakeDiscord
from sandbox.guest import SeenMessage


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
        cls, _interaction: discord.Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        return cls(match["key"])

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


async def painted(server: FakeDiscord, count: int = 1) -> SeenMessage:
    """Ada asked for pictures, and this is their post."""
    await server.guest("Ada").slash("imagine", prompt="a badger", count=count)
    (post,) = await server.guest("Ben").until_sees("general", lambda m: m.attachments)
    return post
