"""The fair rule: against a model that keeps it in another way, and how long anybody's first call can wait."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.queue.line import Line, Seat

ADA, BEN, CLEO, PIA = 1, 2, 3, 4
FOXES, OWLS = 100, 200

seats = st.builds(Seat, st.integers(1, 2), st.integers(1, 3))
ready_or_not = st.sampled_from([True, True, True, False])
steps = st.lists(st.one_of(seats, st.none()), min_size=20, max_size=60)  # somebody asks, or a place is free


def anybody(_: int) -> int:
    return 1


def ready(_: object) -> bool:
    return True


@dataclass(eq=False)
class Call:
    seat: Seat
    is_ready: bool = True


@dataclass
class Stamped:
    """The same rule without rings: whoever was served longest ago, or came first since, is next."""

    room: dict[int, int]
    calls: list[Call] = field(default_factory=list)
    _served: dict[object, int] = field(default_factory=dict)
    _time: int = 0

    def add(self, call: Call) -> None:
        self._time += 1
        if not any(other.seat.server == call.seat.server for other in self.calls):
            self._served[call.seat.server] = self._time
        if not any(other.seat == call.seat for other in self.calls):
            self._served[call.seat] = self._time
        self.calls.append(call)

    def next(self) -> Call | None:
        able = [call for call in self.calls if call.is_ready and self.room.get(call.seat.user_id, 1) > 0]
        if not able:
            return None
        call = min(able, key=lambda each: (self._served[each.seat.server], self._served[each.seat]))
        self._time += 1
        self._served[call.seat.server] = self._served[call.seat] = self._time
        self.calls.remove(call)
        return call


@given(
    st.lists(st.tuples(st.one_of(seats, st.none()), ready_or_not), min_size=20, max_size=60),
    st.dictionaries(st.integers(1, 5), st.integers(0, 1), max_size=2),
)
def test_the_line_serves_as_the_model_does(steps: list[tuple[Seat | None, bool]], room: dict[int, int]) -> None:
    line, model = Line[Call](), Stamped(room)

    for seat, is_ready in steps:
        if seat is not None:
            call = Call(seat, is_ready)
            line.add(seat, call)
            model.add(call)
        else:
            served = line.next(lambda user_id: room.get(user_id, 1), lambda each: each.is_ready)
            assert served is model.next()
        assert set(line) == set(model.calls)


@given(steps, seats)
def test_a_first_call_waits_behind_one_turn_of_each_server_for_each_member_of_its_own(
    steps: list[Seat | None], mine: Seat
) -> None:
    line = Line[Call]()
    first: Call | None = None
    turns = most_servers = most_members = 0
    for seat in [*steps, *[None] * 120]:
        if seat is not None and (first is None or seat != mine):
            call = Call(seat)
            is_first = seat == mine and mine not in {other.seat for other in line}
            line.add(seat, call)
            first = call if is_first else first
        elif seat is None:
            served = line.next(anybody, ready)
            if served is None or served is first:
                break
            turns += first is not None
        if first is not None:
            servers = {call.seat.server for call in line}
            members = {call.seat.user_id for call in line if call.seat.server == mine.server}
            most_servers, most_members = max(most_servers, len(servers)), max(most_members, len(members))

    assert turns <= max(0, most_members * most_servers - 1)


def order(line: Line[Call]) -> list[Seat]:
    served = []
    while (call := line.next(anybody, ready)) is not None:
        served.append(call.seat)
    return served


def lined_up(*calls: tuple[Seat, int]) -> Line[Call]:
    line = Line[Call]()
    for seat, count in calls:
        for _ in range(count):
            line.add(seat, Call(seat))
    return line


def test_a_server_that_asks_for_hundreds_delays_anothers_first_by_one_turn() -> None:
    crowd = [(Seat(FOXES, member), 50) for member in range(10, 20)]

    served = order(lined_up(*crowd, (Seat(OWLS, ADA), 1)))

    assert served.index(Seat(OWLS, ADA)) == 1


def test_in_a_server_a_member_who_asks_for_fifty_delays_anothers_first_by_one_turn() -> None:
    served = order(lined_up((Seat(FOXES, ADA), 50), (Seat(FOXES, BEN), 2)))

    assert [seat.user_id for seat in served[:5]] == [ADA, BEN, ADA, BEN, ADA]


def test_a_server_gets_no_more_turns_for_having_more_members() -> None:
    served = order(lined_up((Seat(FOXES, ADA), 4), (Seat(FOXES, BEN), 4), (Seat(FOXES, CLEO), 4), (Seat(OWLS, PIA), 4)))

    assert [seat.server for seat in served[:8]] == [FOXES, OWLS] * 4


def test_one_who_has_no_room_keeps_the_place() -> None:
    line = lined_up((Seat(FOXES, ADA), 1), (Seat(OWLS, BEN), 2))
    room = {ADA: 0}
    assert (call := line.next(lambda user_id: room.get(user_id, 1), ready)) is not None
    assert call.seat.user_id == BEN

    room.clear()

    assert [seat.user_id for seat in order(line)] == [ADA, BEN]


def test_a_place_is_kept_for_a_call_that_will_be_ready_in_a_moment_and_not_two() -> None:
    line = lined_up((Seat(FOXES, ADA), 1), (Seat(OWLS, BEN), 1))

    def readiness(call: Call) -> bool | None:
        return None if call.seat.user_id == ADA else True

    assert line.next(anybody, readiness, free=1) is None
    assert (call := line.next(anybody, readiness, free=2)) is not None
    assert call.seat.user_id == BEN
