"""What the real discord.py makes of Discord's bad days."""

import asyncio
from collections.abc import Awaitable, Callable

import discord

from sandbox.discord.faults import Hold, Reset, status
from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from tests.sandbox.discord.tiny_bot import TinyBot, painted

CALLBACK = r"/interactions/.*/callback"


async def test_the_card_goes_through_where_the_bot_may_not_post_files(server: FakeDiscord, bot: TinyBot) -> None:
    asked = await server.guest("Ada").slash("imagine", prompt="x", channel="no-uploads")

    assert (await asked.answer()).content == "painting 1 x"
    while not bot.errors:
        await asyncio.sleep(0.001)
    assert isinstance(bot.errors[0], discord.Forbidden)
    assert bot.errors[0].code == 50013


async def test_a_late_bot_learns_that_it_is_late(server: FakeDiscord, bot: TinyBot) -> None:
    gate = Hold()
    server.faults.add(path=CALLBACK, then=gate)
    asked = await server.guest("Ada").slash("imagine", prompt="x")
    await gate.arrived.wait()
    server.clock.advance(4)

    gate.release()

    while not bot.errors:
        await asyncio.sleep(0.001)
    assert isinstance(bot.errors[0], discord.NotFound)
    assert (bot.errors[0].code, asked.failed) == (10062, True)


async def test_an_event_that_comes_twice_runs_the_handler_twice_and_one_answer_wins(
    server: FakeDiscord, bot: TinyBot
) -> None:
    server.gateway.duplicate_next("INTERACTION_CREATE")

    asked = await server.guest("Ada").slash("imagine", prompt="x")

    await asked.until(lambda m: m.content == "done")
    while not bot.errors:
        await asyncio.sleep(0.001)
    assert bot.interactions == [asked.interaction.id] * 2
    assert isinstance(bot.errors[0], discord.HTTPException)
    assert bot.errors[0].code == 40060


async def test_two_bots_hear_the_same_interaction(
    server: FakeDiscord, start_bot: Callable[[], Awaitable[TinyBot]]
) -> None:
    first, second = await start_bot(), await start_bot()

    asked = await server.guest("Ada").slash("imagine", prompt="x")

    await asked.until(lambda m: m.content == "done")
    while not (first.errors or second.errors):
        await asyncio.sleep(0.001)
    assert first.interactions == second.interactions == [asked.interaction.id]


async def test_a_cut_line_is_resumed_and_what_was_missed_arrives(server: FakeDiscord, bot: TinyBot) -> None:
    resumes = server.gateway.resumes
    server.gateway.cut()

    asked = await server.guest("Ada").slash("imagine", prompt="x")

    assert (await asked.answer(timeout_s=10)).content == "painting 1 x"
    assert server.gateway.resumes == resumes + 1
    assert bot.interactions == [asked.interaction.id]


async def test_discord_py_repeats_a_post_that_was_done_and_the_nonce_keeps_it_single(
    server: FakeDiscord, bot: TinyBot
) -> None:
    struck = server.faults.add(method="POST", path=r"/messages$", then=status(500, after_work=True))

    post = await painted(server)

    assert struck.struck == 1
    assert [each.id for each in server.guest("Ben").sees() if each.attachments] == [post.id]
    assert bot.errors == []


async def test_a_reset_reaches_the_bot_as_an_error_though_the_work_was_done(server: FakeDiscord, bot: TinyBot) -> None:
    server.faults.add(method="POST", path=r"/messages$", then=Reset(after_work=True))

    await painted(server)

    while not bot.errors:
        await asyncio.sleep(0.001)
    assert "reset" in repr(bot.errors[0]).lower() or "disconnected" in repr(bot.errors[0]).lower()


async def test_a_change_of_permissions_reaches_the_bots_cache(server: FakeDiscord, bot: TinyBot) -> None:
    general = server.channel("general")
    server.set_permissions(general, server.world.bot, deny=Permission.ATTACH_FILES)

    def look() -> bool:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        return channel.permissions_for(channel.guild.me).attach_files

    while look():
        await asyncio.sleep(0.001)
