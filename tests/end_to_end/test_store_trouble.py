"""The database fails in the middle of the work: full, locked, damaged. What members see, and what it costs them."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from bot.home import DATABASE
from bot.store.database import Database
from bot.store.engine import sqlite3
from tests.end_to_end.books import charged, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, results, says
from tests.end_to_end.trouble import CALLBACK, held, held_at_discord
from tests.scene import Scene

CANNOT = "cannot write down your request"
DAMAGED = "My memory of requests and quotas is damaged"


def database_of(scene: Scene) -> Database:
    assert scene.house is not None
    return scene.house.client.rooms.jobs._database


async def set_pragma(scene: Scene, name: str, value: int) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA {name} = {value}")

    await database_of(scene).read(work)


@contextlib.contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Another program writes for as long as the block lasts."""
    path = scene.settings.data_dir / DATABASE
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_database_without_room_takes_no_request_and_goes_on_when_there_is_some(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)
    await set_pragma(scene, "max_page_count", 1)  # SQLite takes the pages that there are for the least
    full = False
    for number in range(40):
        asked = await ada.slash("imagine", prompt=f"words that need room, and ever more room {number} " * 60)
        answer = await asked.answer()
        if CANNOT in answer.text:
            full = True
            break
        await finished(asked)
    assert full
    before = charged(scene)
    assert reserved(scene) == 0

    await set_pragma(scene, "max_page_count", 1_000_000)

    await paints(scene, ada)
    assert charged(scene) == before + 1


async def test_who_could_not_be_answered_gets_no_picture_either_when_that_cannot_be_written_down(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried)
    _, first_answer = await held_at_discord(scene, scene.guest("Ada"), CALLBACK)
    scene.discord.clock.advance(4)
    await set_pragma(scene, "busy_timeout", 20)
    with locked(scene):
        first_answer.release()
        await until(lambda: "not ended job=" in caplog.text)
    await hurried.sleep(60)  # the sweep has been round

    await until_states(scene, "cancelled")

    assert scene.images.records.of("generations") == []
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_picture_that_comes_while_the_database_is_locked_is_delivered_when_it_is_free(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when it stays locked for longer than anybody waits: the picture is on the disk, and paid for once."""
    scene = await open_scene(clock=hurried, image_previews=0)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await held(scene, ada)
    await set_pragma(scene, "busy_timeout", 20)
    with locked(scene):
        scene.images.release()
        await until(lambda: "job left for a later round" in caplog.text)
        await ends(await ben.slash("imagine", prompt="a boat"), CANNOT, "This cost you nothing.")
        await hurried.sleep(30)
        assert states(scene) == ["painting"]
    await set_pragma(scene, "busy_timeout", 10_000)

    await finished(asked)

    await until_states(scene, "delivered")
    assert (charged(scene), scene.images.paid_pictures, len(results(ada))) == (1, 1, 1)


@pytest.fixture
def spoil() -> Iterator[Callable[[Scene], None]]:
    """Damages the table of jobs under the bot's feet, as a failing disk does; at the end it is whole again."""
    mended: list[tuple[Scene, int, bytes]] = []

    def spoil_(scene: Scene) -> None:
        path = scene.settings.data_dir / DATABASE
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            [(page,)] = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'jobs'").fetchall()
            other.execute("UPDATE jobs SET lease_ms = lease_ms")  # whoever remembers pages has to read them again
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("r+b") as stream:
            stream.seek((page - 1) * 4096)
            mended.append((scene, page, stream.read(4096)))
            stream.seek((page - 1) * 4096)
            stream.write(b"\xa5" * 4096)

    yield spoil_
    for scene, page, content in mended:
        with (scene.settings.data_dir / DATABASE).open("r+b") as stream:
            stream.seek((page - 1) * 4096)
            stream.write(content)


async def test_damage_that_shows_in_the_middle_is_told_to_members_and_owners_and_nothing_more_is_written(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, spoil: Callable[[Scene], None]
) -> None:
    scene = await open_scene(clock=hurried, start=False, image_previews=0)
    ada, ben, olga = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Olga")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    await scene.start()
    asked = await held(scene, ada)
    spoil(scene)
    path = scene.settings.data_dir / DATABASE
    before = path.read_bytes()

    scene.images.release()

    await ends(asked, DAMAGED, "This cost you nothing.")
    await ends(await ben.slash("imagine", prompt="a boat"), DAMAGED, "This cost you nothing.")
    await olga.until_sees("dm", says("easel restore"))
    await hurried.sleep(60)  # a dozen rounds of the sweep
    assert caplog.text.count("database damaged") == 1
    assert caplog.text.count("job lost to a damaged database") == 1
    assert "taken up again" not in caplog.text
    assert path.read_bytes() == before
    assert len(olga.sees("dm")) == 1
    await scene.stop()
    assert path.read_bytes() == before
