"""One call of a job: in its turn, entered before it is sent, each picture entered as it arrives."""

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial

from bot.clock import Clock
from bot.errors import BotError, InvalidRequest, ModelGone, StoreError, WaitedTooLong
from bot.image_api.breaker import Breaker
from bot.image_api.call import Call
from bot.image_api.calls.bill import Bill
from bot.image_api.client import ImageApi
from bot.image_api.events import Done, Event, Failed, LeftOut, Painted
from bot.image_api.models import Models, no_price_of
from bot.image_api.wire.pace import Turn
from bot.model import Endpoint, Job, Picture
from bot.pictures import Converted, Form, Made
from bot.progress import Onlooker, Progress
from bot.queue import Kind, Queue
from bot.spool import Spool, disk_trouble_in_words
from bot.store.artifacts import Artifacts
from bot.store.jobs import Jobs

log = logging.getLogger(__name__)

ENTER_PAUSES_S = (0.5, 2.0, 5.0)


class Caller:
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
    ) -> None:
        self._api = api
        self._models = models
        self._queue = queue
        self._breaker = breaker
        self._jobs = jobs
        self._artifacts = artifacts
        self._spool = spool
        self._onlooker = onlooker
        self._clock = clock

    async def call(self, progress: Progress, call: Call, source: Made | None) -> None:
        """Make the next of the calls that the job has planned.

        Raises:
            WaitedTooLong, ServiceDown: it could not be sent in time.
            Overtaken: the job was cancelled, or another process has it; nothing was sent.
            BotError: it failed; the pictures that came before are entered.
        """
        planned = self._models.bill(call)
        async with AsyncExitStack() as doors:
            turn = await self._its_turn(progress, call, doors)
            job = await progress.made()
            call = replace(call, sources=_uploads(call, source))
            bill = self._models.bill(call)
            began_s = self._clock.monotonic_s()
            number = await self._artifacts.call_sent(
                job.id,
                endpoint=call.endpoint,
                model=call.model,
                quality=call.quality,
                count=call.count,
                most_microusd=planned.most_microusd,
                at=self._clock.now(),
            )
            try:
                if bill.most_microusd != planned.most_microusd:  # something was learned while it waited
                    await self._cover_call(job, number, call.model, bill)
                await self._follow(progress, number, call, bill, turn)
            except BotError as error:
                await self._failed(job, number, call, bill, error)
                raise
            except Exception:  # a defect of ours; what it may have cost counts all the same
                await self._artifacts.call_failed(job.id, number, cost_microusd=None)
                raise
            await self._answered(progress, number, call, bill, took_s=self._clock.monotonic_s() - began_s)

    async def _its_turn(self, progress: Progress, call: Call, doors: AsyncExitStack) -> Turn:
        """Everything that a call has to wait for before anything is sent, so that its member may cancel until then."""
        try:
            async with progress.patience.limit():
                ticket = await doors.enter_async_context(self._queue.turn(progress.job.id))
                await doors.enter_async_context(self._breaker.passage())
                turn = await doors.enter_async_context(self._api.turn(call))
        except WaitedTooLong as error:
            raise (self._breaker.down() if self._breaker.is_open else error) from None
        self._queue.began(ticket)
        return turn

    async def _failed(self, job: Job, number: int, call: Call, bill: Bill, error: BotError) -> None:
        if isinstance(error, ModelGone):
            self._models.stock.refused(call.model)
        bill.close(error)
        await self._artifacts.call_failed(job.id, number, cost_microusd=bill.cost_microusd)
        log.warning("call failed job=%d call=%d error=%s %s", job.id, number, type(error).__name__, error.detail)

    async def _answered(self, progress: Progress, number: int, call: Call, bill: Bill, *, took_s: float) -> None:
        job_id = progress.job.id
        progress.cost_of_calls[number] = bill.cost_microusd
        self._queue.runs.took(kind_of(call), took_s)
        log.info("call answered job=%d call=%d model=%s took_s=%.1f", job_id, number, call.model, took_s)
        try:
            await self._artifacts.call_answered(job_id, number, cost_microusd=bill.cost_microusd, took_s=took_s)
        except StoreError as error:  # what it did cost is written down once more with the job
            log.warning("answer not entered job=%d call=%d detail=%s", job_id, number, error.detail)

    async def _follow(self, progress: Progress, number: int, call: Call, bill: Bill, turn: Turn) -> None:
        """Take in what a call reports.

        Raises:
            ImageServiceError: it failed; the pictures that came before are entered.
            BudgetReached, InvalidRequest: it would go on without a field, at a cost that the budget does not cover.
            DiskTrouble: what came could not be kept.
        """
        new_file = partial(self._spool.new, progress.job.id)
        with disk_trouble_in_words():
            await self._take_in(progress, number, call, bill, self._api.paint(call, new_file=new_file, turn=turn))

    async def _take_in(
        self, progress: Progress, number: int, call: Call, bill: Bill, events: AsyncGenerator[Event]
    ) -> None:
        async with aclosing(events):
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


def kinds_of(calls: Iterable[Call]) -> list[Kind]:
    return [kind_of(call) for call in calls]


def kind_of(call: Call) -> Kind:
    return Kind(call.model, call.quality, call.endpoint)


def _uploads(call: Call, source: Made | None) -> tuple[Converted, ...]:
    """The source in the form that the call's endpoint wants."""
    if source is None:
        return ()
    return (source.uploads[Form.VARIATION if call.endpoint is Endpoint.VARIATIONS else Form.EDIT],)
