"""Cuts the pictures out of a JSON answer while it arrives, so that no picture is ever whole in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import orjson

from bot.errors import BadAnswer, ServiceLost

REST_MAX_BYTES = 1024 * 1024
DEPTH_MAX = 32
DATA_URL = b"data:"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # which JSON must not begin with, and does where .NET has written it
ESCAPE_BYTES = len(b"\\u002b")

# Where pictures are: at the top (an event of a stream), or in the entries of these lists (None is «each entry»).
# OpenAI has `data`; the other two are AI/ML API's (LiteLLM's adapter for it, image_generation/transformation.py).
LISTS: tuple[tuple[str | None, ...], ...] = (("data", None), ("images", None), ("output", "choices", None))
_TEXTS = frozenset({("b64_json",), *((*entry, key) for entry in LISTS for key in ("b64_json", "image_base64"))})
_LINKS = frozenset((*entry, "url") for entry in LISTS)  # pictures only where they are `data:` URLs
_PLACES = _TEXTS | _LINKS

# Python's possessive quantifiers: a chunk is crossed once, however it looks.
_GAP = re.compile(rb'[^"{}\[\]:,]*+')
_STRING = re.compile(rb'(?:[^"\\]++|\\(?:u[0-9a-fA-F]{4}|[^u]))*+')


@dataclass(frozen=True, slots=True)
class PictureText:
    """A piece of a picture's base64 text; a view of what arrived where that is most of it."""

    text: bytes | memoryview


@dataclass(frozen=True, slots=True)
class PictureEnd:
    """The picture's text is complete."""


Event = PictureText | PictureEnd


class _State(Enum):
    BETWEEN = auto()  # outside of strings
    KEY = auto()
    TEXT = auto()  # a string that stays in the rest
    HEAD = auto()  # the first characters of a string that may be a picture
    PREFIX = auto()  # `data:image/png;base64,` before the picture
    PICTURE = auto()


