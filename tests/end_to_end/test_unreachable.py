"""A start without Discord: words for the owner, and a status that a supervisor understands."""

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
