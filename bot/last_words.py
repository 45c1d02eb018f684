"""What a member is told when a job has ended, also by a successor of the process that ended it."""

import logging

from bot.clock import Clock
from bot.delivery.alarm import Alarm
from bot.delivery.card import Cards
from bot.delivery.routes import Delivered, Delivery, Route
from bot.errors import (
    BotError,
    BudgetReached,
    InvalidRequest,
    LetGo,
    ModerationRefused,
    OwnerMustAct,
    StoreError,
    TooOld,
)
from bot.model import Job, JobState, Way
from bot.roster import Roster
from bot.store.jobs import Jobs
from bot.ui import faces

log = logging.getLogger(__name__)

REFUSAL_SHOWN_S = 60.0
HOPELESS = (ModerationRefused, InvalidRequest, TooOld, LetGo)  # the same request would end the same


class LastWords:
    def __init__(
        self, cards: Cards, delivery: Delivery, alarm: Alarm, jobs: Jobs, roster: Roster, clock: Clock
    ) -> None:
        self._cards = cards
        self._delivery = delivery
        self._alarm = alarm
        self._jobs = jobs
        self._roster = roster
        self._clock = clock
        self._standing: set[int] = set()  # replies whose refusal is read right now

    async def delivered(self, job: Job, sent: Delivered) -> None:
        """Where the pictures are. A private card that shows them says it itself."""
        if job.arrival.way is Way.REPLY:
            await self._cards.remove(job)
        elif sent.route is Route.DIRECT:
            await self._cards.show_last(job, faces.sent_elsewhere(job))
        elif sent.route is Route.CHANNEL:
            await self._cards.show_last(job, faces.done(job, sent.posts, sent.count))
        await self._note_told(job)

    async def failed(self, job: Job, error: BotError) -> None:
        """Why there is no picture; the owners hear of what only they can mend."""
        await self._say_why(job, str(error), may_retry=not isinstance(error, HOPELESS))
        if isinstance(error, BudgetReached):
            await self.budget_reached(error)
        for cause in (error, error.__cause__):  # moderation hides it behind «could not be checked»
            if isinstance(cause, OwnerMustAct):
                await self._alarm.raise_(cause)

    async def budget_reached(self, error: BudgetReached) -> None:
        """A request was refused for the owner's money: its member knows, the owners do not."""
        await self._alarm.budget_reached(error)

    async def _say_why(self, job: Job, sentence: str, *, may_retry: bool) -> None:
        """On the card, or where that is gone by direct message."""
        if not await self._cards.show_last(job, faces.ended(job, sentence, may_retry=may_retry)):
            await self._delivery.tell(job, sentence)
        if job.arrival.way is Way.REPLY:
            self.remove_soon(job)
        else:
            await self._note_told(job)

    def remove_soon(self, job: Job) -> None:
        """A reply's card is public: its refusal stands for a minute."""
        self._standing.add(job.id)
        self._roster.own(self._remove(job))

    async def _remove(self, job: Job) -> None:
        try:
            await self._clock.sleep(REFUSAL_SHOWN_S)
            await self._cards.remove(job)
            await self._note_told(job)
        finally:
            self._standing.discard(job.id)

    async def _note_told(self, job: Job) -> None:
        try:
            await self._jobs.told(job.id)
        except StoreError as error:  # the next process says it once more
            log.warning("not noted that told job=%d detail=%s", job.id, error.detail)
        self._cards.forget(job.id)

    async def of_a_dead_process(self, job: Job) -> None:
        """Say what it could not say; asked again while a refusal stands for its minute, this does nothing."""
        if job.id in self._standing:
            return
        if job.state is JobState.DELIVERED:
            await self.delivered(job, await self._delivery.delivered(job))
        else:
            await self._say_why(job, job.failure or faces.ENDED, may_retry=False)
