"""Whose turn it is at the image service: bounded, fair between servers and between members, with an outlook.

A job takes its place in line when it is accepted and gets its turn when it has been checked, a turn for each of its
calls (`line.py` says the rule). `at_once` counts calls, those of all processes on one folder together;
`at_once_per_user` holds in each process for itself.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.model import Standing
from bot.queue.forecast import Run, standings
from bot.queue.line import Line, Seat
from bot.queue.places import Places
from bot.queue.runs import Kind, Runs

KEPT_FREE_S = 2.0  # a place for a job before one in line that will need it in a moment
SENT_WITHIN_S = 0.5  # of a call that has its turn, unless the service has to be waited for
SLOWED_FOR_S = 300.0  # for so long a model is remembered whose calls were held
LOOK_AGAIN_S = 1.0
LEFT_FOR_S = 1.5  # longer than another process takes until it looks again
NOBODY = 0  # whose calls another process makes, as far as we know


@dataclass(eq=False, slots=True)
class Ticket:
    """A call that is to be made. `begun_s` is when it was sent, by the monotonic clock.

    Until `kept_free_until_s`, by the loop's clock, others do not overtake it while it is being checked; with its turn,
    it is to be sent until then.
    """

    job_id: int
    seat: Seat
    kind: Kind
    kept_free_until_s: float
    is_ready: bool = False
    place: int | None = None
    begun_s: float | None = None
    called: asyncio.Event = field(default_factory=asyncio.Event)


class Queue:
    def __init__(
        self,
        places: Places,
        clock: Clock,
        *,
        at_once: int,
        at_once_per_user: int,
        max_waiting: int,
        max_wait_s: float,
    ) -> None:
        self._places = places
        self.is_shared = False  # whether another process wants places of the same folder
        self._slowed_until_s: dict[str, float] = {}  # by model, as the loop's clock goes
        self._leaves_until_s = 0.0  # by the loop's clock
        self._clock = clock
        self._at_once = at_once
        self._at_once_per_user = at_once_per_user
        self.max_waiting = max_waiting
        self.max_wait_s = max_wait_s
        self.runs = Runs()
        self._line: Line[Ticket] = Line()
        self._planned: dict[int, list[Ticket]] = {}  # in line, and not ready
        self._running: dict[Ticket, None] = {}
        self._others = 0  # places that are taken and not by us, when we last looked
        self._again: asyncio.TimerHandle | None = None
        self._outlook: tuple[float, dict[int, Standing]] | None = None
        self._kinds: dict[int, Kind] = {}

    def join(self, job_id: int, seat: Seat, kinds: Sequence[Kind]) -> None:
        """A job's place in line, for the calls that it will make; again, when its plan has changed."""
        planned = self._planned.setdefault(job_id, [])
        if kinds:
            self._kinds[job_id] = kinds[0]
        until_s = asyncio.get_running_loop().time() + KEPT_FREE_S
        for kind, ticket in zip(kinds, planned, strict=False):
            ticket.kind = kind
        for kind in kinds[len(planned) :]:
            planned.append(Ticket(job_id, seat, kind, until_s))
            self._line.add(seat, planned[-1])
        for ticket in planned[len(kinds) :]:
            self._line.remove(seat, ticket)
        del planned[len(kinds) :]
        self._changed()

    def leave(self, job_id: int) -> None:
        """The job makes no more calls than those under way."""
        self._kinds.pop(job_id, None)
        for ticket in self._planned.pop(job_id, ()):
            self._line.remove(ticket.seat, ticket)
        self._changed()

    @asynccontextmanager
    async def turn(self, job_id: int) -> AsyncIterator[Ticket]:
        """Wait for a turn for the next of the calls that a job has planned, hold it for the length of the block."""
        ticket = self._planned[job_id].pop(0)
        ticket.is_ready = True
        self._changed()
        try:
            await ticket.called.wait()
            yield ticket
        finally:
            if ticket.place is None:
                self._line.remove(ticket.seat, ticket)
            else:
                del self._running[ticket]
                self._give_back(ticket.place)
            self._changed()

    def _give_back(self, place: int) -> None:
        """To anybody: another process looks now and then only, so it is left for as long as that takes."""
        self._places.free(place)
        if self.is_shared:
            self._leaves_until_s = asyncio.get_running_loop().time() + LEFT_FOR_S

    def began(self, ticket: Ticket) -> None:
        """Its call is sent now; until then it held its place for one that waits for the service."""
        ticket.begun_s = self._clock.monotonic_s()
        self._changed()

    def _changed(self) -> None:
        self._outlook = None
        self._call_next()

    def _call_next(self) -> None:
        left_s = self._leaves_until_s - asyncio.get_running_loop().time()
        if self._line and left_s > 0:
            return self._look_again(left_s)
        while self._line and (free := self._at_once - len(self._running)) > 0:
            place = self._places.take()
            self._others = free if place is None else 0
            if place is None:
                return self._look_again(LOOK_AGAIN_S)
            ticket = self._next(free)
            if ticket is None:
                self._places.free(place)
                return self._look_again(SENT_WITHIN_S)
            ticket.place = place
            ticket.kept_free_until_s = asyncio.get_running_loop().time() + SENT_WITHIN_S
            self._running[ticket] = None
            ticket.called.set()
        return None

    def _next(self, free: int) -> Ticket | None:
        """The next that may go.

        A call that is not sent in a moment is held by the service's limits or its rest. From then on calls of its model
        go one after the other, and while one of them is held, others stay in line and leave the places to other models.
        """
        now_s = asyncio.get_running_loop().time()
        unsent = [ticket for ticket in self._running if ticket.begun_s is None]
        late = {ticket.kind.model for ticket in unsent if now_s >= ticket.kept_free_until_s}
        self._slowed_until_s |= dict.fromkeys(late, now_s + SLOWED_FOR_S)
        held = {ticket.kind.model for ticket in unsent if now_s < self._slowed_until_s.get(ticket.kind.model, 0.0)}
        running = Counter(ticket.seat.user_id for ticket in self._running)

        def readiness(ticket: Ticket) -> bool | None:
            if ticket.is_ready:
                return ticket.kind.model not in held
            return None if now_s < ticket.kept_free_until_s else False

        return self._line.next(lambda user_id: self._at_once_per_user - running[user_id], readiness, free)

    def _look_again(self, seconds: float) -> None:
        """Later, when another process may have given a place back, or one has been kept free long enough."""
        loop = asyncio.get_running_loop()
        if self._again is not None and self._again.when() > loop.time() + seconds:
            self._again.cancel()
            self._again = None
        if self._again is None:
            self._again = loop.call_later(seconds, self._looked_again)

    def _looked_again(self) -> None:
        self._again = None
        self._call_next()

    def standing(self, job_id: int) -> Standing:
        """Where a job stands that has joined: its position, and how long its last call may take to end."""
        now_s = self._clock.monotonic_s()
        if self._outlook is None or now_s - self._outlook[0] >= LOOK_AGAIN_S:
            self._outlook = (now_s, self._look_ahead(now_s))
        return self._outlook[1].get(job_id, Standing(0, None))

    def _look_ahead(self, now_s: float) -> dict[int, Standing]:
        line = self._line.mapped(lambda ticket: self._run(ticket, now_s))
        others = [Run(NOBODY, NOBODY, None)] * self._others
        in_flight = [self._run(ticket, now_s) for ticket in self._running]
        return standings([*in_flight, *others], line, at_once=self._at_once, at_once_per_user=self._at_once_per_user)

    def _run(self, ticket: Ticket, now_s: float) -> Run:
        passed_s = 0.0 if ticket.begun_s is None else now_s - ticket.begun_s
        usual_s = self.runs.usual_s(ticket.kind)
        left_s = self.runs.left_s(ticket.kind, passed_s) if passed_s else usual_s
        return Run(ticket.job_id, ticket.seat.user_id, left_s)

    def kind_of(self, job_id: int) -> Kind | None:
        """What kind of calls a job makes that is here."""
        return self._kinds.get(job_id)
