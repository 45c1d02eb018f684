"""Faults of streams: other wordings of the same events, other events, and fewer of them.

Each catches a call that asks for a stream, except `streamed_anyway`, which catches one that does not.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from aiohttp import web

from sandbox.image_api.answers import Answer, stream
from sandbox.image_api.errors import ApiError
from sandbox.image_api.faults.errors import SERVER_FAILED
from sandbox.image_api.faults.faults import Call, Fault
from sandbox.image_api.streaming import EVENT_STREAM, Event, StreamedAnswer, Wording

DONE = b"data: [DONE]\n\n"
FAILED = ApiError(500, SERVER_FAILED, kind="server_error", code="server_error")


def worded(wording: Wording) -> Fault:
    """The same events, written otherwise."""
    return altered(lambda answer: replace(answer, wording=wording))


def ended_by_crlf() -> Fault:
    return worded(Wording(line_end=b"\r\n"))


def ended_by_cr() -> Fault:
    return worded(Wording(line_end=b"\r"))


def no_event_lines() -> Fault:
    """The kind of an event is in its data alone."""
    return worded(Wording(says_event=False))


def type_after_picture() -> Fault:
    """The kind of an event stands behind its picture, and nowhere else."""
    return worded(Wording(says_event=False, type_is_last=True))


def several_data_lines() -> Fault:
    return worded(Wording(data_lines=True))


def done_after() -> Fault:
    """The mark of OpenAI's other streams at the end."""
    return altered(lambda answer: replace(answer, closing=DONE))


def json_instead() -> Fault:
    """One JSON object, as services answer that do not know the field."""

    def change(answer: StreamedAnswer) -> Answer:
        last = answer.events[-1]
        assert last.picture is not None, "the finished picture is in the last event"
        body = {name: value for name, value in last.fields.items() if name != "created_at"}
        return Answer(body={"created": last.fields["created_at"], **body}, pictures=(last.picture,))

    return altered(change)


def streamed_anyway() -> Fault:
    """A stream for a call that did not ask for one."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        body = dict(answer.body or {})
        fields = {"created_at": body.pop("created"), **body}
        finished = (Event(name="image_generation.completed", fields=fields, picture=each) for each in answer.pictures)
        return await StreamedAnswer(events=tuple(finished)).send(call.request)

    return Fault(play)


def no_completed() -> Fault:
    """All partial pictures, and then a proper end."""
    return altered(lambda answer: replace(answer, events=answer.events[:-1]))


def error_in_stream(
    error: ApiError = FAILED, *, after: int = 1, named: bool = True, body: dict[str, Any] | None = None
) -> Fault:
    """An error after that many events, under status 200; `body` is its data where that is not OpenAI's."""

    def change(answer: StreamedAnswer) -> Answer:
        told = orjson.dumps(body or error.body)
        closing = (b"event: error\n" if named else b"") + b"data: " + told + b"\n\n"
        return replace(answer, events=answer.events[:after], closing=closing)

    return altered(change)


def partials_after_final() -> Fault:
    """OpenAI: the finished picture may come before all partial pictures are there."""

    def change(answer: StreamedAnswer) -> Answer:
        *partials, last = answer.events
        return replace(answer, events=(*partials[:1], last, *partials[1:]))

    return altered(change)


def unknown_events() -> Fault:
    """Comments, pings, chunks of vLLM-Omni and what is no JSON, before and between what is meant."""
    strange = (
        b": keep-alive\n\n",
        b"event: ping\ndata: {}\n\n",
        b"retry: 1000\nid: 7\ndata:\n\n",
        b'data: {"object":"image.edit.chunk","type":"ar_delta","delta":"a red","index":0}\n\n',
        b'event: image_generation.thumbnail\ndata: {"b64_json":"/9j/4AAQSkZJRgABAQ=="}\n\n',
        b'data: ["not", "an", "object"]\n\n',
        b"data: not json\n\n",
    )

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        pieces = [*strange]
        for event in answer.events:
            pieces += [b"".join(answer.wording.pieces(event)), *strange]
        return await told(call, pieces)

    return streamed(play)


def chunks_of_vllm_omni() -> Fault:
    """A whole answer's `data` in a chunk without a name, then `[DONE]`."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        picture = answer.events[-1].picture
        assert picture is not None, "the finished picture is in the last event"
        chunk = Answer(body={"object": "image.edit.chunk", "type": "image", "created": 1}, pictures=(picture,))
        return await told(call, [b"data: ", *map(bytes, chunk.pieces()), b"\n\n", DONE])

    return streamed(play)


def corrupt(text: str, *, of_partials: bool = False) -> Fault:
    """Text that is no picture in the place of the finished one, or of the partial ones."""

    def spoilt(event: Event) -> Event:
        return replace(event, picture=_Text(text)) if event.is_last != of_partials else event

    return altered(lambda answer: replace(answer, events=tuple(map(spoilt, answer.events))))


def altered(change: Callable[[StreamedAnswer], Answer]) -> Fault:
    """The work is done and paid, and the answer is changed on its way out."""

    async def play(call: Call, answer: StreamedAnswer) -> web.StreamResponse:
        return await change(answer).send(call.request)

    return streamed(play)


def streamed(play: Callable[[Call, StreamedAnswer], Awaitable[web.StreamResponse]]) -> Fault:
    """The work is done and paid, and the fault sends the answer."""

    async def caught(call: Call) -> web.StreamResponse:
        answer = await call.work()
        assert isinstance(answer, StreamedAnswer), "a fault for calls that ask for a stream"
        return await play(call, answer)

    return Fault(caught)


async def told(call: Call, pieces: Iterable[bytes]) -> web.StreamResponse:
    """A stream of these pieces."""
    response = web.StreamResponse(headers={"Content-Type": EVENT_STREAM})
    return await stream(call.request, response, iter(pieces), None)


@dataclass(frozen=True, slots=True)
class _Text:
    """What stands in the place of a picture's base64."""

    text: str
    size_bytes: int = 0
    output_format: str = "png"

    def pieces(self) -> Iterator[bytes]:
        return iter(())

    def base64_pieces(self) -> Iterator[bytes]:
        yield self.text.encode()
