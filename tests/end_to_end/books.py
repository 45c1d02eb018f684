"""The bot's books as they lie on the disk, and what has to be true of them after every test."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.home import DATABASE
from sandbox.discord.message import Message
from sandbox.guest import Guest
from sandbox.patience import PATIENCE_S
from tests.audit import ENDED, JobBooks, Money, opened, read_jobs, read_money, wrong_sums
from tests.scene import Scene

LOOK_AGAIN_S = 0.01


def money(scene: Scene) -> list[Money]:
    """All jobs, oldest first."""
    return read_money(_database(scene))


def jobs(scene: Scene, guest: Guest | None = None) -> list[JobBooks]:
    """All jobs, or those of one person, oldest first."""
    return [job for job in read_jobs(_database(scene)) if guest is None or job.user_id == guest.id]


def charged(scene: Scene, guest: Guest | None = None) -> int:
    return sum(job.charged for job in jobs(scene, guest))


def reserved(scene: Scene, guest: Guest | None = None) -> int:
    return sum(job.reserved for job in jobs(scene, guest))


def states(scene: Scene) -> list[str]:
    return [job.state for job in jobs(scene)]


def call_states(scene: Scene) -> list[str]:
    """How all calls to the image service stand that were entered."""
    with opened(_database(scene)) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM calls ORDER BY job_id, number")]


async def until(look: Callable[[], bool], *, timeout_s: float = PATIENCE_S) -> None:
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
    """Names of all pictures of results that the bot shows or has shown; previews and a member's data are none."""
    names = [attachment.filename for message in _of_the_bot(scene) for attachment in message.body.attachments]
    return [name for name in names if not name.startswith(("preview-", "my-"))]


def audit(scene: Scene) -> None:
    """Each job that ended is settled, each picture on a screen is charged once, nothing unknown was asked for."""
    assert scene.discord.unknown_routes == []
    assert scene.images.unknown_routes == []
    if not _database(scene).is_file():
        return
    assert wrong_sums(_database(scene)) == []
    if all(job.state in ENDED for job in jobs(scene)):
        assert len(pictures_of(scene)) == charged(scene), "each picture that is shown is charged, and no other"
    assert scene.images.paid_pictures >= charged(scene)


def _of_the_bot(scene: Scene) -> Iterator[Message]:
    world = scene.discord.world
    for messages in world.messages.values():
        yield from (message for message in messages.values() if message.author_id == world.bot.id)


def _database(scene: Scene) -> Path:
    return scene.settings.data_dir / DATABASE
