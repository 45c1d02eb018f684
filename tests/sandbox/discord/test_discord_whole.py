"""The whole way with the real discord.py: slash command, private card, public picture, button, menu, reply, modal."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import discord
import pytest

from sandbox.discord.faults import Hold, Reset, status
from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.guest import SeenMessage, Upload
from sandbox.traffic import TrafficLog
from tests.sandbox.discord.tiny_bot import TinyBot, png

CHECK = Path(__file__).parents[3].parent / "shared" / "tools" / "check_contract.py"
CALLBACK = r"/interactions/.*/callback"


async def painted(server: FakeDiscord, who: str = "Ada", count: int = 1) -> SeenMessage:
    await server.guest(who).slash("imagine", prompt="a badger", count=count)
    (post,) = await server.guest("Ben").until_sees("general", lambda m: m.attachments)
    return post


@pytest.mark.usefixtures("bot")
async def test_a_slash_command_ends_in_a_private_card_and_public_pictures(server: FakeDiscord) -> None:
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
    assert await ben.download(post.attachments[1]) == png()
    assert [each.reason for each in ada.notifications] == ["mention"]
    assert card.id not in {each.id for each in ben.sees("general")}
    assert card.id in {each.id for each in ada.sees("general")}
    assert server.unknown_routes == []


@pytest.mark.usefixtures("bot")
async def test_a_button_that_was_rebuilt_from_its_id_answers_whoever_presses(server: FakeDiscord) -> None:
    post = await painted(server)

    pressed = await server.guest("Ben").click(post, "Again")

    assert (await pressed.answer()).content == "again cafe for Ben"


@pytest.mark.usefixtures("bot")
async def test_a_forged_button_reaches_the_bots_own_checks(server: FakeDiscord) -> None:
    post = await painted(server)

    forged = await server.guest("Ben").click(post, "again:beef", raw=True, channel="lounge")

    assert (await forged.answer()).content == "again beef for Ben"
    assert forged.interaction.channel.name == "lounge"


@pytest.mark.usefixtures("bot")
async def test_a_menu_command_gets_a_strangers_message_whole(server: FakeDiscord) -> None:
    picture = await server.guest("Ben").say("mine", uploads=[Upload("cat.png", png())])

    asked = await server.guest("Ada").menu("Vary image", picture)

    assert (await asked.answer()).content == "mine|cat.png"


async def test_a_reply_with_a_ping_reaches_the_bot_with_its_words_and_its_picture(
    server: FakeDiscord, bot: TinyBot
) -> None:
    ada = server.guest("Ada")
    post = await painted(server)

    await ada.reply(post, "vary 2", ping=False)
    reply = await ada.reply(post, "vary 3")
    (varied,) = await ada.until_sees("general", lambda m: m.content == "varied")

    assert varied.replied_to == reply.id
    assert await ada.download(varied.attachments[0]) == png()
    assert [each.content for each in bot.heard] == ["", "vary 3"]


@pytest.mark.usefixtures("bot")
async def test_an_upload_as_an_option_has_its_size(server: FakeDiscord) -> None:
    asked = await server.guest("Ada").slash("imagine", prompt="x", image=Upload("cat.png", png(30, 20)))

    assert (await asked.answer()).content == "painting 1 x from cat.png 30x20"


@pytest.mark.usefixtures("bot")
async def test_autocomplete_offers_what_fits(server: FakeDiscord) -> None:
    choices = await server.guest("Cleo").autocomplete("rule", field="colour", typed="gr")

    assert choices == [{"name": "green", "value": "green"}]


@pytest.mark.usefixtures("bot")
async def test_a_modal_is_opened_filled_in_and_answered(server: FakeDiscord) -> None:
    ada = server.guest("Ada")

    asked = await ada.slash("why")
    submitted = await ada.modal(asked, {"Reason": "of badgers"})

    assert (await submitted.answer()).content == "because of badgers"


@pytest.mark.usefixtures("bot")
async def test_an_admin_may_open_a_command_and_the_bot_sees_who_really_may(server: FakeDiscord) -> None:
    server.world.guild("The Atelier").open_commands.add("rule")

    asked = await server.guest("Ada").slash("rule", colour="red")

    assert (await asked.answer()).content == "red False"


@pytest.mark.usefixtures("bot")
async def test_it_works_in_threads_and_in_direct_messages(server: FakeDiscord) -> None:
    ada = server.guest("Ada")
    for channel in ("sketches", "dm"):
        await ada.slash("imagine", prompt="x", channel=channel)

        assert await ada.until_sees(channel, lambda m: m.attachments)


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
    while server.gateway.connected():
        await asyncio.sleep(0.001)

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


async def test_the_recorded_traffic_fits_the_official_document(
    server: FakeDiscord, bot: TinyBot, traffic: TrafficLog, tmp_path: Path
) -> None:
    if not CHECK.exists():
        pytest.skip("the official OpenAPI document is not beside this checkout")
    ada, cleo = server.guest("Ada"), server.guest("Cleo")
    post = await painted(server, count=2)
    await (await ada.click(post, "Again")).answer()
    await (await ada.menu("Vary image", post)).answer()
    await ada.reply(post, "vary")
    await ada.until_sees("general", lambda m: m.content == "varied")
    await cleo.autocomplete("rule", field="colour", typed="r")
    asked = await ada.slash("why")
    await (await ada.modal(asked, {"Reason": "x"})).answer()
    await ada.slash("imagine", prompt="x", channel="sketches")
    await ada.until_sees("sketches", lambda m: m.attachments)
    await tour_of_rest(server, bot)
    await bot.close()
    await asyncio.to_thread(traffic.close)

    check = await asyncio.create_subprocess_exec(
        sys.executable, CHECK, tmp_path / "traffic.jsonl", stdout=asyncio.subprocess.PIPE
    )
    report, _ = await asyncio.wait_for(check.communicate(), 60)

    assert check.returncode == 0, report.decode()


async def tour_of_rest(server: FakeDiscord, bot: TinyBot) -> None:
    """Every other route, called through discord.py."""
    for name in ("general", "sketches"):
        channel = await bot.fetch_channel(server.channel(name).id)
        assert isinstance(channel, discord.TextChannel | discord.Thread)
        await channel.typing()
        messages = [message async for message in channel.history(limit=50)]
        await channel.fetch_message(messages[0].id)
    guild = await bot.fetch_guild(server.world.guild("The Atelier").id)
    member = await guild.fetch_member(server.guest("Ada").id)
    await guild.fetch_roles()
    await bot.fetch_user(member.id)
    await bot.tree.fetch_commands()
    await bot.application_info()
    await bot.http.get_bot_gateway()
    sent = await member.send(embed=discord.Embed(title="t").add_field(name="n", value="v"))
    await sent.edit(content="edited", embed=None)
    await sent.delete()
