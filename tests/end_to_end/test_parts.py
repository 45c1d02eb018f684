"""What nothing works without: when it ends, the process ends with it, in words and with a status that tells."""

import asyncio
import gc
import logging
import re
import signal
from collections.abc import Callable

import pytest
from aiosqlite import core

from bot.errors import PartEnded
from bot.home import DATABASE
from sandbox.discord.faults import status
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, refused
from tests.end_to_end.test_malformed_events import interaction
from tests.end_to_end.trouble import Held, held
from tests.end_to_end.uploads import CAT
from tests.scene import Scene
from tests.shell import Shell

CANNOT_START, UNAVAILABLE, BUG = 78, 69, 70
DISCORD_UNAUTHORIZED = {"message": "401: Unauthorized", "code": 0}


@pytest.mark.parametrize(
    ("code", "exit_status", "words"),
    [
        (4004, CANNOT_START, "Discord does not accept DISCORD_TOKEN"),
        (4010, UNAVAILABLE, "Discord cannot be reached"),
        (4011, UNAVAILABLE, "Discord cannot be reached"),
        (4012, CANNOT_START, "look for a newer Easel"),
        (4013, CANNOT_START, "look for a newer Easel"),
        (4014, CANNOT_START, "look for a newer Easel"),
    ],
)
async def test_what_discord_closes_for_good_ends_the_bot(shell: Shell, code: int, exit_status: int, words: str) -> None:
    async with shell.bot() as bot:
        shell.discord.gateway.close(code)
        ended = await bot.ended()

    assert ended.status == exit_status, ended.err
    assert words in ended.err
    assert "Traceback" not in ended.err


async def test_a_token_that_is_refused_while_the_bot_runs_ends_it(shell: Shell) -> None:
    """Reset in the portal: REST knows at once, and every further call would count against the address."""
    ada = shell.discord.guest("Ada")
    async with shell.bot() as bot:
        shell.discord.faults.add(path=r"^/(channels|oauth2|users)", then=status(401, DISCORD_UNAUTHORIZED), times=100)
        await ada.slash("imagine", prompt="a red bicycle")
        ended = await bot.ended()
        refused_calls = [each for each in shell.discord.requests if each.status == 401]

    assert ended.status == CANNOT_START, ended.err
    assert "Discord does not accept DISCORD_TOKEN" in ended.err
    assert len(refused_calls) < 10


async def test_one_refusal_of_the_token_that_is_not_repeated_ends_nothing(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=r"^/channels/\d+/messages$", then=status(401, DISCORD_UNAUTHORIZED))

    await ada.slash("imagine", prompt="a red bicycle")
    await until_states(scene, "delivered")

    assert any(each.path == "/oauth2/applications/@me" for each in scene.discord.requests[3:])
    await paints(scene, ada)


def stop_thread(scene: Scene) -> None:
    """The database's thread really ends, as after a failure inside of it."""
    assert scene.house is not None
    scene.house._database._thread._tx.put_nowait((None, lambda: core._STOP_RUNNING_SENTINEL))


def break_caretaker(scene: Scene) -> None:
    assert scene.house is not None
    task = next(task for task in asyncio.all_tasks() if task.get_name() == "caretaker")
    task.cancel()


def close_client(scene: Scene) -> None:
    assert scene.house is not None
    scene.house._closing = asyncio.create_task(scene.house.client.close())  # type: ignore[attr-defined]


PARTS: dict[str, Callable[[Scene], None]] = {
    "database": stop_thread,
    "caretaker": break_caretaker,
    "connection": close_client,
}


@pytest.mark.parametrize("part", PARTS)
async def test_the_process_does_not_live_on_without_a_part_and_the_next_one_finishes_its_work(
    open_scene: Open, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene()
    ada = scene.guest("Ada")
    await held(scene, ada)
    assert scene._life is not None

    PARTS[part](scene)
    async with asyncio.timeout(20):
        with pytest.raises(PartEnded, match=part):
            await scene._life
    scene._life = None
    scene.images.release()
    await scene.start()

    await until_states(scene, "failed")
    assert (charged(scene), reserved(scene)) == (0, 0)
    assert re.search(rf"part ended part={part} incident=\w+", caplog.text)
    await paints(scene, ada)


async def test_a_gateway_that_cannot_be_reached_any_more_is_no_end(scene: Scene) -> None:
    scene.discord.gateway.refuse_connections(2)
    scene.discord.gateway.cut()
    await until(lambda: scene.discord.gateway.refuses_connections == 0, timeout_s=20)
    await until(lambda: bool(scene.discord.gateway.connected()), timeout_s=30)

    await paints(scene, scene.guest("Ada"))


async def test_a_job_that_fails_in_a_new_way_ends_with_the_number_that_the_log_has(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder stands where the picture's file would be written: nothing of ours expects that."""
    ada = scene.guest("Ada")
    here = Held()
    scene.images.faults.add(route="generations", then=here.fault)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await here.arrived.wait()
    (scene.settings.data_dir / "spool" / str(jobs(scene)[0].id) / "0").mkdir(parents=True)
    here.release()

    card = await refused(asked)

    [number] = set(re.findall(r"incident=([0-9A-F]{6})", caplog.text))
    assert number in card.text
    assert states(scene) == ["failed"]
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_job_whose_task_is_lost_goes_on_in_another(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Cancelled by nobody who may: a library's mistake. The member is told in the end, and pays nothing."""
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    [task] = [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]
    task.cancel()
    await until(lambda: "job lost its task" in caplog.text)
    scene.images.release()

    await ends(asked, "interrupted while this was being painted")
    await until_states(scene, "failed")
    assert re.search(r"job lost its task job=\d+ incident=\w+", caplog.text)
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_picture_child_that_is_killed_costs_the_member_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ada = scene.guest("Ada")
    assert scene.house is not None
    await finished(await ada.slash("vary", image=CAT))
    pictures = scene.house.client.rooms.studio._sources._pictures
    for worker in pictures._idle:
        worker._process.send_signal(signal.SIGKILL)

    await finished(await ada.slash("vary", image=CAT))

    assert charged(scene, ada) == 2


async def test_a_task_that_nobody_looks_at_is_logged_with_a_number(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """An interaction whose data is a list: discord.py's own task for it dies, and nobody waits for that."""
    scene.discord.gateway.dispatch("INTERACTION_CREATE", lambda _: interaction(data=["a list"]), None)
    await paints(scene, scene.guest("Ada"))

    gc.collect()  # that is when Python notices
    await until(lambda: "failed unseen" in caplog.text)
    assert re.search(r"failed unseen task=CommandTree-invoker incident=\w+", caplog.text)


async def test_a_database_thread_that_dies_ends_the_real_process_with_a_status_that_restarts_it(shell: Shell) -> None:
    """`PYTHONPATH` brings a module that ends the thread; the bot itself is as it is shipped."""
    place = shell.folder / "fault"
    place.mkdir()
    (place / "sitecustomize.py").write_text(
        """
import os, threading, time

def wait():
    while not os.path.exists("now"):
        time.sleep(0.05)
    import gc
    from aiosqlite import core
    for each in gc.get_objects():
        if type(each) is core.Connection:
            each._tx.put_nowait((None, lambda: core._STOP_RUNNING_SENTINEL))

threading.Thread(target=wait, daemon=True).start()
""",
        "utf-8",
    )
    async with shell.bot(PYTHONPATH=str(place)) as bot:
        (shell.folder / "now").touch()
        ended = await bot.ended()

    assert ended.status == BUG, ended.err
    assert "The bot's database has ended" in ended.err
    assert (shell.data_dir / DATABASE).is_file()
