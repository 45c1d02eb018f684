"""Registering commands, and who is offered which."""

from typing import Any

import pytest

from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from sandbox.guest import ClientRefused, Upload
from tests.sandbox.discord.by_hand import Rest


def command(**more: object) -> dict[str, Any]:
    return {"name": "paint", "description": "Paint", **more}


def option(**more: object) -> dict[str, Any]:
    return {"type": 3, "name": "prompt", "description": "what", **more}


def sub(kind: int, name: str, *options: object) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": "x", "options": list(options)}


CHOICES = [{"name": f"c{n}", "value": f"c{n}"} for n in range(26)]
REFUSED = {
    "capitals": [command(name="Paint")],
    "a space": [command(name="paint it")],
    "33 characters": [command(name="x" * 33)],
    "no description": [command(description="")],
    "a description over 100": [command(description="x" * 101)],
    "26 options": [command(options=[option(name=f"o{n}") for n in range(26)])],
    "26 choices": [command(options=[option(choices=CHOICES)])],
    "a choice over 100": [command(options=[option(choices=[{"name": "c", "value": "x" * 101}])])],
    "choices and autocomplete": [command(options=[option(choices=CHOICES[:2], autocomplete=True)])],
    "two options of one name": [command(options=[option(), option()])],
    "required behind optional": [command(options=[option(), option(name="b", required=True)])],
    "min_length over 6000": [command(options=[option(min_length=6001)])],
    "two commands of one name": [command(), command()],
    "a menu with a description": [{"name": "Look", "type": 3, "description": "x"}],
    "16 message menus": [{"name": f"Look {n}", "type": 3} for n in range(16)],
    "101 commands": [command(name=f"c{n}") for n in range(101)],
    "nesting three deep": [command(options=[sub(2, "a", sub(2, "b", sub(1, "c")))])],
    "over 8000 characters": [
        command(
            options=[
                option(
                    name=f"o{n}", description="x" * 90, choices=[{"name": f"{m}" * 60, "value": "v" * 60} for m in "ab"]
                )
                for n in range(25)
            ]
        )
    ],
}


@pytest.mark.parametrize("what", REFUSED)
async def test_commands_that_discord_refuses_are_refused_and_the_old_ones_stay(
    server: FakeDiscord, rest: Rest, what: str
) -> None:
    status, body = await rest.commands(*REFUSED[what])

    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]
    path = f"/applications/{server.world.application_id}/commands"
    assert [each["name"] for each in (await rest("GET", path))[1]] == ["paint", "Look", "rule"]


async def test_a_command_keeps_its_id_when_it_is_registered_again(rest: Rest) -> None:
    _, first = await rest.commands(command())
    _, second = await rest.commands(command(description="Other"), command(name="new"))

    assert first[0]["id"] == second[0]["id"]
    assert first[0]["version"] != second[0]["version"]


async def test_a_servers_own_commands_are_its_own(server: FakeDiscord, rest: Rest) -> None:
    guild = server.world.guild("The Workshop")
    path = f"/applications/{server.world.application_id}/guilds/{guild.id}/commands"

    status, _ = await rest("PUT", path, [command(name="saw")])

    assert status == 200
    asked = await server.guest("Ada").slash("saw", channel="lounge")
    assert asked.interaction.data["guild_id"] == str(guild.id)
    with pytest.raises(ClientRefused, match="no command «saw»"):
        await server.guest("Ada").slash("saw", channel="general")


@pytest.mark.usefixtures("rest")
async def test_default_member_permissions_hide_a_command_until_an_admin_opens_it(server: FakeDiscord) -> None:
    ada, cleo = server.guest("Ada"), server.guest("Cleo")

    await cleo.slash("rule")
    with pytest.raises(ClientRefused, match="cannot see «rule»: it needs the permission «Manage Server»"):
        await ada.slash("rule")
    server.world.guild("The Atelier").open_commands.add("rule")

    asked = await ada.slash("rule")
    assert not int(server.interactions._event(asked.interaction)["member"]["permissions"]) & Permission.MANAGE_GUILD


