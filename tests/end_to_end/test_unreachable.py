"""A start without Discord: words for the owner, and a status that a supervisor understands."""

import asyncio
import signal
import socket

from tests.shell import Shell


async def test_without_discord_the_start_ends_in_words(shell: Shell) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port, and it refuses

        ended = await shell.easel(DISCORD_API_URL=f"http://127.0.0.1:{nobody.getsockname()[1]}/api/v10")

    assert ended.status != 0
    assert "easel: Discord cannot be reached." in ended.err
    assert "Traceback" not in ended.err + ended.out
    assert shell.discord.bot_token not in ended.err + ended.out


async def test_a_bot_that_waits_for_the_gateway_ends_at_once_when_it_is_told_to(shell: Shell) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gateway_url = f"ws://127.0.0.1:{nobody.getsockname()[1]}/gateway"

        async with shell.starting(DISCORD_GATEWAY_URL=gateway_url) as bot:
            await shell.discord.changes.until(lambda: shell.discord.commands.syncs or None, 30)
            async with asyncio.timeout(20):
                ended = await bot.end(signal.SIGTERM)

    assert ended.status == 0
