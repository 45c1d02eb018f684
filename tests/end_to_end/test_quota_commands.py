"""/quota and /admin quota as members and admins use them."""

import re

import pytest

from bot.store.engine import sqlite3
from sandbox.guest import Guest
from tests.end_to_end.books import charged, jobs
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, paints, refused
from tests.scene import Scene


async def quota(guest: Guest) -> str:
    return (await (await guest.slash("quota")).answer()).text


async def admin(guest: Guest, command: str, **options: object) -> str:
    answer = await (await guest.slash(f"admin quota {command}", options=options)).answer()  # type: ignore[arg-type]
    assert answer.ephemeral
    return answer.text


async def test_quota_tells_what_is_left_when_it_refills_and_the_last_requests(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada, "a green door")

    text = await quota(ada)

    assert "19 pictures left" in text
    assert "1 of 20 used" in text
    assert "<t:" in text
    assert "a green door" in text
    assert "delivered" in text


async def test_a_member_stops_at_the_quota_and_goes_on_after_an_admin_raises_it(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=1)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await paints(scene, ada)

    assert "no pictures left" in (await refused(await ada.slash("imagine", prompt="one more"))).text
    assert "may now make 3 pictures a day" in await admin(cleo, "set", user=ada, images=3)
    await paints(scene, ada)

    assert charged(scene, ada) == 2
    assert "1 picture left" in await quota(ada)


async def test_more_than_is_left_is_refused_whole_and_says_how_many_are_left(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=3)

    card = await refused(await scene.guest("Ada").slash("imagine", prompt="many", count=4))

    assert "have 3 left" in card.text
    assert jobs(scene) == []


async def test_granted_pictures_are_used_when_the_days_are_gone(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=1)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")

    await admin(cleo, "grant", user=ada, images=2)
    await paints(scene, ada)
    await paints(scene, ada)

    text = await quota(ada)
    assert "1 picture left" in text
    assert "Extra: 1 picture" in text


async def test_reset_gives_back_what_was_charged_today(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=1)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await paints(scene, ada)

    assert "got back the 1 picture charged today" in await admin(cleo, "reset", user=ada)
    assert "1 picture left" in await quota(ada)


async def test_the_strongest_setting_counts_member_then_role_then_default_then_owner(scene: Scene) -> None:
    pia, cleo = scene.guest("Pia"), scene.guest("Cleo")
    atelier = scene.discord.world.guild("The Atelier")
    patron = next(role for role in atelier.roles.values() if role.name == "Patron")

    assert "20 pictures left" in await quota(pia)
    await admin(cleo, "default", images=7)
    assert "7 pictures left" in await quota(pia)
    await admin(cleo, "role", role=patron, images=50)
    assert "50 pictures left" in await quota(pia)
    await admin(cleo, "set", user=pia, images=0)
    assert "0 pictures left" in await quota(pia)
    await admin(cleo, "set", user=pia)
    assert "50 pictures left" in await quota(pia)


async def test_show_reads_well_for_one_member_and_for_the_server(scene: Scene) -> None:
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    await finished(await ada.slash("imagine", prompt="three", count=3))
    await paints(scene, ben)
    await admin(cleo, "grant", user=ada, images=5)

    one = await admin(cleo, "show", user=ada)
    everybody = await admin(cleo, "show")

    assert "22 pictures left" in one
    assert "20 a day, the bot's default" in one
    assert "Used today: 3" in one
    assert "Extra pictures: 5 left" in one
    assert everybody.index(f"<@{ada.id}>: 3") < everybody.index(f"<@{ben.id}>: 1")


async def test_a_change_is_recorded_with_who_whom_what_before_after_and_when(scene: Scene) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "set", user=ada, images=5)
    await admin(cleo, "set", user=ada, images=6)

    with sqlite3.connect(scene.settings.data_dir / "easel.sqlite3") as connection:
        rows = connection.execute("SELECT admin_id, subject_id, action, before, after, at_ms > 0 FROM audit").fetchall()
    connection.close()

    assert rows == [(cleo.id, ada.id, "set_member", None, 5, 1), (cleo.id, ada.id, "set_member", 5, 6, 1)]


