"""The fair rule, without time and without tasks: servers take turns, and in each server its members do.

A turn is one call. Of the servers in the ring the first is served that has a member with room, and in it the first
such member, with the call that he asked for first. Whoever was served, the server as well as the member, goes to the
end of his ring; whoever could not be served keeps his place. Newcomers start at the end.

So a first call waits behind at most one turn of each other server that is in line, and behind at most one turn of each
other member of its own server with the turns of the other servers in between: with M members of its server and S
servers in line at most, that is M * S - 1 turns, however many calls each of them has asked for. A server that asks for
hundreds delays another's first call by one turn. In direct messages each member is a server of his own.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.model import Arrival

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a call stands in line. `server` is a guild's id, and less than 0 for somebody's direct messages."""

    server: int
    user_id: int

    @classmethod
    def of(cls, arrival: Arrival) -> "Seat":
        user_id, guild_id = arrival.requester.user_id, arrival.place.guild_id
        return cls(-user_id if guild_id is None else guild_id, user_id)


class Line(Generic[T]):
    """Calls in line. Ids of members are of the whole of Discord: one who asks in two servers has room once."""

    def __init__(self) -> None:
        self._servers: OrderedDict[int, OrderedDict[int, list[T]]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._servers)

    def __iter__(self) -> Iterator[T]:
        for members in self._servers.values():
            for calls in members.values():
                yield from calls

    def mapped(self, to: Callable[[T], U]) -> "Line[U]":
        """The same line of something else, to look what would come of it."""
        other = Line[U]()
        for server, members in self._servers.items():
            other._servers[server] = OrderedDict(
                (user, [to(call) for call in calls]) for user, calls in members.items()
            )
        return other

    def add(self, seat: Seat, call: T) -> None:
        self._servers.setdefault(seat.server, OrderedDict()).setdefault(seat.user_id, []).append(call)

    def remove(self, seat: Seat, call: T) -> None:
        members = self._servers[seat.server]
        members[seat.user_id].remove(call)
        if not members[seat.user_id]:
            del members[seat.user_id]
        if not members:
            del self._servers[seat.server]

    def next(self, room_of: Callable[[int], int], is_ready: Callable[[T], bool | None], free: int = 1) -> T | None:
        """The call whose turn it is, which leaves the line; None where nobody can be served.

        `room_of` says how many more calls a member may have. A call that is not ready is passed over and keeps its
        place; one of which `is_ready` is None will be in a moment, and one of the `free` places is kept for it.
        """
        for server, members in self._servers.items():
            for user_id, calls in members.items():
                room = room_of(user_id)
                for call in calls:
                    if min(room, free) <= 0:
                        break
                    readiness = is_ready(call)
                    if readiness:
                        self._serve(server, user_id, call)
                        return call
                    if readiness is None:
                        room, free = room - 1, free - 1
                if free <= 0:
                    return None
        return None

    def _serve(self, server: int, user_id: int, call: T) -> None:
        members = self._servers[server]
        self._servers.move_to_end(server)
        members.move_to_end(user_id)
        self.remove(Seat(server, user_id), call)
