"""How far a job's calls have come, and who looks on."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from bot.clock import Clock
from bot.image_api.events import Event
from bot.model import Arrival, Job, JobState
from bot.queue import Patience
from bot.store.jobs import Jobs


class Onlooker(Protocol):
    """Whoever follows how a job is painted.

    wanted      how many previews of a picture are of use, 0 for none
    begun       the first call is about to be sent; all that the job makes may take `usual_s`
    heed        a call reports
    over        no more will come
    """

    def wanted(self, arrival: Arrival) -> int: ...
    def begun(self, job: Job, usual_s: float | None) -> None: ...
    def heed(self, job: Job, event: Event) -> None: ...
    def over(self, job_id: int) -> None: ...


class Progress:
    """`queued → painting`, once for all calls of a job, when the first of them has its turn.

    `patience` is how long its calls may wait before they are sent.
    `cost_of_calls`: of those that were answered, by their numbers; None where it is not known.
    `left_out` are the fields that the service did not take, of any of the calls.
    """

    def __init__(self, jobs: Jobs, clock: Clock, job: Job, patience: Patience, on_start: Callable[[Job], None]) -> None:
        self._jobs = jobs
        self._clock = clock
        self._on_start = on_start
        self._lock = asyncio.Lock()
        self.job = job
        self.patience = patience
        self.cost_of_calls: dict[int, int | None] = {}
        self.left_out: dict[str, None] = {}

    async def made(self) -> Job:
        """The job in its state `painting`.

        Raises:
            Overtaken: it was cancelled, or another process has it.
        """
        async with self._lock:
            if self.job.state is JobState.QUEUED:
                self.job = await self._jobs.start(self.job, at=self._clock.now())
                self._on_start(self.job)
        return self.job
