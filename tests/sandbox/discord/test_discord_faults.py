"""What the real discord.py makes of Discord's bad days."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import discord
import pytest

from sandbox.discord.faults import Answer, Hold, Reset, banned_by_cloudflare, status
from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from tests.sandbox.discord.by_hand import Rest
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


async def test_automod_and_the_filter_of_links_refuse_posts_and_edits(server: FakeDiscord, rest: Rest) -> None:
    general = server.channel("general")
    server.world.guild_of(general).blocked_words.add("heron")  # type: ignore[union-attr]
    server.world.harmful_links.add("evil.example")
    path = f"/channels/{general.id}/messages"
    status_of_first, first = await rest("POST", path, {"content": "a fox"})

    blocked = await rest("POST", path, {"content": "a Heron"})
    harmful = await rest("POST", path, {"content": "see evil.example"})
    edited = await rest("PATCH", f"{path}/{first['id']}", {"content": "a heron"})

    assert status_of_first == 200
    assert [(code, body["code"]) for code, body in (blocked, harmful, edited)] == [
        (400, 200000),
        (400, 240000),
        (400, 200000),
    ]
    assert [seen.text for seen in server.guest("Ada").sees()] == ["a fox"]


async def test_messages_older_than_an_hour_take_only_some_edits(server: FakeDiscord, rest: Rest) -> None:
    path = f"/channels/{server.channel('general').id}/messages"
    _, first = await rest("POST", path, {"content": "old"})
    server.clock.advance(61 * 60)

    answers = []
    for number in range(4):
        server.clock.advance(10)
        answers.append(await rest("PATCH", f"{path}/{first['id']}", {"content": str(number)}))

    assert [code for code, _ in answers] == [200, 200, 200, 429]
    assert answers[-1][1]["code"] == 30046
    assert (await rest("DELETE", f"{path}/{first['id']}"))[0] == 204


async def test_cloudflare_says_how_long_in_the_header_at_best(server: FakeDiscord, rest: Rest) -> None:
    server.faults.add(method="GET", path="/users/@me$", then=banned_by_cloudflare(90))

    assert (await rest("GET", "/users/@me"))[0] == 429
    assert rest.headers["Retry-After"] == "90"
    assert "Via" not in rest.headers
    assert (await rest("GET", "/users/@me"))[0] == 200


@pytest.fixture
async def calls(server: FakeDiscord) -> AsyncIterator[Rest]:
    """REST by hand beside a bot that has its own commands."""
    async with aiohttp.ClientSession() as session:
        yield Rest(server, session)


@pytest.mark.parametrize("then", [None, status(503), Reset()], ids=["refused", "503", "reset"])
async def test_discord_goes_away_with_its_gateway_and_comes_back(
    server: FakeDiscord, bot: TinyBot, calls: Rest, then: Answer | Reset | None
) -> None:
    await server.go_away(then)

    try:
        code, _ = await calls("GET", "/users/@me")
    except aiohttp.ClientError:
        code = 0
    assert code in (0, 503)
    await asyncio.sleep(0.1)
    assert server.gateway.connected() == []

    await server.come_back()

    assert (await calls("GET", "/users/@me"))[0] == 200
    await server.changes.until(lambda: server.gateway.connected() or None, 30)
    assert (await (await server.guest("Ada").slash("imagine", prompt="x")).answer()).content == "painting 1 x"
    assert bot.is_closed() is False


async def test_a_deleted_channel_is_unknown_to_the_bot_and_to_the_cards_in_it(
    server: FakeDiscord, bot: TinyBot, calls: Rest
) -> None:
    general = server.channel("general")
    asked = await server.guest("Ada").slash("imagine", prompt="x")
    await asked.answer()

    server.delete_channel(general)

    while bot.get_channel(general.id) is not None:
        await asyncio.sleep(0.001)
    application_id = server.world.application_id
    for method, path in (
        ("POST", f"/channels/{general.id}/messages"),
        ("PATCH", f"/webhooks/{application_id}/{asked.interaction.token}/messages/@original"),
    ):
        code, body = await calls(method, path, {"content": "x"})
        assert (code, body["code"]) == (404, 10003)
