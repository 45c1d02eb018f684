"""The bot to compare with: discord.py alone, which defers, asks the image service and posts. It keeps nothing."""

import base64
import io
import os

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class BareBot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self.tree.command(name="imagine", description="Paint")(self.imagine)
        await self.tree.sync()

    async def imagine(self, interaction: discord.Interaction, prompt: str) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self.session.post(
            f"{os.environ['OPENAI_BASE_URL']}/images/generations",
            json={"model": "gpt-image-2", "prompt": prompt, "n": 1},
            headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
        ) as response:
            answer = await response.json()
        picture = base64.b64decode(answer["data"][0]["b64_json"])
        channel = self.get_partial_messageable(interaction.channel_id or 0)
        await channel.send(file=discord.File(io.BytesIO(picture), "picture.png"))
        await interaction.edit_original_response(content="Done")


if __name__ == "__main__":
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    BareBot().run(os.environ["DISCORD_TOKEN"], log_handler=None)
