"""Who may use /admin: rights are read from each interaction, whatever Discord's own settings let through."""

import pytest

from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.permissions import EVERYTHING, Permission
from sandbox.guest import Guest
from tests.end_to_end.conftest import Open
from tests.scene import Scene

COMMANDS = ("set", "grant", "reset", "show", "default", "role")


def options(scene: Scene, command: str) -> dict[str, object]:
    atelier = scene.discord.world.guild("The Atelier")
    patron = next(role for role in atelier.roles.values() if role.name == "Patron")
    ben = scene.guest("Ben")
    every: dict[str, dict[str, object]] = {
        "set": {"user": ben, "images": 9},
        "grant": {"user": ben, "images": 9},
        "reset": {"user": ben},
        "show": {"user": ben},
        "default": {"images": 9},
        "role": {"role": patron, "images": 9},
    }
    return every[command]


async def tries(scene: Scene, who: Guest, command: str, *, channel: str = "general") -> str:
    """What an admin's command answers where the client was made to send it in any case."""
    given = options(scene, command)
    asked = await who.slash(f"admin quota {command}", channel=channel, raw=True, options=given)  # type: ignore[arg-type]
    answer = await asked.answer()
    assert answer.ephemeral
    return answer.text


def changes(scene: Scene) -> int:
    connection = sqlite3.connect(scene.settings.data_dir / DATABASE)
    try:
        counted = connection.execute("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM allowances)")
        return int(counted.fetchone()[0])
    finally:
        connection.close()


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_holds_no_permission_at_all_is_refused(scene: Scene, command: str) -> None:
    ben = scene.guest("Ben")
    scene.discord.set_permissions(scene.discord.channel("general"), ben.person, deny=Permission.VIEW_CHANNEL)

    text = await tries(scene, ben, command)

    assert "Manage Server" in text
    assert changes(scene) == 0


async def test_all_other_permissions_together_are_not_enough(scene: Scene) -> None:
    patron = next(role for role in scene.discord.world.guild("The Atelier").roles.values() if role.name == "Patron")
    patron.permissions = EVERYTHING & ~(Permission.MANAGE_GUILD | Permission.ADMINISTRATOR)

    text = await tries(scene, scene.guest("Pia"), "default")

    assert "Manage Server" in text
    assert changes(scene) == 0


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_owns_another_server_is_a_member_like_others_here(scene: Scene, command: str) -> None:
    """Ben owns The Workshop, where he may do everything."""
    text = await tries(scene, scene.guest("Ben"), command)

    assert "Manage Server" in text
    assert changes(scene) == 0


async def test_the_right_role_of_one_server_opens_nothing_in_another(scene: Scene) -> None:
    workshop = scene.discord.world.guild("The Workshop")
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    atelier = scene.discord.world.guild("The Atelier")
    atelier.members[ada.id].role_ids = list(atelier.members[cleo.id].role_ids)  # Keeper, with Manage Server
    workshop.open_commands.add("admin")

    here = await tries(scene, ada, "default")
    there = await tries(scene, ada, "default", channel="lounge")

    assert "now gives its members 9 pictures" in here
    assert "Manage Server" in there
    assert changes(scene) == 2


@pytest.mark.parametrize("command", ["default", "show"])
async def test_in_direct_messages_nobody_is_an_admin(scene: Scene, command: str) -> None:
    cleo = scene.guest("Cleo")
    given = {"images": 9} if command == "default" else {}

    asked = await cleo.slash(f"admin quota {command}", channel="dm", raw=True, options=given)

    assert "in a server" in (await asked.answer()).text
    assert changes(scene) == 0


async def test_the_bots_owner_has_no_rights_in_a_server_by_that(open_scene: Open) -> None:
    scene = await open_scene(start=False)
    ben = scene.guest("Ben")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({ben.id})})
    scene.discord.world.owner = ben.person
    await scene.start()

    assert "Manage Server" in await tries(scene, ben, "set")
    assert changes(scene) == 0


async def test_what_an_admin_sets_holds_in_his_server_alone(scene: Scene) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await cleo.slash("admin quota set", options={"user": ada, "images": 0})
    answers = {}
    for channel in ("general", "lounge", "dm"):
        answers[channel] = (await (await ada.slash("quota", channel=channel)).answer()).text

    assert "0 pictures left" in answers["general"]
    assert "20 pictures left" in answers["lounge"]
    assert "20 pictures left" in answers["dm"]


async def test_the_bot_is_installed_in_servers_alone_and_admins_commands_are_offered_there_alone(
    scene: Scene,
) -> None:
    """As a user's own app it would be beyond every server's limits."""
    commands = scene.discord.commands.listed(None)

    assert {tuple(command["integration_types"]) for command in commands} == {(0,)}
    assert {command["name"]: tuple(command["contexts"]) for command in commands}["admin"] == (0,)
    [admin] = [command for command in commands if command["name"] == "admin"]
    assert admin["default_member_permissions"] == str(int(Permission.MANAGE_GUILD))
