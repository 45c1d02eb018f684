"""The bot's books as they lie on the disk, and what has to be true of them after every test."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bot.app import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.message import Message
from sandbox.guest import Guest
from tests.scene import Scene

ENDED = {"delivered", "refused", "failed", "cancelled"}
LOOK_AGAIN_S = 0.01

JOBS = """
SELECT jobs.id, iif(jobs.waiting, 'waiting', jobs.state), jobs.user_id,
    coalesce(sum(entries.charged + entries.extra_charged), 0),
    coalesce(sum(entries.reserved + entries.extra_reserved), 0)
FROM jobs LEFT JOIN entries ON entries.cause_id = jobs.id AND entries.kind IN ('reserve', 'settle')
GROUP BY jobs.id ORDER BY jobs.id
"""
MONEY = """
SELECT jobs.id, iif(jobs.waiting, 'waiting', jobs.state), jobs.most_microusd, jobs.cost_microusd,
    coalesce(sum(entries.charged_microusd), 0), coalesce(sum(entries.reserved_microusd), 0),
    (SELECT coalesce(sum(coalesce(cost_microusd, most_microusd)), 0) FROM calls WHERE job_id = jobs.id)
FROM jobs LEFT JOIN entries ON entries.cause_id = jobs.id AND entries.kind IN ('reserve', 'settle')
GROUP BY jobs.id ORDER BY jobs.id
"""
DEARER_THAN_THE_MOST = "SELECT * FROM calls WHERE cost_microusd > most_microusd"
DRIFT = """
SELECT scope, guild_id, user_id FROM balances
WHERE min(reserved, charged, extra_reserved, extra_charged, reserved_microusd, charged_microusd) < 0
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'member' AND (reserved, charged, reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved), sum(charged), sum(reserved_microusd), sum(charged_microusd) FROM entries
    WHERE entries.guild_id = balances.guild_id AND entries.user_id = balances.user_id AND entries.day = balances.day)
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'server' AND (reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved_microusd), sum(charged_microusd) FROM entries
    WHERE entries.guild_id = balances.guild_id AND entries.day = balances.day)
UNION ALL
SELECT scope, guild_id, user_id FROM balances
WHERE scope = 'bot' AND (reserved_microusd, charged_microusd) <> (
    SELECT sum(reserved_microusd), sum(charged_microusd) FROM entries WHERE entries.day = balances.day)
"""


@dataclass(frozen=True, slots=True)
class JobBooks:
    """One job: pictures it was charged for, and pictures that are still reserved for it.

    `state` is as the bot calls it, or `waiting` where painted pictures wait in /quota.
    """

    id: int
    state: str
    user_id: int
    charged: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Money:
    """What one job can cost and did cost, and what was charged and is reserved for it, in micro-dollars.

    `of_calls` is what its calls add up to, those of unknown cost at their most.
    """

    id: int
    state: str
    most: int | None
    cost: int | None
    charged: int
    reserved: int
    of_calls: int


def money(scene: Scene) -> list[Money]:
    """All jobs, oldest first."""
    with _opened(scene) as connection:
        return [Money(*row) for row in connection.execute(MONEY)]


def jobs(scene: Scene, guest: Guest | None = None) -> list[JobBooks]:
    """All jobs, or those of one person, oldest first."""
    with _opened(scene) as connection:
        found = [JobBooks(*row) for row in connection.execute(JOBS)]
    return [job for job in found if guest is None or job.user_id == guest.id]


def charged(scene: Scene, guest: Guest | None = None) -> int:
    return sum(job.charged for job in jobs(scene, guest))


def reserved(scene: Scene, guest: Guest | None = None) -> int:
    return sum(job.reserved for job in jobs(scene, guest))


def states(scene: Scene) -> list[str]:
    return [job.state for job in jobs(scene)]


def call_states(scene: Scene) -> list[str]:
    """How all calls to the image service stand that were entered."""
    with _opened(scene) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM calls ORDER BY job_id, number")]


async def until(look: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    """For what nobody sees on a screen. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not look():
            await asyncio.sleep(LOOK_AGAIN_S)


async def until_states(scene: Scene, *expected: str) -> None:
    """Until the jobs, oldest first, are in these states."""
    try:
        await until(lambda: states(scene) == list(expected))
    except TimeoutError:
        raise AssertionError(f"the jobs are {states(scene)}, not {list(expected)}") from None


def pictures_of(scene: Scene) -> list[str]:
    """Names of all pictures of results that the bot shows or has shown, on whatever message; previews are none."""
    names = [attachment.filename for message in _of_the_bot(scene) for attachment in message.body.attachments]
    return [name for name in names if not name.startswith("preview-")]


def audit(scene: Scene) -> None:
    """Each job that ended is settled, each picture on a screen is charged once, nothing unknown was asked for."""
    assert scene.discord.unknown_routes == []
    assert scene.images.unknown_routes == []
    if not (scene.settings.data_dir / DATABASE).is_file():
        return
    with _opened(scene) as connection:
        assert connection.execute(DRIFT).fetchall() == []
        assert connection.execute(DEARER_THAN_THE_MOST).fetchall() == []
    for spent in money(scene):
        if spent.state in ENDED:
            assert (spent.reserved, spent.charged) == (0, spent.of_calls), f"{spent} is not settled"
            assert spent.cost in (None, spent.of_calls)
        else:
            assert (spent.reserved, spent.charged) == (spent.most or 0, 0), f"{spent} is settled too soon"
    found = jobs(scene)
    for job in found:
        assert job.reserved == 0 or job.state not in ENDED, f"{job} holds pictures"
        assert job.charged == 0 or job.state == "delivered", f"{job} was charged"
    if all(job.state in ENDED for job in found):
        assert len(pictures_of(scene)) == charged(scene), "each picture that is shown is charged, and no other"
    assert scene.images.paid_pictures >= charged(scene)


def _of_the_bot(scene: Scene) -> Iterator[Message]:
    world = scene.discord.world
    for messages in world.messages.values():
        yield from (message for message in messages.values() if message.author_id == world.bot.id)


@contextmanager
def _opened(scene: Scene) -> Iterator[sqlite3.Connection]:
    path = scene.settings.data_dir / DATABASE
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as connection:
        yield connection
