"""Painting a job: which calls it takes, what they may cost together, and what is there after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence

from bot.caller import Caller, kinds_of
from bot.clock import Clock
from bot.errors import BotError, Interrupted, ModelGone, OneAtATime, RouteMissing, StoreError
from bot.image_api.breaker import Breaker
from bot.image_api.call import Call
from bot.image_api.models import Models
from bot.log import incident
from bot.model import Arrival, Endpoint, Job, JobState
from bot.pictures import Made
from bot.progress import Onlooker, Progress
from bot.queue import Kind, Patience, Queue, Seat
from bot.remains import Remains
from bot.request import ImageRequest
from bot.spool import Spool
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs, Overtaken

log = logging.getLogger(__name__)

RUNS_RECALLED = 400
LACKS = (RouteMissing, OneAtATime, ModelGone)  # the service has taught us what it lacks; nothing was painted


class Painter:
    """`rerun_lost`: make a call again whose outcome a crash hid, though it may have been paid for."""

    def __init__(
        self,
        *,
        caller: Caller,
        models: Models,
        queue: Queue,
        breaker: Breaker,
        jobs: Jobs,
        artifacts: Artifacts,
        spool: Spool,
        onlooker: Onlooker,
        clock: Clock,
        check_ground: Callable[[], None],
        rerun_lost: bool,
    ) -> None:
        self._caller = caller
        self._models = models
        self._queue = queue
        self._breaker = breaker
        self._jobs = jobs
        self._artifacts = artifacts
        self._spool = spool
        self._remains = Remains(spool, artifacts)
        self._onlooker = onlooker
        self._clock = clock
        self._check_ground = check_ground
        self._rerun_lost = rerun_lost

    def plan(self, request: ImageRequest, arrival: Arrival) -> Sequence[Call]:
        """The calls that paint a request, with previews where its way in can show them.

        Raises:
            InvalidRequest: the model cannot do that; nothing was sent.
        """
        return self._models.plan(request, previews=self._onlooker.wanted(arrival))

    def outlook(self, job: Job) -> Sequence[Kind]:
        """The kinds of calls that a job will make, as far as it can be told now; none where it cannot be painted."""
        try:
            return kinds_of(self.plan(job.request, job.arrival))
        except BotError:
            return []

    def most_microusd(self, calls: Sequence[Call]) -> int | None:
        """The most that the calls of a request can cost; None when that is not known."""
        return self._models.most_microusd(calls)

    def check_service(self) -> None:
        """
        Raises:
            ServiceDown: the image service has failed again and again, and is left alone for now.
            DiskFull, StoreDamaged: there is nowhere to put pictures or to write them down.
        """
        self._check_ground()
        self._breaker.check()

    def replaced(self, job: Job) -> str | None:
        """The model that was meant where that is gone, so that another one painted."""
        return self._models.replaced(job.request, by=job.painted_model) if job.painted_model else None

    async def recent_runs(self) -> list[tuple[Kind, float]]:
        """How many seconds the newest calls took, whichever process made them, oldest first."""
        runs = await self._artifacts.runs(most=RUNS_RECALLED)
        return [(Kind(run.model, run.quality, run.endpoint), run.took_s) for run in runs]

    async def paint(self, job: Job, source: Made | None, patience: Patience, *, on_start: Callable[[Job], None]) -> Job:
        """Make the job's calls; what arrived is on the spool and entered, the job is `painted`.

        They are planned anew: while the job waited, a model may have gone, or a field turned out to be unknown. They
        wait no longer than the `patience` lasts until they are sent.

        Raises:
            BotError: not one picture came; the first failure says why.
            BudgetReached: the calls cost more than those that the job was accepted with, and that is not left.
            Overtaken: the job was cancelled before its first call.
        """

        def begun(job: Job) -> None:
            on_start(job)
            self._onlooker.begun(job, self._queue.standing(job.id).estimate_s)

        calls = self.plan(job.request, job.arrival)
        try:
            await self._cover(job, calls)
            return await self._paint(Progress(self._jobs, self._clock, job, patience, begun), calls, source)
        except LACKS:
            others = self.plan(job.request, job.arrival)
            if list(map(_way, others)) == list(map(_way, calls)):
                raise
            await self._cover(job, others)
            job = await self._jobs.get(job.id)
            return await self._paint(Progress(self._jobs, self._clock, job, patience, begun), others, source)
        finally:
            self._onlooker.over(job.id)

    async def _cover(self, job: Job, calls: Sequence[Call]) -> None:
        """With a budget, nothing is painted that was not set aside: models and prices change while a job waits."""
        if self._models.has_budget:
            await self._jobs.cover(job, self._models.most_microusd(calls) or 0, at=self._clock.now())

    async def _paint(self, progress: Progress, calls: Sequence[Call], source: Made | None) -> Job:
        job = progress.job
        self._queue.join(job.id, Seat.of(job.arrival), kinds_of(calls))
        failures = await _all(self._caller.call(progress, call, source) for call in calls)
        if not await self._artifacts.pictures(job.id):
            raise min(failures, key=lambda failure: isinstance(failure, LACKS), default=Interrupted())
        for failure in failures:
            if not isinstance(failure, BotError):
                log.error("part of a job failed job=%d incident=%s", job.id, incident(), exc_info=failure)
        return await self._painted(
            progress.job,
            calls[0].model,
            calls[0].endpoint,
            cost_of_calls=progress.cost_of_calls,
            left_out=progress.left_out,
        )

    async def _painted(
        self,
        job: Job,
        model: str,
        endpoint: Endpoint,
        *,
        cost_of_calls: Mapping[int, int | None],
        left_out: Iterable[str] = (),
    ) -> Job:
        return await self._jobs.painted(
            job,
            model=model,
            endpoint=endpoint,
            at=self._clock.now(),
            cost_of_calls=cost_of_calls,
            left_out=left_out,
        )

    async def take_up(self, job: Job, prepare: Callable[[Job], Awaitable[Made | None]], patience: Patience) -> Job:
        """Go on with a job whose process died in the middle: what is whole on the spool counts.

        Raises:
            Interrupted: nothing is, and its calls may have been paid for already.
        """
        is_there = await self._remains.keep_whole(job)
        if job.state is JobState.PAINTED and is_there:
            return job
        calls = await self._artifacts.calls(job.id)
        if is_there:
            last = calls[-1]  # an earlier one may have been refused, and planned anew
            return await self._painted(job, last.model, last.endpoint, cost_of_calls={})
        if job.state is JobState.PAINTED or (calls and not self._rerun_lost):
            raise Interrupted
        return await self.paint(job, await prepare(job), patience, on_start=lambda _: None)


def _way(call: Call) -> tuple[str, Endpoint, int]:
    return call.model, call.endpoint, call.count


async def _all(turns: Iterable[Coroutine[None, None, None]]) -> list[Exception]:
    """Let every turn come to its end; what failed, expected failures first.

    Raises:
        Overtaken: the job is not ours any more.
        StoreError: nothing can be written down.
    """
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    failures = []
    for outcome in outcomes:
        if isinstance(outcome, Overtaken | StoreError) or not isinstance(outcome, Exception | None):
            raise outcome
        if outcome is not None:
            failures.append(outcome)
    return sorted(failures, key=lambda failure: not isinstance(failure, BotError))
