"""Places at the service are locks on files: what happens when the system has none left."""

import asyncio
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.queue import Kind, Places, Queue, Seat
from bot.queue.queue import LEFT_FOR_S
from tests.clock import FakeClock

KIND = Kind("quick", None, "generations")
ADA, BEN = Seat(1, 1), Seat(1, 2)
ADAS, BENS = 11, 12


@contextmanager
def no_more_files() -> Iterator[None]:
    """This process may open none, as when a burst has taken them all."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


async def test_of_two_processes_none_keeps_the_places_while_the_other_waits(tmp_path: Path) -> None:
    served: list[str] = []
    asked: list[asyncio.Task[None]] = []

    async def served_once(queue: Queue, job_id: int, name: str) -> None:
        async with queue.turn(job_id) as ticket:
            queue.began(ticket)
            served.append(name)
            await asyncio.sleep(LEFT_FOR_S * 1.5)  # longer than a place is left: calls take longer than that

    for name, jobs in (("first", 4), ("second", 2)):
        queue = Queue(
            Places(tmp_path, 1),
            FakeClock(),
            at_once=1,
            at_once_per_user=1,
            max_waiting=500,
            max_wait_s=1_800,
        )
        queue.is_shared = True
        for job_id in range(jobs):
            queue.join(job_id, ADA, [KIND])
            asked.append(asyncio.create_task(served_once(queue, job_id, name)))
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await asyncio.gather(*asked)

    assert served == ["first", "second", "first", "second", "first", "first"]


async def test_who_waits_when_no_file_can_be_opened_gets_the_turn_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue = Queue(Places(tmp_path, 2), FakeClock(), at_once=2, at_once_per_user=1, max_waiting=500, max_wait_s=1_800)
    served: list[int] = []

    async def served_once(job_id: int) -> None:
        async with queue.turn(job_id):
            served.append(job_id)

    with no_more_files():
        queue.join(ADAS, ADA, [KIND])
        queue.join(BENS, BEN, [KIND])
        tasks = [asyncio.create_task(served_once(job_id)) for job_id in (ADAS, BENS)]
        await asyncio.sleep(0.05)  # several looks
        assert served == []

    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)

    assert served == [ADAS, BENS]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], "said once"
    again = Places(tmp_path, 2)
    assert (again.take(), again.take()) == (0, 1), "all places were given back"
