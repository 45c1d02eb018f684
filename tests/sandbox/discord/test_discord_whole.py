"""The whole way with the real discord.py: slash command, private card, public picture, button, menu, reply, modal."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.server import FakeDiscord
from sandbox.discord.session import Intent
from sandbox.guest import ClientRefused, Upload


async def test_a_slash_command_ends_in_a_private_card_and_public_pictures(server: FakeDiscord, bot: Any) -> None:
    ada, ben = server.guest("Ada"), server.guest("Ben")

    asked = await ada.slash("imagine", prompt="a badger", count=2)
    card = await asked.answer()
    done = await asked.until(lambda m: m.content == "done")
    (post,) = await ben.until_sees("general", lambda m: m.attachments)

    assert (card.content, card.ephemeral) == ("painting 2 a badger", True)
    assert done.id == card.id
    assert [each.filename for each in post.attachments] == ["0.png", "1.png"]
    assert post.attachments[0].size_px == (8, 6)
    assert post.attachments[0].description == "a badger"
    assert post.attachments[0].content_type == "image/png"
    assert (await ben.download(post.attachments[1])).startswith(b"\x89PNG")
    assert [each.reason for each in ada.notifications] == ["mention"]
    assert card.id not in {each.id for each in ben.sees("general")}
    assert card.id in {each.id for each in ada.sees("general")}
    assert server.unknown_routes == []


async def test_a_button_that_was_rebuilt_from_its_id_answers_whoever_presses(server: FakeDiscord, bot: Any) -> None:
    ada, ben = server.guest("Ada"), server.guest("Ben")
    await ada.slash("imagine", prompt="x")
    (post,) = await ben.until_sees("general", lambda m: m.attachments)

    asked = await ben.click(post, "Again")

    assert (await asked.answer()).content == "again cafe for Ben"
