"""Each stand-in started alone, as an owner does who has a real bot or a real service."""

import signal
from pathlib import Path
from typing import Any

import aiohttp

from tests.sandbox.demo.sandbox_process import SandboxProcess, started


def printed(process: SandboxProcess) -> dict[str, str]:
    """The settings among the lines."""
    return dict(line.split("=", 1) for line in process.text.splitlines() if line.split("=")[0].isupper())


async def got(url: str, headers: dict[str, str]) -> Any:  # noqa: ANN401 -- JSON of any shape
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        return await response.json()


async def test_the_image_service_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async with started(tmp_path, "image-api", "--port", "0") as service:
        await service.until("Painting until Ctrl-C.")
        settings = printed(service)
        key = {"Authorization": f"Bearer {settings['OPENAI_API_KEY']}"}
        listed = await got(f"{settings['OPENAI_BASE_URL']}/models", key)
        service.process.send_signal(signal.SIGTERM)
        status = await service.ended()

    assert status == 0
    assert "gpt-image-2" in [model["id"] for model in listed["data"]]


async def test_discord_prints_what_a_bot_needs_and_stops_when_told(tmp_path: Path) -> None:
    async with started(tmp_path, "discord", "--port", "0") as discord:
        await discord.until("DOWNLOAD_HOSTS=127.0.0.1:")
        await discord.until("\n")
        settings = printed(discord)
        key = {"Authorization": f"Bot {settings['DISCORD_TOKEN']}"}
        me = await got(f"{settings['DISCORD_API_URL']}/users/@me", key)
        discord.process.send_signal(signal.SIGTERM)
        status = await discord.ended()

    assert status == 0
    assert me["username"] == "Easel"
    assert settings["DISCORD_GATEWAY_URL"].startswith("ws://127.0.0.1:")
    assert settings["DOWNLOAD_HOSTS"] in settings["DISCORD_API_URL"]


async def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with started(tmp_path, "discord", "--port", "0") as first:
        await first.until("DOWNLOAD_HOSTS=127.0.0.1:")
        port = (await first.until("\n")).strip()
        async with started(tmp_path, "discord", "--port", port) as second:
            status = await second.ended()

    assert status == 1
    assert f"port {port} is taken" in second.text
    assert "Traceback" not in second.text


async def test_help_names_what_can_be_started(tmp_path: Path) -> None:
    async with started(tmp_path, "--help") as sandbox:
        status = await sandbox.ended()

    assert status == 0
    assert all(words in sandbox.text for words in ("image-api", "discord", "demo-output"))
