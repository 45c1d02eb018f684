"""Server-sent events cut out of a stream of bytes: the framing alone. Pure, nothing here waits.

Source: WHATWG, HTML Living Standard, «Server-sent events», Interpreting an event stream.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.image_api.answers.cutter import BYTE_ORDER_MARK

FIELD_MAX_BYTES = 16
NAME_MAX_BYTES = 100

_FIRST_FIELD = re.compile(rb"(?:event|data|id|retry)?:")
_FIRST_FIELDS = (b"event:", b"data:", b"id:", b"retry:")


@dataclass(frozen=True, slots=True)
class EventData:
    """A piece of the data of the event that is arriving."""

    text: bytes


@dataclass(frozen=True, slots=True)
class EventEnd:
    """The event is complete. `name` is what its `event` line says, wherever that stood; empty without one."""

    name: str


Part = EventData | EventEnd


def begins_stream(head: bytes) -> bool | None:
    """Whether an answer that begins with `head` is a stream of events; None while more bytes must tell.

    Told by the bytes, not by the content type: services send either form under the name of the other.
    """
    if BYTE_ORDER_MARK.startswith(head):
        return None
    line = head.removeprefix(BYTE_ORDER_MARK).lstrip(b"\r\n")
    if _FIRST_FIELD.match(line):
        return True
    return None if any(field.startswith(line) for field in _FIRST_FIELDS) else False


class EventFraming:
    """Fed with a stream in chunks of any size, hands out each event's data in pieces, then its end.

    Nothing of the data is kept here. Lines end with LF, CR or CRLF; several `data` lines are joined by a line feed;
    comments and other fields are left out.
    """

    def __init__(self) -> None:
        self._field = b""  # the line's field so far, or all of it once the colon was seen
        self._is_value = False
        self._may_have_space = False
        self._is_after_cr = False
        self._name = b""
        self._has_data = False
        self.lines = 0  # that have ended, also those that mean nothing

    def feed(self, chunk: bytes) -> Iterator[Part]:
        """What the next bytes bring."""
        ends = _LineEnds(chunk)
        at = 0
        while at < len(chunk):
            if self._is_after_cr and chunk[at] == ord("\n"):
                at += 1
            self._is_after_cr = False
            end = ends.after(at)
            yield from self._line(chunk, at, end)
            if end < len(chunk):
                self.lines += 1
                yield from self._end_line()
                self._is_after_cr = chunk[end] == ord("\r")
            at = end + 1

    def finish(self) -> Iterator[Part]:
        """The stream is over: an event that lacks its last line ends still counts."""
        yield from self._end_line()
        yield from self._end_event()

    def _line(self, chunk: bytes, at: int, end: int) -> Iterator[Part]:
        """More of the line: what stands in the chunk from `at` to `end`, copied once at most."""
        if not self._is_value:
            colon = chunk.find(b":", at, end)
            before = chunk[at : end if colon < 0 else colon]
            self._field = (self._field + before)[: FIELD_MAX_BYTES + 1]
            if colon < 0:
                return
            at = colon + 1
            yield from self._begin_value()
        if self._may_have_space and at < end:
            self._may_have_space = False
            at += chunk[at] == ord(" ")
        match self._field.removeprefix(BYTE_ORDER_MARK):
            case b"data" if at < end:
                yield EventData(chunk[at:end])  # all of a chunk is the chunk itself
            case b"event":
                self._name = (self._name + chunk[at:end])[:NAME_MAX_BYTES]

    def _begin_value(self) -> Iterator[Part]:
        self._is_value = self._may_have_space = True
        match self._field.removeprefix(BYTE_ORDER_MARK):
            case b"data" if self._has_data:
                yield EventData(b"\n")
            case b"data":
                self._has_data = True
            case b"event":
                self._name = b""

    def _end_line(self) -> Iterator[Part]:
        if not self._is_value:
            if not self._field.removeprefix(BYTE_ORDER_MARK):
                yield from self._end_event()
            else:
                yield from self._begin_value()  # a line without a colon is a field without a value
        self._field = b""
        self._is_value = self._may_have_space = False

    def _end_event(self) -> Iterator[Part]:
        """An event without data is none."""
        if self._has_data:
            yield EventEnd(self._name.decode(errors="replace"))
        self._name = b""
        self._has_data = False


class _LineEnds:
    """Where the lines of a chunk end. A byte is looked at once for each kind of end, however many lines there are."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._next = dict.fromkeys((b"\n", b"\r"), -1)

    def after(self, at: int) -> int:
        """The first line end at or after `at`; the chunk's length where there is none."""
        for mark, found in self._next.items():
            if found < at:
                place = self._chunk.find(mark, at)
                self._next[mark] = len(self._chunk) if place < 0 else place
        return min(self._next.values())
