"""Events are cut out of a stream wherever its chunks split and however its lines end."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.image_api.answers.sse import EventData, EventEnd, EventFraming, begins_stream
from tests.image_api.answers import split

Events = list[tuple[str, bytes]]


def framed(chunks: list[bytes]) -> Events:
    """Name and whole data of each event."""
    framing, found, data = EventFraming(), [], b""
    parts = [part for chunk in chunks for part in framing.feed(chunk)]
    for part in (*parts, *framing.finish()):
        match part:
            case EventData(text):
                data += text
            case EventEnd(name):
                found.append((name, data))
                data = b""
    return found


def read_slowly(stream: bytes) -> Events:
    """The same by the letter of the standard, with all of the stream at hand."""
    found: Events = []
    name, data = b"", list[bytes]()
    for line in [*re.split(b"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf")), b""]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            found += [(name.decode(), b"\n".join(data))] if data else []
            name, data = b"", []
        elif field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return found


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 7, 1_000])
def test_events_are_the_same_however_lines_end_and_chunks_split(end: bytes, piece_bytes: int) -> None:
    lines = [
        b": a comment",
        b"event: first",
        b'data: {"a": 1,',
        b'data:  "b": 2}',
        b"",
        b"",
        b"data:second",
        b"event: named behind its data",
        b"id: 5",
        b"retry: 1000",
        b"",
        b"event: without data",
        b"",
        b"data",
        b"data: after an empty line",
        b"database: no data",
        b" data: no data either",
        b"",
        b"data: [DONE]",
        b"",
    ]
    stream = end.join([*lines, b""])

    found = framed([stream[at : at + piece_bytes] for at in range(0, len(stream), piece_bytes)])

    assert found == [
        ("first", b'{"a": 1,\n "b": 2}'),
        ("named behind its data", b"second"),
        ("", b"\nafter an empty line"),
        ("", b"[DONE]"),
    ]


Line = st.sampled_from([b"data", b"event", b"id", b":", b"", b"datas", b"dat"]).flatmap(
    lambda field: st.sampled_from([b"", b":", b": ", b":  "]).flatmap(
        lambda colon: st.binary(max_size=6).map(
            lambda value: field + colon + re.sub(rb"[\r\n]|[^\x00-\x7f]", b"", value)
        )
    )
)
Stream = st.lists(st.tuples(Line, st.sampled_from([b"\n", b"\r", b"\r\n"])), max_size=12).map(
    lambda lines: b"".join(text for line in lines for text in line)
)


@settings(deadline=None, max_examples=300)
@given(stream=Stream, cuts=st.lists(st.integers(0, 200), max_size=8), has_mark=st.booleans())
@example(stream=b"data: a\r\n\r\n", cuts=[8, 10], has_mark=True)
def test_any_stream_is_read_as_the_standard_says(stream: bytes, cuts: list[int], has_mark: bool) -> None:
    stream = b"\xef\xbb\xbf" * has_mark + stream

    assert framed(split(stream, cuts)) == read_slowly(stream)


def test_an_event_that_lacks_its_last_line_end_still_counts() -> None:
    assert framed([b"event: x\ndata: 1"]) == [("x", b"1")]


def test_the_data_is_handed_on_and_not_kept() -> None:
    framing = EventFraming()
    list(framing.feed(b"event: x\ndata: "))

    for _ in range(64):
        assert list(framing.feed(b"A" * 65_536)) == [EventData(b"A" * 65_536)]

    assert len(framing._field) + len(framing._name) < 100


@pytest.mark.parametrize("stream", [b"event: " + b"x" * 100_000, b"x" * 100_000])
def test_a_name_without_end_is_not_kept(stream: bytes) -> None:
    framing = EventFraming()

    for _ in range(10):
        list(framing.feed(stream))

    assert len(framing._field) + len(framing._name) < 200


@pytest.mark.parametrize(
    "head", [b"event: x", b"data:", b":", b"id:", b"\xef\xbb\xbfdata: {", b"\n\r\nretry: 1", b": {"]
)
def test_a_stream_is_told_by_its_first_bytes(head: bytes) -> None:
    assert begins_stream(head) is True


@pytest.mark.parametrize("head", [b"{", b" {", b"[", b"<html>", b"event", b"dat", b"ev: ", b"true", b"\xef\xbb\xbf{"])
def test_other_answers_are_none(head: bytes) -> None:
    is_stream = begins_stream(head + b" " * 20)

    assert is_stream is False


@pytest.mark.parametrize("head", [b"", b"\n", b"e", b"data", b"retr", b"\xef\xbb", b"\xef\xbb\xbf", b"\xef\xbb\xbfda"])
def test_too_few_bytes_tell_nothing_yet(head: bytes) -> None:
    assert begins_stream(head) is None
