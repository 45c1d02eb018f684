"""Which jobs are in this process, and the tasks that run them: none is an orphan."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from bot.calm import Calm
from bot.incidents import note
from bot.log import incident
from bot.owner import Owner
from bot.queue import Kind, Queue, Seat
from bot.store.jobs import Overtaken

ARRIVING_S = 10.0
LOOK_AGAIN_S = 0.5

log = logging.getLogger(__name__)


class Roster:
    """`waiting` holds jobs that were accepted and have made no call yet. Who is not here is not in line either."""

    def __init__(self, owner: Owner, queue: Queue) -> None:
        self._owner = owner
        self._queue = queue
        self.waiting: set[int] = set()
        self.is_closing = False
        self.calm = Calm()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._held: set[int] = set()
        self._posting: set[int] = set()
        self._stopped: set[int] = set()
        self._courtesies: set[asyncio.Task[object]] = set()

    def knows(self, job_id: int) -> bool:
        """Whether a job runs here, or is just being accepted or handed over."""
        return job_id in self._running or job_id in self.waiting or job_id in self._held

    async def has_successor(self) -> bool:
        """Whether another process works on the same jobs."""
        return await asyncio.to_thread(self._owner.has_successor)

    async def look_around(self) -> None:
        """With another process the places at the service are shared."""
        self._queue.is_shared = await self.has_successor()

    def runs(self, job_id: int) -> bool:
        return job_id in self._running

    def waiting_here(self) -> list[int]:
        """Waiting jobs whose members have been answered."""
        return [job_id for job_id in self.waiting if job_id in self._running]

    @contextmanager
    def arriving(self, job_id: int, seat: Seat, kinds: Sequence[Kind]) -> Iterator[None]:
        """A job is being accepted and has its place in line; unless it runs at the end of the block, it is not here."""
        self.waiting.add(job_id)
        self._queue.join(job_id, seat, kinds)
        try:
            with self.calm.disturbed():
                yield
        finally:
            if job_id not in self._running:
                self._gone(job_id)

    def run(self, job_id: int, work: Coroutine[None, None, None], *, waits: bool) -> asyncio.Task[None]:
        if waits:
            self.waiting.add(job_id)
        task = self._running[job_id] = asyncio.create_task(work, name=f"job {job_id}")
        task.add_done_callback(partial(self._ended, job_id))
        return task

    def _ended(self, job_id: int, task: "asyncio.Task[None]") -> None:
        """What a job's run could not put into words itself; the sweep finds the job without a task, and goes on."""
        del self._running[job_id]
        self._gone(job_id)
        if task.cancelled() and not self.is_closing and job_id not in self._stopped:
            log.error("job lost its task job=%d incident=%s", job_id, incident())
        self._stopped.discard(job_id)
        note(task, doing=f"job {job_id}")

    def _gone(self, job_id: int) -> None:
        self.waiting.discard(job_id)
        self._queue.leave(job_id)

    def begun(self, job_id: int) -> None:
        """It makes its first call: nobody can cancel it any more."""
        self.waiting.discard(job_id)

    @contextmanager
    def posting(self, job_id: int) -> Iterator[None]:
        """A job's pictures are on the disk and on their way to their member: the next owner could bring them, too."""
        self._posting.add(job_id)
        try:
            yield
        finally:
            self._posting.discard(job_id)

    def stop(self, job_id: int) -> None:
        if task := self._running.get(job_id):
            self._stopped.add(job_id)
            task.cancel()

    @contextmanager
    def holding(self, job_id: int) -> Iterator[None]:
        """It does not run, and is with somebody here all the same: with a click that fetches what waited, for one.

        Raises:
            Overtaken: it is with somebody else here, as with another click.
        """
        if job_id in self._held:
            raise Overtaken
        self._held.add(job_id)
        try:
            yield
        finally:
            self._held.discard(job_id)

    def own(self, courtesy: Coroutine[None, None, object]) -> None:
        """Run something small beside a job; it ends with the process at the latest."""
        name = getattr(courtesy, "__qualname__", "courtesy")
        task = asyncio.create_task(courtesy, name=name)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
        task.add_done_callback(partial(note, doing=name))

    async def drain(
        self,
        drain_s: float,
        *,
        leave: Callable[[Collection[int]], Awaitable[None]],
        is_cut_off: Callable[[], bool] = lambda: False,
    ) -> None:
        """Jobs whose calls are in flight may finish for `drain_s`, everything else stops at once and is left.

        `is_cut_off`: whether nothing can be posted; then those that only wait to be posted stop, too.
        """
        await self.calm.wait(ARRIVING_S)  # first answers that are under way
        if waiting := self.waiting_here():
            for job_id in waiting:
                self._running[job_id].cancel()
            await leave(waiting)
        if self._running:
            log.info("draining jobs=%d", len(self._running))
        loop = asyncio.get_running_loop()
        end_s = loop.time() + drain_s
        while self._running and (left_s := end_s - loop.time()) > 0:
            if is_cut_off():
                self._let_go_of_posting()
            await asyncio.wait(self._running.values(), timeout=min(left_s, LOOK_AGAIN_S))
        tasks = (*self._running.values(), *self._courtesies)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _let_go_of_posting(self) -> None:
        """Once each: what a job does on its way out is not disturbed."""
        for job_id in self._posting & self._running.keys():
            self._posting.discard(job_id)
            self._running[job_id].cancel()
