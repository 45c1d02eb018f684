"""What a member is told when a job has ended, however long it takes to say it.

Each is said at once, and where Discord does not take it, again and again beside everything else: on the card until that
is closed, then by direct message where the member would not know otherwise. Only what was said, or surely cannot be
said to anybody, counts as told; the rest is in the rows, where the sweep finds it, also after a restart.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.delivery.card import Cards
from bot.delivery.heard import Heard
from bot.delivery.line import Line
from bot.delivery.patience import Patience
from bot.delivery.routes import Delivered, Delivery, Route
from bot.delivery.trouble import Passing
from bot.delivery.words import DirectWords
from bot.errors import (
    BotError,
    BudgetReached,
    InvalidRequest,
    LetGo,
    ModerationRefused,
    OwnerMustAct,
    StoreDamaged,
    StoreError,
    TooOld,
)
from bot.model import Job, JobState, Way
from bot.roster import Roster
from bot.store.jobs import Jobs
from bot.ui import faces

log = logging.getLogger(__name__)

REFUSAL_SHOWN_S = 60.0
GO_ON_S = 3_600.0  # then the sweep begins anew, with short pauses
AT_ONCE = 16
HOPELESS = (ModerationRefused, InvalidRequest, TooOld, LetGo)  # the same request would end the same


Say = Callable[[], Awaitable[Heard]]


class LastWords:
    def __init__(
        self,
        *,
        line: Line,
        cards: Cards,
        words: DirectWords,
        delivery: Delivery,
        alarm: Alarm,
        jobs: Jobs,
        roster: Roster,
        clock: Clock,
    ) -> None:
        self._line = line
        self._cards = cards
        self._words = words
        self._delivery = delivery
        self._alarm = alarm
        self._jobs = jobs
        self._roster = roster
        self._clock = clock
        self._under_way: set[int] = set()  # jobs whose end is being told, or whose public refusal is read right now
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def delivered(self, job: Job, sent: Delivered) -> None:
        """Where the pictures are."""
        await self._begin(job, partial(self._say_where, job, sent))

    async def kept(self, job: Job) -> None:
        """That the pictures wait in /quota."""
        await self._begin(job, partial(self._say_that_it_waits, job))

    async def failed(self, job: Job, error: BotError) -> None:
        """Why there is no picture; the owners hear of what only they can mend."""
        may_retry = not isinstance(error, HOPELESS)
        await self._begin(job, partial(self._say_why, job, str(error), may_retry=may_retry))
        if isinstance(error, BudgetReached):
            self._roster.own(self.budget_reached(error))
        for cause in (error, error.__cause__):  # moderation hides it behind «could not be checked»
            if isinstance(cause, OwnerMustAct):
                self._roster.own(self._alarm.raise_(cause))

    async def cancelled(self, job: Job, *, is_shown: bool) -> None:
        """Its card says so already, by the click; once more where that is unknown, or another edit may come over it."""
        if is_shown and not self._cards.may_change(job.id):
            await self._jobs.told(job)
        else:
            self.see_to(job)

    async def lost(self, job: Job, error: StoreDamaged) -> None:
        """A damaged database takes no end and can perhaps not even be read: on the card, as it was known last."""
        log.error("job lost to a damaged database job=%d detail=%s", job.id, error.detail)
        await self._cards.show_unread(job, faces.ended(job, str(error), may_retry=False))

    async def budget_reached(self, error: BudgetReached) -> None:
        """A request was refused for the owner's money: its member knows, the owners do not."""
        await self._alarm.budget_reached(error)

    def remove_soon(self, job: Job) -> None:
        """A reply's card is public: its refusal stands for a minute."""
        self._under_way.add(job.id)
        self._roster.own(self._remove(job))

    def see_to(self, job: Job) -> None:
        """Have said what was left unsaid; asked again while that is under way, this does nothing."""
        if job.id in self._under_way:
            return
        self._under_way.add(job.id)
        if job.state is JobState.DELIVERED:
            say: Say = partial(self._say_where_it_is, job)
        elif job.waiting:
            say = partial(self._say_that_it_waits, job)
        else:
            say = partial(self._say_why, job, job.failure or faces.ENDED, may_retry=False)
        self._roster.own(self._go_on(job, say))

    async def _begin(self, job: Job, say: Say) -> None:
        """Say it now, or else later."""
        self._under_way.add(job.id)
        try:
            heard = await say()
        except BaseException:
            self._under_way.discard(job.id)
            raise
        if heard in (Heard.LATER, Heard.FLEETING):
            self._roster.own(self._go_on(job, say, heard))
        else:
            await self._conclude(job, heard)

    async def _go_on(self, job: Job, say: Say, heard: Heard | None = None) -> None:
        """Again and again, until it is said or cannot be said; what is given up here is found by the sweep.

        `heard`: what became of it so far. Who pauses holds no slot: thousands may have to.
        """
        patience = self._line.patience(GO_ON_S)
        try:
            heard = heard or await self._once(job, say)
            while await self._wait(job, heard, patience):
                heard = await self._once(job, say)
        except StoreError as error:
            heard = Heard.LATER
            log.warning("last words put off job=%d detail=%s", job.id, error.detail)
        finally:
            self._under_way.discard(job.id)
        if heard is not Heard.LATER:
            await self._conclude(job, heard)

    async def _wait(self, job: Job, heard: Heard, patience: Patience) -> bool:
        """Wait before it is said once more; False where it is not to be."""
        if heard is Heard.FLEETING:
            await self._cards.outlast(job)
            return True
        return heard is Heard.LATER and await patience.pause(Passing())

    async def _once(self, job: Job, say: Say) -> Heard:
        async with self._slots:
            is_told = (await self._jobs.get(job.id)).told  # by the click of a member who looked for it, perhaps
            return Heard.NEVER if is_told else await say()

    async def _conclude(self, job: Job, heard: Heard) -> None:
        """It was said, or there is nobody to say it to."""
        is_public_refusal = job.arrival.way is Way.REPLY and not job.waiting and job.state is not JobState.DELIVERED
        if heard is Heard.SAID and is_public_refusal:
            self.remove_soon(job)
            return
        try:
            await self._jobs.told(job)
        except StoreError as error:  # the sweep says it once more
            log.warning("not noted that told job=%d detail=%s", job.id, error.detail)
        finally:
            self._under_way.discard(job.id)
        self._cards.forget(job.id)

    async def _remove(self, job: Job) -> None:
        patience = self._line.patience(GO_ON_S)
        try:
            await self._clock.sleep(REFUSAL_SHOWN_S)
            while (heard := await self._cards.remove(job)) is Heard.LATER and await patience.pause(Passing()):
                pass
        finally:
            self._under_way.discard(job.id)
        if heard is not Heard.LATER:
            await self._conclude(job, Heard.NEVER)

    async def _say_where_it_is(self, job: Job) -> Heard:
        return await self._say_where(job, await self._delivery.delivered(job))

    async def _say_where(self, job: Job, sent: Delivered) -> Heard:
        """A private card that shows the pictures says it itself; where they are, their member was called there."""
        if job.arrival.way is Way.REPLY:
            return await self._cards.remove(job)
        if sent.route is Route.DIRECT:
            return await self._cards.show_last(job, faces.sent_elsewhere(job))
        if sent.route is Route.CHANNEL:
            return await self._cards.show_last(job, faces.done(job, sent.posts, sent.count))
        return Heard.SAID

    async def _say_that_it_waits(self, job: Job) -> Heard:
        face = faces.kept(job)
        heard = await self._cards.show_last(job, face)
        return heard if heard is not Heard.NEVER else await self._words.tell(job, face.content)

    async def _say_why(self, job: Job, sentence: str, *, may_retry: bool) -> Heard:
        """On the card, or where that is gone by direct message."""
        heard = await self._cards.show_last(job, faces.ended(job, sentence, may_retry=may_retry))
        return heard if heard is not Heard.NEVER else await self._words.tell(job, sentence)
