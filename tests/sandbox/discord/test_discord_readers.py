"""Who is called by a message, and what the bot may read of it."""

from typing import Any

import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.guest import SeenMessage, Upload
from tests.sandbox.discord.by_hand import Rest

PNG = b"\x89PNG\r\n\x1a\n-not-really"


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


async def test_a_role_that_is_not_mentionable_is_not_called(server: FakeDiscord, rest: Rest) -> None:
    roles = server.world.guild("The Atelier").roles.values()
    patron = next(role for role in roles if role.name == "Patron")

    _, body = await rest.post("general", {"content": f"<@&{patron.id}>"})

    assert body["mention_roles"] == []


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


async def test_an_ephemeral_answer_calls_nobody_else(server: FakeDiscord, rest: Rest) -> None:
    asked = await server.guest("Ada").slash("paint", prompt="x")

    await rest.answer(asked, 4, {"content": f"<@{server.guest('Ben').id}>", "flags": 64})

    assert server.guest("Ben").notifications == []


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
