"""What a private card shows while its job is painted: that it is, and each preview as it arrives."""

import asyncio
from dataclasses import dataclass

from bot.clock import Clock
from bot.delivery.card import Cards
from bot.discretion import Discretion, Weight
from bot.image_api.events import Event, Painted, Preview
from bot.model import Arrival, Job, Picture, Way
from bot.roster import Roster
from bot.ui import faces

GAP_S = 2.0  # between the previews of a card: Discord takes 30 edits a minute (observed, it publishes no number)


@dataclass(eq=False, slots=True)
class _Show:
    """What is going on with one card: the newest preview that is not on it yet, and whether one is on its way."""

    usual_s: float | None = None
    newest: Picture | None = None
    is_busy: bool = False
    is_closed: bool = False


class Previews:
    """Hears what a job's calls report. Nothing here is waited for: a card that is slow or gone never slows a picture.

    `most` is how many previews of a picture are shown. One at a time is on its way to a card; the newest of those that
    came meanwhile is the next. Their files are removed.
    """

    def __init__(self, cards: Cards, roster: Roster, clock: Clock, discretion: Discretion, *, most: int) -> None:
        self._cards = cards
        self._roster = roster
        self._clock = clock
        self._discretion = discretion
        self._most = most
        self._shows: dict[int, _Show] = {}

    def wanted(self, arrival: Arrival) -> int:
        """How many are asked for: none where no private card could show them. A reply's card is public and short."""
        return self._most if arrival.way is not Way.REPLY and arrival.token is not None else 0

    def begun(self, job: Job, usual_s: float | None) -> None:
        """The first call has its turn, and the card says so."""
        self._show(job).usual_s = usual_s
        self._roster.own(self._cards.show(job, faces.painting(job, usual_s)))

    def heed(self, job: Job, event: Event) -> None:
        """Take in an event of one of the job's calls."""
        match event:
            case Preview(picture):
                self._offer(job, picture)
            case Painted(picture):
                show = self._show(job)
                if show.newest is not None and show.newest.index == picture.index:
                    self._drop_newest(show)
            case _:
                pass

    def over(self, job_id: int) -> None:
        """The job does not run here any more; the words about that are what the card says next."""
        show = self._shows.pop(job_id, None)
        if show is not None:
            show.is_closed = True
            self._drop_newest(show)

    def _show(self, job: Job) -> _Show:
        return self._shows.setdefault(job.id, _Show())

    def _offer(self, job: Job, picture: Picture) -> None:
        show = self._show(job)
        self._drop_newest(show)
        show.newest = picture
        is_welcome = self._discretion.may(Weight.COURTESY)
        if show.is_closed or not is_welcome or picture.size_bytes > job.arrival.place.file_limit_bytes:
            self._drop_newest(show)
        elif not show.is_busy:
            show.is_busy = True
            self._roster.own(self._bring(job, show))

    async def _bring(self, job: Job, show: _Show) -> None:
        """One preview after the other to the card, as often as Discord allows, until there is no newer one."""
        while not show.is_closed and (picture := show.newest) is not None:
            show.newest = None
            face = faces.painting(job, show.usual_s, with_preview=True)
            if not await self._cards.show_preview(job, face, picture):
                show.is_closed = True
            await _remove(picture)
            await self._clock.sleep(GAP_S)
        self._drop_newest(show)
        show.is_busy = False

    def _drop_newest(self, show: _Show) -> None:
        if show.newest is not None:
            self._roster.own(_remove(show.newest))
            show.newest = None


async def _remove(picture: Picture) -> None:
    await asyncio.to_thread(picture.file.unlink, missing_ok=True)