async def test_a_command_that_discord_delivers_twice_happens_once(open_scene: Open) -> None:
    scene = await open_scene(quota_per_day=0)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    await admin(cleo, "grant", user=ada, images=5)

    assert "5 pictures left" in await quota(ada)


@pytest.mark.parametrize("command", ["set", "grant", "reset", "show", "default", "role"])
async def test_a_member_is_refused_also_when_discord_lets_the_command_through(scene: Scene, command: str) -> None:
    ben = scene.guest("Ben")
    atelier = scene.discord.world.guild("The Atelier")
    atelier.open_commands.add("admin")  # Server Settings → Integrations
    role = next(role for role in atelier.roles.values() if role.name == "Patron")
    options: dict[str, object] = {
        "set": {"user": ben, "images": 9},
        "grant": {"user": ben, "images": 9},
        "reset": {"user": ben},
        "show": {},
        "default": {"images": 9},
        "role": {"role": role, "images": 9},
    }[command]  # type: ignore[assignment]

    text = await admin(ben, command, **options)

    assert "Manage Server" in text
    assert "20 pictures left" in await quota(ben)


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("set", {"images": -1}, "0 to 100,000"),
        ("set", {"images": 100_001}, "0 to 100,000"),
        ("grant", {"images": 0}, "at least 1"),
        ("grant", {"images": -5}, "at least 1"),
    ],
)
async def test_numbers_out_of_range_change_nothing(
    scene: Scene, command: str, options: dict[str, int], words: str
) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")

    asked = await cleo.slash(f"admin quota {command}", options={"user": ada, **options}, raw=True)

    assert words in (await asked.answer()).text
    assert "20 pictures left" in await quota(ada)


async def test_bots_have_no_quota(scene: Scene) -> None:
    cleo = scene.guest("Cleo")

    asked = await cleo.slash("admin quota grant", options={"user": scene.discord.world.bot, "images": 5}, raw=True)

    assert "Bots" in (await asked.answer()).text


async def test_the_owners_ceiling_for_a_server_holds_whatever_its_admin_grants(open_scene: Open) -> None:
    scene = await open_scene(server_per_day=1)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "grant", user=ada, images=100)
    await paints(scene, ada)

    card = await refused(await ada.slash("imagine", prompt="one more"))

    assert "This server" in card.text


async def test_the_owners_ceiling_for_the_whole_bot_holds_in_direct_messages_too(open_scene: Open) -> None:
    scene = await open_scene(bot_per_day=1)
    ada = scene.guest("Ada")
    await paints(scene, ada)

    card = await refused(await ada.slash("imagine", prompt="one more", channel="dm"))

    assert "This bot" in card.text


async def test_models_are_listed_and_shown_in_detail(scene: Scene) -> None:
    ada = scene.guest("Ada")

    overview = (await (await ada.slash("models")).answer()).text
    detail = (await (await ada.slash("models", model="gpt-image-2")).answer()).text

    assert "`gpt-image-2`" in overview
    assert "(default)" in overview
    assert re.search("end(s|ed) 2026-12-01", overview), "whichever day it is today"
    assert "1536x1024" in detail
    assert "high" in detail
    assert "$0.211" in detail


async def test_autocomplete_offers_what_the_command_needs_also_while_the_service_is_down(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await scene.images.stop()

    models = await ada.autocomplete("imagine", field="model", typed="image-2", prompt="x")
    sizes = await ada.autocomplete("imagine", field="size", typed="15", prompt="x", model="gpt-image-2")
    nothing = await ada.autocomplete("imagine", field="size", typed="", prompt="x", model="no-such-model")

    assert "gpt-image-2" in [choice["value"] for choice in models]
    assert sizes[0]["value"] == "1536x1024"
    assert nothing == []
