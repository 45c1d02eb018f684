"""Who may do what where: the bot by its permissions, people by theirs."""

import pytest

from sandbox.discord.limits import Bucket
from sandbox.discord.permissions import Permission, in_channel
from sandbox.discord.server import FakeDiscord
from sandbox.discord.world import ChannelType
from sandbox.guest import ClientRefused
from tests.sandbox.discord.by_hand import Rest

PNG = b"\x89PNG\r\n\x1a\n-not-really"


PERMISSION_CASES = [
    (Permission.VIEW_CHANNEL, 50001),
    (Permission.SEND_MESSAGES, 50013),
    (Permission.ATTACH_FILES, 50013),
    (Permission.EMBED_LINKS, 50013),
]


@pytest.mark.parametrize(("denied", "code"), PERMISSION_CASES)
async def test_the_bot_needs_its_permissions(server: FakeDiscord, rest: Rest, denied: Permission, code: int) -> None:
    server.set_permissions(server.channel("general"), server.world.bot, deny=denied)

    status, body = await rest.post("general", {"content": "x", "embeds": [{"title": "x"}]}, [("a.png", PNG)])

    assert (status, body["code"]) == (403, code)


async def test_no_uploads_takes_words_but_no_files(rest: Rest) -> None:
    assert (await rest.post("no-uploads", {"content": "x"}))[0] == 200
    assert (await rest.post("no-uploads", {"content": "x"}, [("a.png", PNG)]))[1]["code"] == 50013


async def test_a_private_answer_may_hold_files_where_the_bot_may_not_post_any(server: FakeDiscord, rest: Rest) -> None:
    asked = await server.guest("Ada").slash("paint", prompt="x", channel="no-uploads")

    status, _ = await rest.answer(asked, 4, {"content": "x", "flags": 64}, [("a.png", PNG)])

    assert status == 204
    assert (await asked.answer()).attachments[0].filename == "a.png"


async def test_without_read_message_history_the_list_is_empty_and_replies_are_refused(
    server: FakeDiscord, rest: Rest
) -> None:
    _, post = await rest.post("general", {"content": "x"})
    server.set_permissions(server.channel("general"), server.world.bot, deny=Permission.READ_MESSAGE_HISTORY)
    path = f"/channels/{post['channel_id']}/messages"

    assert await rest("GET", path) == (200, [])
    assert (await rest("GET", f"{path}/{post['id']}"))[1]["code"] == 50013
    answer = await rest.post("general", {"content": "y", "message_reference": {"message_id": post["id"]}})
    assert answer[1]["code"] == 160002


async def test_in_a_thread_the_right_to_write_in_threads_counts(server: FakeDiscord, rest: Rest) -> None:
    general, bot = server.channel("general"), server.world.bot
    server.set_permissions(general, bot, deny=Permission.SEND_MESSAGES)
    assert (await rest.post("sketches", {"content": "x"}, [("a.png", PNG)]))[0] == 200

    server.set_permissions(general, bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert (await rest.post("sketches", {"content": "x"}))[1]["code"] == 50013
    server.set_permissions(general, bot)
    server.channel("sketches").locked = True
    assert (await rest.post("sketches", {"content": "x"}))[1]["code"] == 50083


@pytest.mark.parametrize(
    ("denied", "left"),
    [
        (Permission.VIEW_CHANNEL, Permission(0)),
        (Permission.SEND_MESSAGES, Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY),
    ],
)
async def test_who_cannot_see_or_write_has_nothing_that_needs_it(
    server: FakeDiscord, denied: Permission, left: Permission
) -> None:
    guild, general, bot = server.world.guild("The Atelier"), server.channel("general"), server.world.bot
    server.set_permissions(general, bot, deny=denied)

    held = in_channel(guild, general, bot.id)

    asked_about = denied | Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES
    assert held & asked_about == left


async def test_others_messages_are_theirs(server: FakeDiscord, rest: Rest) -> None:
    said = await server.guest("Ada").say("mine")
    path = f"/channels/{said.channel_id}/messages/{said.id}"

    assert (await rest("PATCH", path, {"content": "x"}))[1]["code"] == 50005
    assert (await rest("DELETE", path))[1]["code"] == 50013
    server.set_permissions(server.channel("general"), server.world.bot, allow=Permission.MANAGE_MESSAGES)
    assert (await rest("DELETE", path))[0] == 204


async def test_a_direct_message_is_refused_only_when_it_is_sent(server: FakeDiscord, rest: Rest) -> None:
    ada = server.guest("Ada")
    _, opened = await rest("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
    assert opened["type"] == ChannelType.DIRECT
    path = f"/channels/{opened['id']}/messages"
    assert (await rest("POST", path, {"content": "hi"}))[0] == 200
    assert [m.content for m in ada.sees("dm")] == ["hi"]

    ada.person.accepts_direct_messages = False

    assert (await rest("POST", path, {"content": "hi"}))[1]["code"] == 50007
    server.world.people[99] = type(ada.person)(99, "Stranger")
    _, opened = await rest("POST", "/users/@me/channels", {"recipient_id": "99"})
    assert (await rest("POST", f"/channels/{opened['id']}/messages", {"content": "x"}))[1]["code"] == 50278


async def test_pages_of_messages_come_newest_first(server: FakeDiscord, rest: Rest) -> None:
    server.limits.set(Bucket.MESSAGE_POST, 100, 5)
    posts = [(await rest.post("general", {"content": str(n)}))[1] for n in range(6)]
    path = f"/channels/{posts[0]['channel_id']}/messages"

    async def page(query: str) -> list[str]:
        return [each["content"] for each in (await rest("GET", f"{path}?{query}"))[1]]

    assert await page("limit=2") == ["5", "4"]
    assert await page(f"limit=2&after={posts[1]['id']}") == ["3", "2"]
    assert await page(f"limit=2&before={posts[2]['id']}") == ["1", "0"]
    for query in ("limit=101", "limit=0", "after=yesterday", "before=-1"):
        assert (await rest("GET", f"{path}?{query}"))[0] == 400


async def test_a_bot_that_was_thrown_out_has_nothing_to_do_there(server: FakeDiscord, rest: Rest) -> None:
    workshop = server.world.guild("The Workshop")
    server.forget_bot(workshop)

    assert (await rest.post("lounge", {"content": "x"}))[1]["code"] == 50001
    assert (await rest("GET", f"/guilds/{workshop.id}"))[1]["code"] == 10004
    with pytest.raises(ClientRefused, match="not in this server"):
        await server.guest("Ada").slash("paint", prompt="x", channel="lounge")
