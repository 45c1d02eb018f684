"""The real process is told to stop at every moment: it ends with 0, and the next one finishes what it left."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.faults import Hold
from sandbox.guest import Asked, SeenMessage
from tests.end_to_end.books import until
from tests.end_to_end.screen import NOT_CHARGED, says, shows_pictures
from tests.end_to_end.trouble import CALLBACK, POST, Held
from tests.shell import Running, Shell

STOPPED_S = 20.0
BOOKS = """
SELECT coalesce(sum(charged + extra_charged), 0), coalesce(sum(reserved + extra_reserved), 0) FROM balances
WHERE scope = 'member' AND user_id = ?
"""

Reach = Callable[[Shell], Awaitable[Asked]]


async def queued(shell: Shell) -> Asked:
    """One picture at a time: Ben's holds the only place."""
    shell.images.hold()
    await shell.discord.guest("Ben").slash("imagine", prompt="first")
    await shell.images.until_held(1)
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await asked.answer()
    return asked


async def painting(shell: Shell) -> Asked:
    shell.images.hold()
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await asked.until(says("Painting"))
    await shell.images.until_held(1)
    return asked


async def being_answered(shell: Shell) -> Asked:
    hold = Hold(after_work=True)
    shell.discord.faults.add(method="POST", path=CALLBACK, then=hold)
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await hold.arrived.wait()
    return asked


async def being_posted(shell: Shell) -> Asked:
    hold = Hold()
    shell.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await hold.arrived.wait()
    return asked


async def posted(shell: Shell) -> Asked:
    hold = Hold(after_work=True)
    shell.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
    await hold.arrived.wait()
    return asked


@dataclass(frozen=True)
class Row:
    """`delivered`: whether the next process brings Ada's picture; else she reads why not, at no cost."""

    reach: Reach
    delivered: bool


STATES = {
    "being answered": Row(being_answered, delivered=True),
    "queued": Row(queued, delivered=True),
    "painting": Row(painting, delivered=False),  # paid for perhaps, and not again by itself
    "being posted": Row(being_posted, delivered=True),
    "posted, its answer under way": Row(posted, delivered=True),
}


@pytest.mark.parametrize("state", STATES)
async def test_told_to_stop_in_any_state_it_ends_and_the_next_one_finishes(shell: Shell, state: str) -> None:
    row, ada = STATES[state], shell.discord.guest("Ada")
    async with shell.bot(IMAGES_AT_ONCE="1") as bot:
        asked = await row.reach(shell)
        async with asyncio.timeout(STOPPED_S):
            ended = await bot.end(signal.SIGTERM)
    shell.discord.faults.clear()
    shell.images.release()

    async with shell.bot(IMAGES_AT_ONCE="1"):
        if row.delivered:
            await ada.until_sees("general", shows_the_fox)
        else:
            await asked.until(says(NOT_CHARGED))
        await until(lambda: books(shell)[1] == 0)

    assert ended.status == 0, ended.err
    assert "Traceback" not in ended.err
    pictures = [seen for seen in ada.sees("general") if shows_the_fox(seen)]
    assert len(pictures) == row.delivered
    assert books(shell) == (row.delivered, 0)


def shows_the_fox(seen: SeenMessage) -> bool:
    return shows_pictures(seen) and any(each.description == "a fox" for each in seen.attachments)


def books(shell: Shell) -> tuple[int, int]:
    """Ada's: charged and reserved."""
    ada = shell.discord.guest("Ada")
    with closing(sqlite3.connect(f"file:{shell.data_dir / DATABASE}?mode=ro", uri=True)) as connection:
        charged, reserved = connection.execute(BOOKS, (ada.id,)).fetchone()
    return int(charged), int(reserved)


@pytest.mark.parametrize("path", ["/users/@me$", "/gateway/bot$", "/commands$"])
async def test_told_to_stop_while_it_logs_in_it_ends_at_once(shell: Shell, path: str) -> None:
    hold = Hold()
    shell.discord.faults.add(path=path, then=hold)
    async with shell.starting() as bot:
        await hold.arrived.wait()
        async with asyncio.timeout(STOPPED_S):
            ended = await bot.end(signal.SIGTERM)

    assert ended.status == 0, ended.err
    assert "Traceback" not in ended.err


async def test_told_to_stop_before_it_is_built_it_ends_at_once(shell: Shell) -> None:
    """The first thing that it asks is moderation, and that does not answer."""
    check = Held()
    shell.images.faults.add(route="moderations", then=check.fault)
    async with shell.starting() as bot:
        await check.arrived.wait()
        async with asyncio.timeout(STOPPED_S):
            ended = await bot.end(signal.SIGTERM)
        check.release()

    assert ended.status == 0, ended.err
    assert "Traceback" not in ended.err


async def stop_twice(bot: Running) -> None:
    bot.send(signal.SIGTERM)
    await asyncio.sleep(0.5)
    bot.send(signal.SIGTERM)


async def test_told_twice_it_leaves_calls_in_flight_to_the_next_one(shell: Shell) -> None:
    async with shell.bot(DRAIN_S="600") as bot:
        asked = await painting(shell)
        await stop_twice(bot)
        async with asyncio.timeout(STOPPED_S):
            ended = await bot.ended()
    shell.images.release()

    async with shell.bot():
        await asked.until(says(NOT_CHARGED))

    assert ended.status == 0, ended.err
    assert "told to stop again" in ended.err
    assert books(shell) == (0, 0)


async def test_a_closed_terminal_stops_it_too(shell: Shell) -> None:
    async with shell.bot() as bot:
        ended = await bot.end(signal.SIGHUP)

    assert ended.status == 0, ended.err


async def test_under_nohup_a_closed_terminal_is_nothing(shell: Shell) -> None:
    shell.through = ("nohup",)
    async with shell.bot() as bot:
        bot.send(signal.SIGHUP)
        await shell.discord.guest("Ada").slash("imagine", prompt="a fox")
        await shell.discord.guest("Ada").until_sees("general", shows_pictures)
        ended = await bot.end(signal.SIGTERM)

    assert ended.status == 0, ended.err
