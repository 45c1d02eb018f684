"""The fault matrix, line «Process»: SIGTERM in each state, and what its member has in the end.

The moments are those at which test_matrix_process.py kills; here the process is asked to go, and nothing but its log
may be printed on the way. `DRAIN_S` is a second, so that what hangs is left to the next process.
"""

import asyncio
import logging
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.delivery.line import Deadlines
from bot.home import DATABASE, OWNERS
from bot.owner import living
from bot.store.engine import sqlite3
from sandbox.discord.faults import Reset
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.foxes import rich
from tests.end_to_end.processes import another_process
from tests.end_to_end.screen import DONE, ends, finished, has_result, public
from tests.end_to_end.test_matrix_process import ROWS, Moment
from tests.end_to_end.trouble import Held, held
from tests.scene import Scene
from tests.shell import Shell

HELD_UP, HARD_END = 40.0, 70
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) ")
STUCK_IN_THE_DATABASE = {
    "painting, before its call is entered",
    "painted, after the post, in the middle of the charge",
}
# What is left in these states is as after a kill; in others the second that is granted, or the end itself, does more.
LEFT = {name: row for name, row in ROWS.items() if name not in STUCK_IN_THE_DATABASE}


@asynccontextmanager
async def told_to_stop(scene: Scene) -> AsyncIterator[dict[str, object]]:
    """The real command against the scene's stand-ins; at the end of the block it is told, and its end is looked at."""
    async with another_process(scene) as process:
        told: dict[str, object] = {"pid": process.pid}
        yield told
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(HELD_UP):
            out, err = await process.communicate()
        told |= {"status": process.returncode, "out": out.decode(), "err": err.decode()}


def step_back(pid: object) -> None:
    """A standstill counts rows with all of a processor for half a minute; other tests go first."""
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        if thread.name != str(pid):  # not the loop, which is to hear the signal
            os.setpriority(os.PRIO_PROCESS, int(thread.name), 19)


def is_log_alone(text: str) -> bool:
    return all(LOG_LINE.match(line) for line in text.splitlines())


@pytest.mark.parametrize("name", LEFT)
async def test_sigterm_in_each_state(open_scene: Open, caplog: pytest.LogCaptureFixture, name: str) -> None:
    row = LEFT[name]
    scene = await rich(open_scene, start=False, drain_s=1, **row.settings)
    moment, ada = Moment(scene), scene.guest("Ada")
    async with told_to_stop(scene) as told:
        asked = await row.bring(moment)
    for undo in moment.afterwards:
        undo()
    scene.images.release()
    scene.discord.faults.clear()
    assert (told["status"], told["out"]) == (0, "")
    assert is_log_alone(str(told["err"])), told["err"]
    assert jobs(scene, ada)[0].state == row.state
    assert living(scene.settings.data_dir / OWNERS) == []
    caplog.set_level(logging.INFO)

    await scene.start()

    await until(lambda: [job.state for job in jobs(scene, ada)] == [row.ends])
    if row.sees is None:
        await scene.guest("Ben").until_sees("general", has_result)
    else:
        await ends(asked, *((DONE, row.sees) if row.charged else (row.sees,)))
    posts = [post for post in public(scene.guest("Ben")) if has_result(post)]
    assert [len(post.attachments) for post in posts] == [row.charged] * bool(row.charged)
    assert (charged(scene, ada), reserved(scene)) == (row.charged, 0)


@pytest.mark.parametrize("name", sorted(STUCK_IN_THE_DATABASE))
async def test_sigterm_while_the_database_is_stuck_ends_hard_and_loses_nothing(open_scene: Open, name: str) -> None:
    row = ROWS[name]
    scene = await rich(open_scene, start=False, drain_s=1, **row.settings)
    moment, ada = Moment(scene), scene.guest("Ada")
    async with told_to_stop(scene) as told:
        asked = await row.bring(moment)
        step_back(told["pid"])
    for undo in moment.afterwards:
        undo()
    assert told["status"] == HARD_END
    assert "still not closed after_s=25: ended hard" in str(told["err"])
    assert is_log_alone(str(told["err"])), told["err"]

    await scene.start()

    await ends(asked, DONE)
    assert (states(scene), charged(scene, ada), reserved(scene)) == (["delivered"], 1, 0)


async def test_painted_pictures_that_wait_for_a_discord_that_is_away_do_not_hold_up_a_stop(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried, deadlines=Deadlines(words_s=1.0, upload_s=1.0), drain_s=600)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    await scene.discord.go_away(Reset())
    scene.images.release()
    await until_states(scene, "painted")
    await until(lambda: "discord does not answer" in caplog.text, timeout_s=30)
    begun_s = time.monotonic()

    await scene.stop()

    assert time.monotonic() - begun_s < HELD_UP, "not ten minutes"
    assert (states(scene), charged(scene), reserved(scene)) == (["painted"], 0, 1)
    await scene.discord.come_back()
    await scene.start()
    await finished(asked)
    assert (len(public(ada)), charged(scene)) == (1, 1)


async def test_ctrl_c_while_it_starts_ends_it_in_peace(shell: Shell) -> None:
    """Other moments of the start are in tests/test_signals.py."""
    models = Held()
    shell.images.faults.add(route="models", then=models.fault)

    async with shell.starting() as bot:
        await models.arrived.wait()
        ended = await bot.end(signal.SIGINT)

    assert (ended.status, ended.out) == (0, "")
    assert is_log_alone(ended.err), ended.err


async def test_a_signal_while_the_database_is_waited_for_ends_it_when_that_wait_is_over(shell: Shell) -> None:
    async with shell.bot() as bot:
        await bot.end(signal.SIGTERM)
    with closing(sqlite3.connect(shell.data_dir / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with shell.starting() as bot:
            await bot.until(lambda: bool(living(shell.data_dir / OWNERS)))
            ended = await bot.end(signal.SIGTERM)

    assert (ended.status, ended.out) == (0, "")
    assert is_log_alone(ended.err), ended.err


HANGS = """
import asyncio
import discord.shard

async def close(self):
    await asyncio.Event().wait()

discord.shard.AutoShardedClient.close = close
"""


async def test_an_end_that_hangs_is_ended_hard(shell: Shell) -> None:
    """`PYTHONPATH` brings a module by which the connection never closes; the bot itself is as it is shipped."""
    place = shell.folder / "fault"
    place.mkdir()
    (place / "sitecustomize.py").write_text(HANGS, "utf-8")

    async with shell.bot(PYTHONPATH=str(place)) as bot:
        ended = await bot.end(signal.SIGTERM)

    assert ended.status == HARD_END
    assert "still not closed after_s=25: ended hard" in ended.err
