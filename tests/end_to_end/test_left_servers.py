"""The bot is removed from a server: its requests end at once, its data after a while, and only if it stays away."""

import pytest

from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord import payloads
from sandbox.discord.faults import Answer, Hang, status
from sandbox.discord.world import Guild
from tests.end_to_end.books import charged, jobs, reserved, states, until
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints
from tests.end_to_end.test_erase import leaves_a_copy
from tests.end_to_end.test_quota_commands import admin, quota
from tests.end_to_end.traces import holding
from tests.end_to_end.trouble import held
from tests.scene import Scene

CANARY = "pfeffernuss-ocelotl-7c1"
DAY_S = 86_400


def atelier(scene: Scene) -> Guild:
    return scene.discord.world.guild("The Atelier")


def rows(scene: Scene, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(scene.settings.data_dir / DATABASE)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def removed(scene: Scene) -> bool:
    return rows(scene, "SELECT guild_id FROM departures") == [(atelier(scene).id,)]


def erased(scene: Scene) -> bool:
    return rows(scene, "SELECT 1 FROM departures WHERE erased_ms IS NOT NULL") == [(1,)]


async def lived_in(open_scene: Open, clock: HurriedClock, **settings: int) -> Scene:
    """A server with settings, changes, extras and pictures, and another one."""
    scene = await open_scene(clock=clock, **settings)
    ada, cleo = scene.guest("Ada"), scene.guest("Cleo")
    await admin(cleo, "default", images=7)
    await admin(cleo, "grant", user=ada, images=3)
    await paints(scene, ada, f"here {CANARY}")
    await finished(await ada.slash("imagine", prompt="there", channel="lounge"))
    return scene


async def gone_for(scene: Scene, clock: HurriedClock, days: float) -> None:
    """The bot is off meanwhile; at its start all duties are done once."""
    await scene.stop()
    clock.skip(days * DAY_S)
    await scene.start()
    await clock.sleep(20)


async def test_after_a_week_nothing_of_the_server_is_left_and_the_books_still_add_up(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    scene = await lived_in(open_scene, hurried)
    ada = scene.guest("Ada")
    before = rows(scene, "SELECT * FROM balances WHERE scope = 'bot'")
    scene.discord.forget_bot(atelier(scene))
    await until(lambda: removed(scene))
    assert holding(scene, CANARY) != []

    await gone_for(scene, hurried, 6.9)
    assert holding(scene, CANARY) != []
    assert not erased(scene)
    leaves_a_copy(scene, CANARY)
    await gone_for(scene, hurried, 0.2)
    await until(lambda: erased(scene))

    assert holding(scene, CANARY) == []
    assert rows(scene, "SELECT 1 FROM allowances UNION SELECT 1 FROM audit UNION SELECT 1 FROM extras") == []
    assert rows(scene, "SELECT count(*) FROM posts") == [(1,)]
    assert rows(scene, "SELECT prompt FROM jobs ORDER BY id") == [("",), ("there",)]
    assert rows(scene, "SELECT * FROM balances WHERE scope = 'bot'") == before
    assert (charged(scene, ada), reserved(scene)) == (2, 0)
    assert "erased a server requests=1" in caplog.text
    assert [record for record in caplog.records if str(atelier(scene).id) in record.getMessage()] == []


async def test_who_invites_it_again_within_the_week_finds_everything_as_it_was(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await lived_in(open_scene, hurried)
    guild = atelier(scene)
    scene.discord.forget_bot(guild)
    await until(lambda: removed(scene))
    await gone_for(scene, hurried, 5)
    scene.discord.invite_bot(guild)
    await until(lambda: rows(scene, "SELECT 1 FROM departures") == [])

    await gone_for(scene, hurried, 5)

    ada = scene.guest("Ada")
    assert "10 pictures left" in await quota(ada)
    assert holding(scene, CANARY) != []


async def test_removed_and_invited_while_the_bot_was_off(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await lived_in(open_scene, hurried)
    guild = atelier(scene)
    await scene.stop()
    scene.discord.forget_bot(guild)
    await scene.start()
    await until(lambda: removed(scene))
    await scene.stop()
    scene.discord.invite_bot(guild)
    await scene.start()

    await until(lambda: rows(scene, "SELECT 1 FROM departures") == [])
    assert rows(scene, "SELECT images FROM allowances") == [(7,)]


async def test_an_outage_of_a_server_is_not_a_removal(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await lived_in(open_scene, hurried)
    guild = atelier(scene)
    scene.discord.lose(guild)
    ada = scene.guest("Ada")
    await finished(await ada.slash("imagine", prompt="meanwhile", channel="lounge"))
    assert rows(scene, "SELECT 1 FROM departures") == []

    await gone_for(scene, hurried, 8)
    await gone_for(scene, hurried, 8)
    await finished(await ada.slash("imagine", prompt="much later", channel="lounge"))

    assert rows(scene, "SELECT 1 FROM departures") == []
    assert holding(scene, CANARY) != []


@pytest.mark.parametrize("answer", [status(500), Hang(0.2), None], ids=["500", "a hang", "still there"])
async def test_nothing_is_erased_before_discord_says_outright_that_the_bot_is_not_there(
    open_scene: Open, hurried: HurriedClock, answer: Answer | Hang | None
) -> None:
    scene = await lived_in(open_scene, hurried)
    still_there = status(200, payloads.guild(atelier(scene)))
    scene.discord.forget_bot(atelier(scene))
    await until(lambda: removed(scene))
    asked = scene.discord.faults.add(
        method="GET",
        path=rf"^/guilds/{atelier(scene).id}",
        then=answer or still_there,
        times=50,
    )

    await gone_for(scene, hurried, 7.1)
    await until(lambda: asked.struck > 0)
    await paints_elsewhere(scene)

    assert not erased(scene)
    assert holding(scene, CANARY) != []


async def paints_elsewhere(scene: Scene) -> None:
    await finished(await scene.guest("Ada").slash("imagine", prompt="elsewhere", channel="lounge"))


async def test_requests_in_line_end_at_once_and_their_members_are_told(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    painting = await held(scene, ada)
    queued = await ben.slash("imagine", prompt="in line")
    await queued.answer()
    there = await ben.slash("imagine", prompt="in line elsewhere", channel="lounge")
    await there.answer()

    scene.discord.forget_bot(atelier(scene))

    answer = await ends(queued, "removed from the server", "cost you nothing")
    assert answer.buttons == []
    assert states(scene) == ["painting", "cancelled", "queued"]
    scene.images.release()
    await finished(there)
    await until(lambda: states(scene)[0] != "painting")
    await until(lambda: all(job.state in ("delivered", "cancelled") for job in jobs(scene)))
    assert reserved(scene) == 0
    assert painting.message is not None
    assert painting.message.attachments != [], "what was painted reaches its member all the same"


async def test_killed_while_a_server_is_being_erased_the_next_start_goes_on(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await lived_in(open_scene, hurried)
    scene.discord.forget_bot(atelier(scene))
    await until(lambda: removed(scene))
    await scene.stop()
    connection = sqlite3.connect(scene.settings.data_dir / DATABASE)
    connection.execute("DELETE FROM allowances")  # as far as the one that was killed had come
    connection.commit()
    connection.close()

    hurried.skip(8 * DAY_S)
    await scene.start()

    await until(lambda: erased(scene))
    assert holding(scene, CANARY) == []
