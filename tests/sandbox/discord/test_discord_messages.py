"""What a message may be, who is called by it, and what the bot may read."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.limits import Bucket
from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.discord.world import ChannelType
from sandbox.guest import ClientRefused, SeenMessage, Upload
from tests.sandbox.discord.by_hand import Rest

PNG = b"\x89PNG\r\n\x1a\n-not-really"
V2 = 1 << 15


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def knob(custom_id: str = "k", label: str | None = "K", **more: object) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id, **more}


def gallery(url: str, **more: object) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}, **more}]}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


REFUSED = {
    "content over 2000": {"content": "x" * 2001},
    "eleven embeds": {"embeds": [{"title": "x"}] * 11},
    "embed title over 256": {"embeds": [{"title": "x" * 257}]},
    "embed description over 4096": {"embeds": [{"description": "x" * 4097}]},
    "embeds over 6000 together": {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
    "26 embed fields": {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
    "an embed's picture that was not sent": {"embeds": [{"image": {"url": "attachment://a.png"}}]},
    "an embed's picture from nowhere": {"embeds": [{"image": {"url": "file:///etc/passwd"}}]},
    "six rows": {"content": "x", "components": [row(knob(f"k{n}")) for n in range(6)]},
    "six buttons in a row": {"content": "x", "components": [row(*(knob(f"k{n}") for n in range(6)))]},
    "custom_id over 100": {"content": "x", "components": [row(knob("k" * 101))]},
    "no custom_id": {"content": "x", "components": [row({"type": 2, "style": 1, "label": "K"})]},
    "the same custom_id twice": {"content": "x", "components": [row(knob(), knob())]},
    "button label over 80": {"content": "x", "components": [row(knob(label="x" * 81))]},
    "a button without a label": {"content": "x", "components": [row(knob(label=None))]},
    "a link without an address": {"content": "x", "components": [row({"type": 2, "style": 5, "label": "L"})]},
    "a bare button": {"content": "x", "components": [knob()]},
    "select with 26 options": {
        "content": "x",
        "components": [
            row({"type": 3, "custom_id": "s", "options": [{"label": str(n), "value": str(n)} for n in range(26)]})
        ],
    },
    "a gallery without the V2 flag": {"content": "x", "components": [gallery("https://x.test/a.png")]},
    "content beside V2": {"flags": V2, "content": "x", "components": [text("x")]},
    "V2 text over 4000 together": {"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]},
    "41 components": {"flags": V2, "components": [text("x")] * 41},
    "a picture that was not sent": {"flags": V2, "components": [gallery("attachment://a.png")]},
    "a file by web address": {"flags": V2, "components": [{"type": 13, "file": {"url": "https://x.test/a"}}]},
    "alt text over 1024": {"flags": V2, "components": [gallery("https://x.test/a.png", description="x" * 1025)]},
    "a container in a container": {
        "flags": V2,
        "components": [{"type": 17, "components": [{"type": 17, "components": [text("x")]}]}],
    },
    "users allowed twice over": {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "an unknown kind of mention": {"content": "x", "allowed_mentions": {"parse": ["all"]}},
    "nonce over 25": {"content": "x", "nonce": "n" * 26},
    "an attachment nobody sent": {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
    "a reply to nothing": {"content": "x", "message_reference": {"message_id": "1"}},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_message_that_discord_refuses_is_refused_naming_the_field(
    server: FakeDiscord, rest: Rest, what: str
) -> None:
    status, body = await rest.post("general", REFUSED[what])

    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    assert body["errors"]
    assert server.guest("Ada").sees("general") == []


@pytest.mark.parametrize("payload", [{}, {"content": ""}, {"content": "  "}, {"embeds": []}])
async def test_an_empty_message_is_refused(rest: Rest, payload: object) -> None:
    status, body = await rest.post("general", payload)

    assert (status, body["code"]) == (400, 50006)


async def test_all_kinds_of_components_are_taken_and_given_back_with_ids(server: FakeDiscord, rest: Rest) -> None:
    thumbnail = {"type": 11, "media": {"url": "attachment://a.png"}, "description": "alt"}
    inside = [
        {"type": 9, "components": [text("title")], "accessory": thumbnail},
        gallery("attachment://a.png"),
        {"type": 13, "file": {"url": "attachment://a.png"}},
        {"type": 14},
        row(knob(), {"type": 2, "style": 5, "label": "L", "url": "https://x.test"}),
    ]
    payload = {"flags": V2, "components": [{"type": 17, "components": inside}, text("<@1>")]}

    status, body = await rest.post("general", payload, [("a.png", PNG)])

    assert status == 200
    (post,) = server.guest("Ada").sees("general")
    assert post.buttons == ["K", "L"]
    container = body["components"][0]
    assert container["components"][1]["items"][0]["media"]["attachment_id"] == body["attachments"][0]["id"]
    assert container["components"][0]["accessory"]["media"]["url"].startswith(server.base_url)


async def test_a_file_above_the_limit_is_too_large_and_a_boosted_server_takes_it(
    server: FakeDiscord, rest: Rest
) -> None:
    big = [("big.bin", b"x" * (10 * 1024 * 1024 + 1))]

    status, body = await rest.post("general", {"content": "x"}, big)
    server.world.guild("The Atelier").boost_tier = 2

    assert (status, body["code"]) == (413, 40005)
    assert (await rest.post("general", {"content": "x"}, big))[0] == 200


async def test_a_request_above_25_mib_is_too_large(rest: Rest) -> None:
    files = [(f"{n}.bin", b"x" * (9 * 1024 * 1024)) for n in range(3)]

    status, body = await rest.post("general", {"content": "x"}, files)

    assert (status, body["code"]) == (413, 40005)


async def test_eleven_files_are_too_many_and_refused_uploads_leave_the_disk(rest: Rest) -> None:
    assert (await rest.post("general", {"content": "x"}, [(f"{n}.png", PNG) for n in range(11)]))[0] == 400
    spool = rest.server.cdn.new_path().parent
    assert list(spool.iterdir()) == []

    assert (await rest.post("general", {"content": "x"}, [(f"{n}.png", PNG) for n in range(10)]))[0] == 200
    assert len(list(spool.iterdir())) == 10


@pytest.mark.usefixtures("server")
async def test_an_edit_removes_every_attachment_that_it_does_not_list(rest: Rest) -> None:
    _, post = await rest.post("general", {"content": "x"}, [("a.png", PNG), ("b.png", PNG)])
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"
    first = post["attachments"][0]

    _, same = await rest("PATCH", path, {"content": "y"})
    _, edited = await rest("PATCH", path, {"attachments": [{"id": first["id"]}, {"id": 0}]}, [("c.png", PNG)])
    _, bare = await rest("PATCH", path, {"attachments": []})

    assert [each["filename"] for each in same["attachments"]] == ["a.png", "b.png"]
    assert [each["filename"] for each in edited["attachments"]] == ["a.png", "c.png"]
    assert (bare["attachments"], bare["content"]) == ([], "y")


async def test_the_v2_flag_cannot_be_taken_back(rest: Rest) -> None:
    _, post = await rest.post("general", {"flags": V2, "components": [text("x")]})
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"

    assert (await rest("PATCH", path, {"flags": 0, "content": "x"}))[0] == 400
    assert (await rest("PATCH", path, {"components": [text("y")]}))[0] == 200


async def test_a_picture_that_an_embed_shows_is_no_longer_listed_beside_the_message(rest: Rest) -> None:
    payload = {"embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}]}

    _, body = await rest.post("general", payload, [("a.png", PNG)])

    assert body["attachments"] == []
    assert "/attachments/" in body["embeds"][0]["image"]["url"]


async def test_the_same_nonce_within_minutes_gives_the_earlier_message(server: FakeDiscord, rest: Rest) -> None:
    payload = {"content": "once", "nonce": "job.1", "enforce_nonce": True}

    answers = await asyncio.gather(*(rest.post("general", payload, [("a.png", PNG)]) for _ in range(4)))
    elsewhere = await rest.post("lounge", payload)
    _, loose = await rest.post("general", {"content": "loose", "nonce": "job.1"})

    ids = {body["id"] for _, body in [*answers, elsewhere]}
    assert len(ids) == 1
    assert loose["id"] not in ids
    server.clock.advance(10 * 60)
    _, later = await rest.post("general", payload)
    assert later["id"] not in ids
    assert later["nonce"] == "job.1"


@pytest.mark.parametrize(
    ("allowed", "people", "roles"),
    [
        (None, {"Ada"}, {"Patron"}),
        ({"parse": []}, set(), set()),
        ({"parse": ["users"]}, {"Ada"}, set()),
        ({"parse": [], "users": ["ADA"]}, {"Ada"}, set()),
        ({"parse": [], "users": ["BEN"]}, set(), set()),
        ({"roles": ["PATRON"]}, set(), {"Patron"}),
    ],
)
async def test_allowed_mentions_decide_who_is_called(
    server: FakeDiscord, rest: Rest, allowed: dict[str, list[str]] | None, people: set[str], roles: set[str]
) -> None:
    world = server.world
    patron = next(role for role in world.guild("The Atelier").roles.values() if role.name == "Patron")
    patron.mentionable = True
    ids = {"ADA": str(world.person("Ada").id), "BEN": str(world.person("Ben").id), "PATRON": str(patron.id)}
    if allowed is not None:
        allowed = {key: [ids.get(each, each) for each in value] for key, value in allowed.items()}

    payload = {"content": f"<@{ids['ADA']}> <@&{ids['PATRON']}> @everyone", "allowed_mentions": allowed}
    _, body = await rest.post("general", {key: value for key, value in payload.items() if value is not None})

    assert {user["global_name"] for user in body["mentions"]} == people
    assert body["mention_roles"] == ([ids["PATRON"]] if roles else [])
    assert body["mention_everyone"] is False
    assert len(server.guest("Pia").notifications) == len(roles)


async def test_everyone_is_called_only_by_who_may(server: FakeDiscord, rest: Rest) -> None:
    server.set_permissions(server.channel("general"), server.world.bot, allow=Permission.MENTION_EVERYONE)

    _, body = await rest.post("general", {"content": "@here"})
    _, asked_not_to = await rest.post("general", {"content": "@everyone", "allowed_mentions": {"parse": []}})

    assert (body["mention_everyone"], asked_not_to["mention_everyone"]) == (True, False)
    assert [each.reason for each in server.guest("Ben").notifications] == ["everyone"]


async def test_an_interaction_calls_only_people_unless_told_otherwise(server: FakeDiscord, rest: Rest) -> None:
    guild = server.world.guild("The Atelier")
    role = next(each for each in guild.roles.values() if each.name == "Patron")
    role.mentionable = True
    asked = await server.guest("Ada").slash("paint", prompt="x")

    await rest.answer(asked, 4, {"content": f"<@&{role.id}> <@{server.guest('Ben').id}>"})

    assert [each.reason for each in server.guest("Ben").notifications] == ["mention"]
    assert server.guest("Pia").notifications == []


async def test_an_edit_without_allowed_mentions_parses_with_the_defaults_again(server: FakeDiscord, rest: Rest) -> None:
    content = f"<@{server.guest('Ada').id}>"
    _, post = await rest.post("general", {"content": content, "allowed_mentions": {"parse": []}})
    path = f"/channels/{post['channel_id']}/messages/{post['id']}"

    _, untouched = await rest("PATCH", path, {"embeds": [{"title": "t"}]})
    _, edited = await rest("PATCH", path, {"content": content})

    assert (post["mentions"], untouched["mentions"]) == ([], [])
    assert [user["global_name"] for user in edited["mentions"]] == ["Ada"]


async def read(rest: Rest, message: SeenMessage) -> dict[str, Any]:
    shown: dict[str, Any] = (await rest("GET", f"/channels/{message.channel_id}/messages/{message.id}"))[1]
    return shown


async def test_without_the_intent_the_bot_reads_only_what_concerns_it(server: FakeDiscord, rest: Rest) -> None:
    ada = server.guest("Ada")
    bot = f"<@{server.world.bot.id}>"
    await rest.post("general", {"content": "ordinary"})
    asked = await ada.slash("paint", prompt="x")
    await rest.answer(asked, 4, {"content": "answer"})
    ordinary, answer = ada.sees("general")

    plain = await ada.say("secret", uploads=[Upload("a.png", PNG)])
    named = await ada.say(f"{bot} look")
    direct = await ada.say("hi", channel="dm")
    pinged, silent = await ada.reply(ordinary, "vary"), await ada.reply(ordinary, "vary", ping=False)
    to_answer, to_answer_named = await ada.reply(answer, "vary"), await ada.reply(answer, f"{bot} vary")

    assert [(await read(rest, each))["content"] for each in (plain, silent, to_answer)] == ["", "", ""]
    assert (await read(rest, plain))["attachments"] == []
    assert (await read(rest, named))["content"] == f"{bot} look"
    assert (await read(rest, direct))["content"] == "hi"
    assert (await read(rest, pinged))["content"] == "vary"
    assert (await read(rest, to_answer_named))["content"] == f"{bot} vary"
    assert (await read(rest, silent))["referenced_message"]["content"] == "ordinary"
    server.world.message_content_intent = True
    assert (await read(rest, plain))["content"] == "secret"


async def test_a_strangers_picture_stays_hidden_when_a_reply_to_it_mentions_the_bot(
    server: FakeDiscord, rest: Rest
) -> None:
    ada, ben = server.guest("Ada"), server.guest("Ben")
    picture = await ben.say("mine", uploads=[Upload("a.png", PNG)])

    reply = await read(rest, await ada.reply(picture, f"<@{server.world.bot.id}> vary"))

    assert reply["content"].endswith("vary")
    assert (reply["referenced_message"]["content"], reply["referenced_message"]["attachments"]) == ("", [])


@pytest.mark.usefixtures("rest")
async def test_a_menu_command_shows_its_message_whole(server: FakeDiscord) -> None:
    picture = await server.guest("Ben").say("mine", uploads=[Upload("a.png", PNG)])

    asked = await server.guest("Ada").menu("Look", picture)

    (shown,) = asked.interaction.data["resolved"]["messages"].values()
    assert (shown["content"], shown["attachments"][0]["filename"]) == ("mine", "a.png")


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
    assert (await rest("GET", f"{path}?limit=101"))[0] == 400


@pytest.mark.usefixtures("rest")
async def test_the_client_keeps_people_to_their_rights(server: FakeDiscord) -> None:
    ada = server.guest("Ada")

    with pytest.raises(ClientRefused, match="SEND_MESSAGES"):
        await ada.say("x", channel="read-only")
    with pytest.raises(ClientRefused, match="knows no channel"):
        await server.guest("Cleo").say("x", channel="lounge")
    said = await server.guest("Ben").say("x")
    with pytest.raises(ClientRefused, match="may not delete"):
        await ada.delete(said)
    await server.guest("Cleo").delete(said)
    assert ada.sees("general") == []
