"""Painting a job: its calls, each in its turn, each picture entered as it arrives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import BotError, Interrupted, InvalidRequest, ModelGone, OneAtATime, RouteMissing, StoreError
from bot.image_api.breaker import Breaker
from bot.image_api.call import Call
from bot.image_api.calls.bill import Bill
from bot.image_api.client import ImageApi
from bot.image_api.events import Done, Event, Failed, LeftOut, Painted
from bot.image_api.models import Models, no_price_of
from bot.log import incident
from bot.model import Arrival, Endpoint, Job, JobState, Picture
from bot.pictures import Converted, Form, Made
from bot.progress import Onlooker, Progress
from bot.queue import Queue
from bot.remains import Remains
from bot.request import ImageRequest
from bot.spool import Spool, told_of_full_disk
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs, Overtaken

log = logging.getLogger(__name__)


ENTER_PAUSES_S = (0.5, 2.0, 5.0)
LACKS = (RouteMissing, OneAtATime, ModelGone)  # the service has taught us what it lacks; nothing was painted


class Painter:
    """`rerun_lost`: make a call again whose outcome a crash hid, though it may have been paid for."""

    def __init__(
        self,
        *,
        api: ImageApi,
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
        self._api = api
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

    async def paint(self, job: Job, source: Made | None, *, on_start: Callable[[Job], None]) -> Job:
        """Make the job's calls; what arrived is on the spool and entered, the job is `painted`.

        They are planned anew: while the job waited, a model may have gone, or a field turned out to be unknown.

        Raises:
            BotError: not one picture came; the first failure says why.
            BudgetReached: the calls cost more than those that the job was accepted with, and that is not left.
            Overtaken: the job was cancelled before its first call.
        """
        calls = self.plan(job.request, job.arrival)
        try:
            await self._cover(job, calls)
            return await self._paint(job, calls, source, on_start)
        except LACKS:
            others = self.plan(job.request, job.arrival)
            if list(map(_way, others)) == list(map(_way, calls)):
                raise
            await self._cover(job, others)
            return await self._paint(await self._jobs.get(job.id), others, source, on_start)
        finally:
            self._onlooker.over(job.id)

    async def _cover(self, job: Job, calls: Sequence[Call]) -> None:
        """With a budget, nothing is painted that was not set aside: models and prices change while a job waits."""
        if self._models.has_budget:
            await self._jobs.cover(job, self._models.most_microusd(calls) or 0, at=self._clock.now())

    async def _paint(
        self, job: Job, calls: Sequence[Call], source: Made | None, on_start: Callable[[Job], None]
    ) -> Job:
        def begun(job: Job) -> None:
            on_start(job)
            self._onlooker.begun(job, self._queue.usual_s(kind_of(calls[0])))

        progress = Progress(self._jobs, self._clock, job, begun)
        failures = await _all(self._turn(progress, call, source) for call in calls)
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

    async def _turn(self, progress: Progress, call: Call, source: Made | None) -> None:
        until = progress.job.accepted_at + timedelta(seconds=self._queue.max_wait_s)
        planned = self._models.bill(call)
        async with (
            self._queue.turn(progress.job.arrival.requester.user_id, progress.job.id),
            self._breaker.passage(until=until),
        ):
            job = await progress.made()
            begun_at = self._clock.now()
            call = replace(call, sources=_uploads(call, source))
            bill = self._models.bill(call)
            number = await self._artifacts.call_sent(
                job.id,
                endpoint=call.endpoint,
                model=call.model,
                count=call.count,
                most_microusd=planned.most_microusd,
                at=begun_at,
            )
            try:
                if bill.most_microusd != planned.most_microusd:  # something was learned while it waited
                    await self._cover_call(job, number, call.model, bill)
                await self._follow(progress, number, call, bill)
            except BotError as error:
                if isinstance(error, ModelGone):
                    self._models.stock.refused(call.model)
                bill.close(error)
                await self._artifacts.call_failed(job.id, number, cost_microusd=bill.cost_microusd)
                log.warning(
                    "call failed job=%d call=%d error=%s %s", job.id, number, type(error).__name__, error.detail
                )
                raise
            progress.cost_of_calls[number] = bill.cost_microusd
            took_s = (self._clock.now() - begun_at).total_seconds()
            self._queue.took(kind_of(call), took_s)
            log.info("call answered job=%d call=%d model=%s took_s=%.1f", job.id, number, call.model, took_s)

    async def _follow(self, progress: Progress, number: int, call: Call, bill: Bill) -> None:
        """Take in what a call reports.

        Raises:
            ImageServiceError: it failed; the pictures that came before are entered.
            DiskFull: there was no room for what came.
            BudgetReached, InvalidRequest: it would go on without a field, at a cost that the budget does not cover.
        """
        files = partial(self._spool.new, progress.job.id)
        with told_of_full_disk():
            async with aclosing(self._api.paint(call, new_file=files)) as events:
                async for event in events:
                    bill.heed(event)
                    if isinstance(event, LeftOut):
                        await self._cover_call(progress.job, number, call.model, bill)
                    self._onlooker.heed(progress.job, event)
                    await self._heed(progress, event)

    async def _cover_call(self, job: Job, number: int, model: str, bill: Bill) -> None:
        """What is left out is the service's choice, which may be a dearer one."""
        if bill.most_microusd is not None:
            await self._jobs.cover_call(job, number, bill.most_microusd, at=self._clock.now())
        elif self._models.has_budget:
            raise InvalidRequest(no_price_of(model))

    async def _heed(self, progress: Progress, event: Event) -> None:
        match event:
            case Painted(picture):
                await self._enter(progress.job, picture)
            case Done(left_out=left_out):
                progress.left_out |= dict.fromkeys(left_out)
            case Failed(error):
                raise error
            case _:
                pass

    async def _enter(self, job: Job, picture: Picture) -> None:
        """A picture is paid for: a disk that is busy for a moment must not lose it."""
        for pause_s in ENTER_PAUSES_S:
            try:
                return await self._artifacts.picture(job.id, picture)
            except StoreError as error:
                log.warning("picture not entered yet job=%d detail=%s", job.id, error.detail)
                await self._clock.sleep(pause_s)
        return await self._artifacts.picture(job.id, picture)

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

    async def take_up(self, job: Job, prepare: Callable[[Job], Awaitable[Made | None]]) -> Job:
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
        return await self.paint(job, await prepare(job), on_start=lambda _: None)


def kind_of(call: Call) -> str:
    """Calls of one kind take alike long."""
    return f"{call.model} {call.quality} {call.endpoint}"


def _way(call: Call) -> tuple[str, Endpoint, int]:
    return call.model, call.endpoint, call.count


def _uploads(call: Call, source: Made | None) -> tuple[Converted, ...]:
    """The source in the form that the call's endpoint wants."""
    if source is None:
        return ()
    return (source.uploads[Form.VARIATION if call.endpoint is Endpoint.VARIATIONS else Form.EDIT],)


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
