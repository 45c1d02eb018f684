"""/privacy export: everything about the member, nothing about anybody else, nothing that gives a right."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.engine import sqlite3
from sandbox.discord.faults import Reset, status
from sandbox.discord.world import Guild
from sandbox.guest import Guest, SeenMessage, Upload
from sandbox.image_api.faults import errors
from tests.end_to_end.books import until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, public, refused
from tests.end_to_end.test_quota_commands import admin
from tests.end_to_end.trouble import CARD, TOO_LARGE, held
from tests.end_to_end.uploads import picture
from tests.scene import Scene

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
READY = "This is what I keep of you"
MINUTES_S = 60
SMALL_BYTES = 8_000


async def exported(guest: Guest, channel: str = "general") -> SeenMessage:
    return await ends(await guest.slash("privacy export", channel=channel), READY)


async def data_in(guest: Guest, answer: SeenMessage) -> dict[str, Any]:
    [file] = [each for each in answer.attachments if each.filename == "my-data.json"]
    loaded: dict[str, Any] = json.loads(await guest.download(file))
    return loaded


async def test_it_holds_every_request_in_every_place_with_what_became_of_it(scene: Scene) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "set", user=ada, images=9)
    await admin(cleo, "grant", user=ada, images=3)
    post = await paints(scene, ada, "a green door")
    await finished(await ada.slash("imagine", prompt="a red door", channel="lounge", count=2, size="1024x1024"))
    await finished(await ada.slash("imagine", prompt="a secret door", channel="dm"))
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    await refused(await ada.slash("imagine", prompt="no door"))
    await finished(await ada.slash("vary", prompt="at night", image=Upload("mine.png", picture((64, 48)))))
    await until_states(scene, *["delivered"] * 3, "failed", "delivered")

    answer = await exported(ada)
    data = await data_in(ada, answer)

    assert answer.ephemeral
    assert "5 requests" in answer.text
    assert (data["version"], data["user_id"], data["part"]) == (1, str(ada.id), 1)
    green, red, secret, none, night = data["requests"]
    atelier, workshop = (str(scene.discord.world.guild(name).id) for name in ("The Atelier", "The Workshop"))
    assert [each["prompt"] for each in data["requests"]] == [
        "a green door",
        "a red door",
        "a secret door",
        "no door",
        "at night",
    ]
    assert [each["server_id"] for each in data["requests"]] == [atelier, workshop, None, atelier, atelier]
    assert green["posts"] == [
        {"link": f"https://discord.com/channels/{atelier}/{post.channel_id}/{post.id}", "pictures": [0]}
    ]
    assert (red["count"], red["size"], len(red["pictures"])) == (2, "1024x1024", 2)
    assert (none["state"], none["pictures"]) == ("failed", [])
    assert "owner has to look into it" in none["failure"]
    assert [each["varied"] for each in (green, secret, night)] == [False, False, True]
    assert green["ended_at"].endswith("+00:00")
    assert green["cost_microusd"] is not None
    assert data["own_allowances"] == [{"server_id": atelier, "images": 9}]
    assert data["extra_pictures"] == [{"server_id": atelier, "pictures": 3}]
    assert [(each["action"], each["whose"], each["after"]) for each in data["admins_changes"]] == [
        ("set_member", "about you", 9),
        ("grant", "about you", 3),
    ]
    assert sum(each["charged"] for each in data["days"]) == 5
    assert {each["request_id"] for each in data["entries"] if each["kind"] != "grant"} == {
        each["id"] for each in data["requests"]
    }


async def test_the_pictures_that_are_kept_come_with_it(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    shown = await ada.download(post.attachments[0])

    answer = await exported(ada)
    data = await data_in(ada, answer)
    [archive] = [each for each in answer.attachments if each.filename == "my-pictures.zip"]
    with zipfile.ZipFile(io.BytesIO(await ada.download(archive))) as opened:
        [name] = opened.namelist()
        kept = opened.read(name)

    [request] = data["requests"]
    assert name == f"{request['id']}-1.png"
    assert request["pictures"][0]["kept"] is True
    assert kept == shown


def documented() -> dict[str, set[str]]:
    """The fields of the file as the page names them, by where they stand."""
    text = PAGE.read_text("utf-8").partition("### The exported file")[2].partition("\n## ")[0]
    rows = [re.findall(r"`([^`]+)`", row) for row in re.findall(r"^\| (`.*) \|$", text, re.MULTILINE)]
    return {row[0]: set(row[1:]) for row in rows}


async def test_every_field_stands_on_the_page_and_the_other_way_round(scene: Scene) -> None:
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "set", user=ada, images=9)
    await admin(cleo, "grant", user=ada, images=3)
    await paints(scene, ada)
    pages = documented()
    heads = {"version", *pages.pop("version")}

    data = await data_in(ada, await exported(ada))

    [request] = data["requests"]
    assert set(data) == heads | {name for row in pages for name in (row, *pages[row]) if name in data}
    assert set(request) == pages["requests"]
    for part in ("calls", "pictures", "posts"):
        assert set(request[part][0]) <= pages[f"requests[].{part}"] | {"pictures"}
        assert pages[f"requests[].{part}"] - {"pictures"} <= set(request[part][0])
    assert set(data["entries"][0]) == pages["entries"]
    assert set(data["days"][0]) == (pages["entries"] | {"server_id"}) - {"request_id", "kind", "extra_left", "at"}
    assert set(data["extra_pictures"][0]) | set(data["own_allowances"][0]) <= pages["extra_pictures"]
    assert set(data["admins_changes"][0]) <= pages["admins_changes"]


def everything_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from everything_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything_in(inner)
    else:
        yield str(value)


async def test_nothing_in_it_is_somebody_elses_or_gives_a_right(scene: Scene) -> None:
    """The same person in two servers, an admin's name, a variation of another's picture, keys, tokens, paths."""
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    await admin(cleo, "grant", user=ada, images=3)
    await admin(cleo, "grant", user=ben, images=5)
    await admin(cleo, "set", user=ben, images=9)
    his = await paints(scene, ben, "what only Ben asked")
    await finished(await ada.click(his, "V1"))
    await finished(await ada.menu("Vary image", his))
    waiting = await held(scene, ada)

    data = await data_in(ada, await exported(ada))
    scene.images.release()
    await finished(waiting)

    said = list(everything_in(data))
    text = "\n".join(said)
    with sqlite3.connect(scene.settings.data_dir / "easel.sqlite3") as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM jobs")]
        owners = [owner for (owner,) in connection.execute("SELECT owner FROM jobs")]
    connection.close()
    for secret in (*keys, *owners, waiting.interaction.token, str(ben.id), str(cleo.id), str(his.id), "Ben"):
        assert secret not in text
    assert str(scene.settings.data_dir) not in text
    assert "attachments" not in text
    assert "token" not in text
    assert [request["varied"] for request in data["requests"]] == [True, True, False]
    assert [(day["charged"], day["reserved"]) for day in data["days"]] == [(2, 1)]
    assert [each["pictures"] for each in data["extra_pictures"]] == [3]
    assert data["own_allowances"] == []
    assert [(each["action"], each["whose"]) for each in data["admins_changes"]] == [("grant", "about you")]


async def test_in_direct_messages_it_is_the_same(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)

    there, here = await data_in(ada, await exported(ada)), None
    scene.house.client.rooms.exporting.not_served(ada.id)  # type: ignore[union-attr]
    here = await data_in(ada, await exported(ada, "dm"))

    assert here["requests"] == there["requests"]


async def test_once_in_five_minutes_for_each_member(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await exported(ada)

    again = await (await ada.slash("privacy export")).answer()
    assert "a moment ago" in again.text
    assert again.ephemeral
    await exported(ben)

    hurried.skip(5 * MINUTES_S)
    await exported(ada)


async def test_who_never_asked_for_anything_gets_an_empty_file(scene: Scene) -> None:
    pia = scene.guest("Pia")

    data = await data_in(pia, await exported(pia))

    assert data["requests"] == data["entries"] == data["days"] == data["admins_changes"] == []


async def test_what_is_too_much_for_one_file_comes_in_parts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = scene.guest("Ada")
    for number in range(4):
        await finished(await ada.slash("imagine", prompt=f"{number} {'long words ' * 350}"))
    monkeypatch.setattr(Guild, "attachment_limit_bytes", SMALL_BYTES)  # of the stand-in

    asked = await ada.slash("privacy export")
    answer = await ends(asked, READY, "parts")
    await until(lambda: sum(len(each.attachments) for each in (answer, *asked.followups)) >= 4)

    files = [file for message in (answer, *asked.followups) for file in message.attachments]
    parts = [json.loads(await ada.download(file)) for file in files]
    assert {file.size_bytes <= SMALL_BYTES for file in files} == {True}
    assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert f"in {len(parts)} parts" in answer.text
    assert [each["prompt"][0] for part in parts for each in part["requests"]] == ["0", "1", "2", "3"]
    assert sum(len(part.get("entries", ())) for part in parts) == 8
    assert parts[-1]["erasures_under_way"] == []
    assert "no room for them" in answer.text


async def test_where_discord_takes_no_pictures_the_words_come_alone(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(413, TOO_LARGE))

    answer = await exported(ada)

    assert [each.filename for each in answer.attachments] == ["my-data.json"]
    assert len((await data_in(ada, answer))["requests"]) == 1


async def test_when_it_does_not_get_through_the_member_may_ask_at_once_again(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=Reset())

    await ends(await ada.slash("privacy export"), "did not get through")
    await exported(ada)

    assert public(ada) == []


async def test_whatever_keeps_it_from_being_put_together_the_member_may_ask_at_once_again(scene: Scene) -> None:
    ada = scene.guest("Ada")
    in_its_place = scene.settings.data_dir / "spool"
    in_its_place.write_bytes(b"")

    await ends(await ada.slash("privacy export"), "went wrong")
    in_its_place.unlink()
    await exported(ada)


async def test_it_leaves_no_file_behind(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)
    spool = scene.settings.data_dir / "spool"
    before = sorted(spool.rglob("*"))

    await exported(ada)

    assert sorted(spool.rglob("*")) == before
