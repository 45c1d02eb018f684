"""What a bot finds out about its servers by asking."""

from sandbox.discord.permissions import Permission
from sandbox.discord.server import FakeDiscord
from tests.sandbox.discord.by_hand import Rest


async def test_a_bot_can_list_its_servers_with_its_rights_there(rest: Rest) -> None:
    status, listed = await rest("GET", "/users/@me/guilds")

    assert status == 200
    assert [each["name"] for each in listed] == ["The Atelier", "The Workshop"]
    for each in listed:
        held = Permission(int(each["permissions"]))
        assert Permission.SEND_MESSAGES in held
        assert Permission.ADMINISTRATOR not in held
        assert each["owner"] is False
        assert "channels" not in each


async def test_its_servers_come_in_pages(server: FakeDiscord, rest: Rest) -> None:
    older, newer = sorted(server.world.guilds)

    async def page(query: str) -> list[int]:
        return [int(each["id"]) for each in (await rest("GET", f"/users/@me/guilds?{query}"))[1]]

    assert await page("limit=1") == [older]
    assert await page(f"limit=1&after={older}") == [newer]
    assert await page(f"after={newer}") == []
    assert await page(f"limit=1&before={newer + 1}") == [newer]
    for query in ("limit=0", "limit=201", "after=yesterday"):
        assert (await rest("GET", f"/users/@me/guilds?{query}"))[0] == 400


async def test_a_server_without_the_bot_is_neither_listed_nor_shown(server: FakeDiscord, rest: Rest) -> None:
    workshop = server.world.guild("The Workshop")
    server.forget_bot(workshop)

    _, listed = await rest("GET", "/users/@me/guilds")

    assert [each["name"] for each in listed] == ["The Atelier"]
    assert (await rest("GET", f"/guilds/{workshop.id}/channels"))[1]["code"] == 10004


async def test_a_servers_channels_are_all_listed_but_its_threads_are_not(server: FakeDiscord, rest: Rest) -> None:
    atelier, general = server.world.guild("The Atelier"), server.channel("general")
    server.set_permissions(general, server.world.bot, deny=Permission.VIEW_CHANNEL)

    status, listed = await rest("GET", f"/guilds/{atelier.id}/channels")

    assert status == 200
    shown = {each["name"]: each for each in listed}
    assert set(shown) == {each.name for each in atelier.channels.values() if not each.is_thread}
    [rule] = [each for each in shown["general"]["permission_overwrites"] if each["id"] == str(server.world.bot.id)]
    assert Permission.VIEW_CHANNEL in Permission(int(rule["deny"]))
