"""An answer taken in while it arrives, be it one JSON object or a stream of events."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from itertools import islice

from bot.errors import BadAnswer, ImageServiceError, ServiceBusy, ServiceLost
from bot.image_api.answers.cutter import REST_MAX_BYTES, PictureCutter
from bot.image_api.answers.fields import picture_links, revised_prompt_in, usage_in
from bot.image_api.answers.intake import TEXT_MAX_BYTES, Intake
from bot.image_api.answers.no_picture import why_empty
from bot.image_api.answers.sse import EventData, EventEnd, EventFraming, Part, begins_stream
from bot.image_api.answers.stream_events import Meaning, is_last, meaning_of
from bot.image_api.events import Done, Event, Painted, Usage

PREVIEWS_MAX = 3
HEAD_MAX_BYTES = 64
LINES_MAX = 20_000  # a stream has some ten, and two for each sign of life while it paints
DONE = b"[DONE]"


class Painting:
    """Reads one answer to a call for `count` pictures.

    `error_in` finds the refusal that an object carries; `linked` is where a link of the answer leads.
    """

    def __init__(
        self,
        intake: Intake,
        *,
        count: int,
        linked: Callable[[str], str],
        error_in: Callable[[object], ImageServiceError | None],
    ) -> None:
        self._intake = intake
        self._count = count
        self._linked = linked
        self._error_in = error_in
        self._links_left = 2 * count  # each can take a minute, and an answer has room for thousands
        self._usage: Usage | None = None
        self._revised_prompt: str | None = None

    async def events(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
        """Previews and pictures, as the answer brings them; `done` is its last word.

        Raises:
            ImageServiceError: it brought no picture, or broke off; what was reported before stays.
        """
        async with aclosing(await self._begun(chunks)) as events:
            async for event in events:
                yield event

    async def _begun(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
        """What reads this answer, told from how it begins."""
        head = b""
        is_stream = None
        async for chunk in chunks:
            head += chunk
            is_stream = begins_stream(head)
            if is_stream is not None or len(head) > HEAD_MAX_BYTES:
                break
        read = self._stream if is_stream else self._object
        return read(self._bounded(head, chunks))

    @property
    def done(self) -> Done:
        """What is to be said of the answer when all of it is there."""
        return Done(count=self._intake.arrived, usage=self._usage, revised_prompt=self._revised_prompt)

    async def _bounded(self, head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The whole answer, unless it is larger than anything that was asked for can be."""
        left_bytes = (self._count + PREVIEWS_MAX) * TEXT_MAX_BYTES + REST_MAX_BYTES - len(head)
        yield head
        del head  # it can be a quarter of a megabyte, and the answer goes on for minutes
        async for chunk in chunks:
            left_bytes -= len(chunk)
            if left_bytes < 0:
                raise BadAnswer(detail="the answer is larger than its pictures can be")
            yield chunk

    async def _object(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
        cutter = PictureCutter()
        async for chunk in chunks:
            for cut in cutter.feed(chunk):
                await self._intake.take(cut)
                for picture in await self._intake.keep():
                    yield Painted(picture)
        answer = cutter.finish()
        async for event in self._finished(answer):
            yield event
        refusal = self._refusal(answer)
        if not self._intake.arrived:
            raise refusal or self._intake.problem or why_empty(answer)
        if refusal is not None:
            self._intake.note(refusal)  # why there are fewer than were asked for

    async def _stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
        data, finished = _Data(), 0
        async for part in _parts(chunks):
            match part:
                case EventData(text):
                    await data.read(text, self._intake)
                case EventEnd(name):
                    if data.says_done:
                        break
                    answer, data = data.end(self._intake), _Data()
                    async for event in self._event(name, answer):
                        yield event
                    finished += is_last(name, answer)
                    if finished == self._count:
                        break
        if not self._intake.arrived:
            raise self._intake.problem or ServiceLost(detail="the stream ended without a finished picture")

    async def _event(self, name: str, answer: object) -> AsyncGenerator[Event]:
        """What one event of a stream brings."""
        match meaning_of(name, answer):
            case Meaning.ERROR:
                is_wrapped = isinstance(answer, Mapping) and answer.get("error")
                wrapped = answer if is_wrapped else {"error": answer}
                raise self._refusal(wrapped) or BadAnswer(detail="an error in the stream that says nothing")
            case Meaning.PREVIEW:
                preview = await self._intake.keep_as_preview()
                if preview is not None:
                    yield preview
            case Meaning.PICTURES:
                async for event in self._finished(answer):
                    yield event
            case Meaning.UNKNOWN:
                await self._intake.forget()

    async def _finished(self, answer: object) -> AsyncGenerator[Event]:
        """The pictures of an object, those behind links too; and what it says of them is noted."""
        for picture in await self._intake.keep():
            yield Painted(picture)
        links = list(islice(picture_links(answer), self._links_left))
        self._links_left -= len(links)
        for link in links:
            picture_behind = await self._intake.follow(self._linked(link))
            if picture_behind is not None:
                yield Painted(picture_behind)
        self._usage = usage_in(answer) or self._usage
        self._revised_prompt = revised_prompt_in(answer) or self._revised_prompt

    def _refusal(self, answer: object) -> ImageServiceError | None:
        """The error that an answer carries. It came after the work had begun, so the call must not be made again."""
        error = self._error_in(answer)
        if isinstance(error, ServiceBusy):
            error.again = False
        return error


class _Data:
    """The data of one event: an object with a picture, read in pieces. What is not such an object is left out."""

    def __init__(self) -> None:
        self._cutter = PictureCutter()
        self._head = b""
        self._is_spoilt = False

    @property
    def says_done(self) -> bool:
        """Whether it is no object but the mark that some services put at the end."""
        return self._head.lstrip().startswith(DONE)

    async def read(self, text: bytes, intake: Intake) -> None:
        self._head += text[: HEAD_MAX_BYTES - len(self._head)]
        if self._is_spoilt:
            return
        try:
            for cut in self._cutter.feed(text):
                await intake.take(cut)
        except BadAnswer as problem:
            self._spoil(problem, intake)

    def end(self, intake: Intake) -> object:
        """The object without its pictures; None where it cannot be used, or is empty to keep the connection open."""
        if self._is_spoilt or not self._head.strip():
            return None
        try:
            return self._cutter.finish()
        except ImageServiceError as problem:
            self._spoil(problem, intake)
            return None

    def _spoil(self, problem: ImageServiceError, intake: Intake) -> None:
        self._is_spoilt = True
        intake.note(problem)


async def _parts(chunks: AsyncIterator[bytes]) -> AsyncIterator[Part]:
    """
    Raises:
        BadAnswer: line after line that means nothing, which costs work however short they are.
    """
    framing = EventFraming()
    async for chunk in chunks:
        for part in framing.feed(chunk):
            yield part
        if framing.lines > LINES_MAX:
            raise BadAnswer(detail=f"a stream of more than {LINES_MAX} lines")
    for part in framing.finish():
        yield part