class PictureCutter:
    """Fed with a JSON object in chunks of any size, hands out the text of its pictures.

    Pictures are the strings `b64_json`, `data[i].b64_json`, and `data[i].url` where that is a `data:` URL; and the
    same in other services' lists. What is left, with `true` in the place of each picture, is small and is read as
    JSON at the end.
    """

    def __init__(self) -> None:
        self._state = _State.BETWEEN
        self._path: list[str | None] = []  # the current key of every open object, None for an array
        self._is_key_next = False
        self._key_start = 0
        self._rest = bytearray()
        self._head = b""
        self._carry = b""
        self._events: list[Event] = []

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """What the next bytes of the answer bring.

        Raises:
            BadAnswer: not JSON, nested too deeply, or too much text beside the pictures; what came before counts.
        """
        data, self._carry = self._carry + chunk, b""
        at = 0
        while at < len(data):
            match self._state:
                case _State.BETWEEN:
                    at = self._between(data, at)
                case _State.HEAD:
                    at = self._decide(data, at)
                case _:
                    at = self._string(data, at)
            yield from self._events
            self._events.clear()

    def finish(self) -> object:
        """The answer without its pictures, as JSON.

        Raises:
            ServiceLost: the answer stopped in the middle.
            BadAnswer: it is not JSON.
        """
        if self._path or self._state is not _State.BETWEEN:
            raise ServiceLost(detail="the answer stopped in the middle")
        try:
            return orjson.loads(self._rest.removeprefix(BYTE_ORDER_MARK))
        except orjson.JSONDecodeError as error:
            raise BadAnswer(detail=f"not JSON, {len(self._rest)} bytes beside the pictures") from error

    def _between(self, data: bytes, at: int) -> int:
        gap = _GAP.match(data, at)
        assert gap is not None, "the pattern matches everywhere"
        end = gap.end()
        self._keep(data[at:end])
        if end == len(data):
            return end
        mark = data[end : end + 1]
        if mark == b'"':
            self._begin_string()
        else:
            self._keep(mark)
            self._follow(mark)
        return end + 1

    def _begin_string(self) -> None:
        if not self._is_key_next and self._is_picture_place():
            self._state, self._head = _State.HEAD, b""
            return
        self._state = _State.KEY if self._is_key_next else _State.TEXT
        self._key_start = len(self._rest)
        self._keep(b'"')

    def _is_picture_place(self) -> bool:
        return len(self._path) <= 4 and tuple(self._path) in _PLACES

    def _follow(self, mark: bytes) -> None:
        match mark:
            case b"{" | b"[":
                self._path.append("" if mark == b"{" else None)
                if len(self._path) > DEPTH_MAX:
                    raise BadAnswer(detail=f"nested deeper than {DEPTH_MAX}")
                self._is_key_next = mark == b"{"
            case b"}" | b"]":
                if not self._path or (mark == b"}") != (self._path[-1] is not None):
                    raise BadAnswer(detail="not JSON: closes what was not opened")
                self._path.pop()
                self._is_key_next = False
            case _:
                self._is_key_next = mark == b"," and bool(self._path) and self._path[-1] is not None

    def _decide(self, data: bytes, at: int) -> int:
        """Collect the first characters until they tell a picture from a link."""
        start = re.split(rb'["\\]', data[at : at + len(DATA_URL) - len(self._head)], maxsplit=1)[0]
        self._head += start
        at += len(start)
        if at == len(data) and len(self._head) < len(DATA_URL):
            return at
        is_data_url = self._head == DATA_URL
        is_empty = not self._head and data[at : at + 1] == b'"'
        if is_data_url or (tuple(self._path) in _TEXTS and not is_empty):
            self._state = _State.PREFIX if is_data_url else _State.PICTURE
            self._keep(b"true")
            if not is_data_url:
                self._events.append(PictureText(self._head))
        else:
            self._state = _State.TEXT
            self._keep(b'"' + self._head)
        return at

    def _string(self, data: bytes, at: int) -> int:
        end = _end_of_text(data, at)
        if self._state is _State.PICTURE and data.find(b"\\", at, end) < 0:
            if end > at:
                self._events.append(PictureText(_part(data, at, end)))
        else:
            self._take(data[at:end])
        if end == len(data):
            return end
        if data[end : end + 1] == b'"':
            self._end_string()
            return end + 1
        if len(data) - end >= ESCAPE_BYTES:
            raise BadAnswer(detail="not JSON: an escape that does not exist")
        self._carry = data[end:]
        return len(data)

    def _take(self, text: bytes) -> None:
        if self._state in (_State.KEY, _State.TEXT):
            self._keep(text)
            return
        if b"\\" in text:
            text = _unescaped(text) or text  # what cannot be read is not base64 either
        if self._state is _State.PREFIX:
            _, comma, text = text.partition(b",")
            if not comma:
                return
            self._state = _State.PICTURE
        if text:
            self._events.append(PictureText(text))

    def _end_string(self) -> None:
        if self._state in (_State.PREFIX, _State.PICTURE):
            self._events.append(PictureEnd())
        else:
            self._keep(b'"')
        if self._state is _State.KEY:
            self._path[-1] = _unescaped(bytes(self._rest[self._key_start + 1 : -1])).decode()
        self._state = _State.BETWEEN

    def _keep(self, text: bytes) -> None:
        self._rest += text
        if len(self._rest) > REST_MAX_BYTES:
            raise BadAnswer(detail=f"more than {REST_MAX_BYTES} bytes beside the pictures")


def _end_of_text(data: bytes, at: int) -> int:
    """Where a string's text ends for now: at its quote, at an escape that is not whole yet, or with the data."""
    quote = data.find(b'"', at)
    end = quote if quote >= 0 else len(data)
    if data.find(b"\\", at, end) < 0:
        return end  # no escapes, as in nearly every picture: searching is 200 times as quick as matching
    text = _STRING.match(data, at)
    assert text is not None, "the pattern matches everywhere"
    return text.end()


def _part(data: bytes, at: int, end: int) -> bytes | memoryview:
    """A view instead of a copy, unless it would keep much more than itself in memory."""
    return memoryview(data)[at:end] if (end - at) * 2 > len(data) else data[at:end]


def _unescaped(text: bytes) -> bytes:
    """A JSON string's text as it is meant; nothing where it cannot be read."""
    try:
        unescaped: str = orjson.loads(b'"' + text + b'"')
    except orjson.JSONDecodeError:
        return b""
    return unescaped.encode()