async def test_permissions_of_zero_are_for_admins_only(server: FakeDiscord, rest: Rest) -> None:
    await rest.commands(command(default_member_permissions=0))

    await server.guest("Olga").slash("paint")
    with pytest.raises(ClientRefused):
        await server.guest("Cleo").slash("paint")


@pytest.mark.usefixtures("rest")
async def test_contexts_decide_about_direct_messages(server: FakeDiscord) -> None:
    cleo = server.guest("Cleo")

    await cleo.slash("paint", prompt="x", channel="dm")
    with pytest.raises(ClientRefused, match="direct messages"):
        await cleo.slash("rule", channel="dm")


@pytest.mark.usefixtures("rest")
async def test_a_command_can_be_used_where_its_user_may_not_write(server: FakeDiscord) -> None:
    asked = await server.guest("Ada").slash("paint", prompt="x", channel="read-only")

    held = int(server.interactions._event(asked.interaction)["member"]["permissions"])
    assert not held & Permission.SEND_MESSAGES


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "still needed: «prompt»"),
        ({"prompt": "x" * 21}, "characters"),
        ({"prompt": "x", "count": 5}, "not from 1 to 4"),
        ({"prompt": "x", "count": True}, "no whole number"),
        ({"prompt": "x", "size": "Huge"}, "none of «"),
        ({"prompt": "x", "colour": "red"}, "no option"),
        ({"prompt": 3}, "no text"),
    ],
)
@pytest.mark.usefixtures("rest")
async def test_the_client_checks_what_is_typed_unless_it_is_raw(
    server: FakeDiscord, typed: dict[str, Any], why: str
) -> None:
    ada = server.guest("Ada")

    with pytest.raises(ClientRefused, match=why):
        await ada.slash("paint", options=typed)
    asked = await ada.slash("paint", options=typed, raw=True)

    assert [each["name"] for each in asked.interaction.data.get("options", [])] == list(typed)


@pytest.mark.usefixtures("rest")
async def test_what_is_typed_arrives_as_discord_sends_it(server: FakeDiscord) -> None:
    ada, ben = server.guest("Ada"), server.guest("Ben")

    asked = await ada.slash("paint", prompt="x", size="Small", friend=ben, image=Upload("my cat.png", b"bytes"))

    data = asked.interaction.data
    options = {each["name"]: each["value"] for each in data["options"]}
    assert (options["prompt"], options["size"], options["friend"]) == ("x", "s", str(ben.id))
    attachment = data["resolved"]["attachments"][options["image"]]
    assert (attachment["filename"], attachment["size"], attachment["ephemeral"]) == ("my_cat.png", 5, True)
    assert "/ephemeral-attachments/" in attachment["url"]
    assert "user" not in data["resolved"]["members"][str(ben.id)]


async def test_subcommands_are_nested_in_their_groups(server: FakeDiscord, rest: Rest) -> None:
    await rest.commands(command(name="admin", options=[sub(2, "quota", sub(1, "set", option()), sub(1, "show"))]))
    ada = server.guest("Ada")

    asked = await ada.slash("admin quota set", prompt="x")

    (group,) = asked.interaction.data["options"]
    assert (group["type"], group["name"], group["options"][0]["name"]) == (2, "quota", "set")
    assert group["options"][0]["options"] == [{"type": 3, "name": "prompt", "value": "x"}]
    with pytest.raises(ClientRefused, match="needs a subcommand"):
        await ada.slash("admin quota")


async def test_without_the_bots_token_nothing_is_told(rest: Rest) -> None:
    for token in (None, "wrong"):
        assert (await rest("GET", "/users/@me", token=token))[0] == 401
    assert [each.authorisation for each in rest.server.requests[-2:]] == ["none", "wrong"]


async def test_an_unknown_route_is_loud_and_remembered(server: FakeDiscord, rest: Rest) -> None:
    status, _ = await rest("PUT", "/channels/1/pins/2")

    assert status == 501
    assert server.unknown_routes == ["PUT /channels/1/pins/2"]
