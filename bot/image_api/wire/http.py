"""The one place that awaits the wire: requests out, answers in, failures of the connection in our words."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import aiohttp

from bot.clock import Clock, SteadyClock
from bot.errors import BadAnswer, ImageServiceError, ServiceBusy, ServiceLost, ServiceUnreachable
from bot.image_api.answers.fields import read_json
from bot.image_api.service import PLAIN_HEADERS, Service, merged
from bot.image_api.wire.ask import Ask
from bot.image_api.wire.error_bodies import complaint_from
from bot.image_api.wire.failures import failure, failure_of
from bot.image_api.wire.json_with_pictures import length_of, pieces_of
from bot.image_api.wire.pace import Pace, Turn
from bot.image_api.wire.redirects import REDIRECTS_MAX, Hop, with_query
from bot.image_api.wire.retries import Patience, persist
from bot.log import SECRET_MIN_CHARS
from bot.opening import opened_to_read

READ_BYTES = 64 * 1024  # what waits beyond that and the latest read waits in the connection, and so at the service
ERROR_MAX_BYTES = 64 * 1024
ANSWER_MAX_BYTES = 8 * 1024 * 1024

T = TypeVar("T")
Payload = bytes | aiohttp.FormData | AsyncIterator[bytes] | None
Response = aiohttp.ClientResponse


class Http:
    """Requests to one service. They raise ImageServiceError and nothing else, apart from a disk that fails."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        service: Service,
        *,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self.service = service
        self._clock = clock
        self._chance = chance
        self._steady = SteadyClock(clock)
        self._pace = Pace(self._steady)

    async def json(self, ask: Ask, patience: Patience) -> object:
        """A small answer, read whole."""
        return await self._persist(partial(self._json, ask, self._end_of(patience)), patience)

    async def accepted(
        self, ask: Ask, patience: Patience, doors: AsyncExitStack, turn: Turn | None = None
    ) -> aiohttp.ClientResponse:
        """The success that a request meets, its body still to come; `doors` close it. With a `turn` it goes at once."""
        until = self._end_of(patience)
        return await self._persist(lambda: doors.enter_async_context(self._exchange(ask, until, turn)), patience)

    @asynccontextmanager
    async def turn(self, ask: Ask, patience: Patience) -> AsyncIterator[Turn]:
        """Wait until such a request may go out, for a block that sends it; one that does not gives its turn back."""
        async with self._pace.turn(ask, self._end_of(patience)) as turn:
            yield turn

    def wait_s(self, ask: Ask) -> float:
        """For how many seconds such a request would wait now because of the service's limits."""
        return self._pace.wait_s(ask)

    def _end_of(self, patience: Patience) -> datetime:
        return self._steady.now() + timedelta(seconds=patience.total_s)

    async def _persist(self, once: Callable[[], Awaitable[T]], patience: Patience) -> T:
        return await persist(once, patience, clock=self._steady, chance=self._chance)

    async def _json(self, ask: Ask, until: datetime) -> object:
        async with self._exchange(ask, until) as response:
            body = await body_of(response, ask.path, most_bytes=ANSWER_MAX_BYTES)
            if len(body) == ANSWER_MAX_BYTES:
                raise BadAnswer(detail=f"{ask.path}: {len(body)} bytes or more")
            answer = read_json(body)
            error = self.error_in(answer, response, ask)
            if error is not None:
                raise error
            return answer

    def error_in(self, answer: object, response: aiohttp.ClientResponse, ask: Ask) -> ImageServiceError | None:
        """The error that a success carries in its body."""
        if not isinstance(answer, Mapping) or not answer.get("error"):
            return None
        private = self._private(ask)
        now = self._clock.now()
        return failure_of(response.status, response.headers, complaint_from(answer), now=now, private=private)

    def _private(self, ask: Ask) -> tuple[str, ...]:
        key = self.service.api_key or ""
        return (*ask.private, key) if len(key) >= SECRET_MIN_CHARS else ask.private

    @asynccontextmanager
    async def _exchange(
        self, ask: Ask, until: datetime, turn: Turn | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; inside the block its answer is a success whose body is still to be read.

        Where the service's limits are used up it goes out when they are fresh, if that is not after `until`.

        Raises:
            ServiceUnreachable: nothing was sent.
            ServiceLost: no answer came; the work may have been done.
            ImageServiceError: what the service refused with.
        """
        async with self.answered(ask, until, turn) as response:
            if not 200 <= response.status < 300:
                raise self.refusal(ask, response, await body_of(response, ask.path, most_bytes=ERROR_MAX_BYTES))
            yield response

    def refusal(self, ask: Ask, response: Response, body: bytes) -> ImageServiceError:
        """What an answer that is no success means; a service that wants a rest gets it."""
        now = self._clock.now()
        error = failure(response.status, response.headers, body, now=now, private=self._private(ask))
        if isinstance(error, ServiceBusy) and error.retry_after_s is not None:
            self._pace.hold(ask, error.retry_after_s)
        return error

    @asynccontextmanager
    async def answered(
        self, ask: Ask, until: datetime | None = None, turn: Turn | None = None
    ) -> AsyncIterator[Response]:
        """Send a request; inside the block is its answer, whatever it says, its body still to be read.

        Raises:
            ServiceUnreachable, ServiceLost: there is none.
            BadAnswer: redirects without end.
        """
        may_follow = ask.follow_redirects or self.service.follow_redirects
        hop = Hop(with_query(self.service.url(ask.path), ask.query), ask.method)
        async with self._its_turn(ask, until or self._steady.now(), turn) as mine:
            for _ in range(REDIRECTS_MAX + 1):
                async with self._sent(ask, hop) as response:
                    if hop.is_home:
                        mine.heed(response.headers)
                    onward = hop.onward(response.status, response.headers.get("Location")) if may_follow else None
                    if onward is None:
                        yield response
                        return
                hop = onward
        raise BadAnswer(detail=f"{ask.path}: more than {REDIRECTS_MAX} redirects")

    @asynccontextmanager
    async def _its_turn(self, ask: Ask, until: datetime, turn: Turn | None) -> AsyncIterator[Turn]:
        """The turn that was waited for before, or a new one where that has been used."""
        if turn is not None and turn.use():
            yield turn
            return
        async with self._pace.turn(ask, until) as another:
            another.use()
            yield another

    @asynccontextmanager
    async def _sent(self, ask: Ask, hop: Hop) -> AsyncIterator[Response]:
        connect_s = self.service.connect_limit_s
        if ask.connect_timeout_ms is not None:
            connect_s = ask.connect_timeout_ms / 1000 or None
        timeout = aiohttp.ClientTimeout(
            total=ask.limit_s,
            connect=connect_s,  # the look-up of the name, too, which a dead name server can hold up
            sock_connect=connect_s,
            sock_read=ask.silence_s,
        )
        ours = (self.service.headers, ask.headers) if hop.is_home else (PLAIN_HEADERS,)
        said = ask if hop.has_body else Ask(path=ask.path, limit_s=ask.limit_s)
        async with _payload(said) as (data, headers):
            with _wire_errors(ask.path):
                response = await self._session.request(
                    hop.method,
                    hop.url,
                    data=data,
                    headers=merged(headers, *ours),
                    timeout=timeout,
                    allow_redirects=False,
                    read_bufsize=READ_BYTES,
                )
            try:
                yield response
            finally:
                response.close()


@asynccontextmanager
async def _payload(ask: Ask) -> AsyncIterator[tuple[Payload, dict[str, str]]]:
    """The body and its headers. Pictures are streamed from their files, in a form with their names and types."""
    if ask.parts:
        length_bytes = await length_of(ask.parts)
        yield pieces_of(ask.parts), {"Content-Type": "application/json", "Content-Length": str(length_bytes)}
        return
    if ask.form is None:
        yield ask.json, {} if ask.json is None else {"Content-Type": "application/json"}
        return
    form = aiohttp.FormData(dict(ask.form), default_to_multipart=True)
    async with AsyncExitStack() as doors:
        for number, (field, upload) in enumerate(ask.uploads, start=1):
            file = doors.enter_context(await opened_to_read(upload.file))
            name = f"picture{number if number > 1 else ''}.{upload.media_type.partition('/')[2]}"
            form.add_field(field, file, filename=name, content_type=upload.media_type)
        yield form, {}


async def body_of(response: aiohttp.ClientResponse, path: str, *, most_bytes: int) -> bytes:
    """The body as far as `most_bytes`."""
    body = bytearray()
    async for chunk in chunks_of(response, path):
        body += chunk
        if len(body) >= most_bytes:
            break
    del body[most_bytes:]
    return bytes(body)


async def chunks_of(response: aiohttp.ClientResponse, path: str) -> AsyncIterator[bytes]:
    """The body as it arrives, in the pieces it arrives in: to cut them anew would copy them."""
    while True:
        with _wire_errors(path):
            chunk = await response.content.readany()
        if not chunk:
            return
        yield chunk


@contextmanager
def _wire_errors(path: str) -> Iterator[None]:
    """Failures of the connection in our words: could not connect, or lost after sending."""
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise ServiceUnreachable(detail=f"{path}: {type(error).__name__}: {error}") from error
    except (TimeoutError, aiohttp.ClientError) as error:
        raise ServiceLost(detail=f"{path}: {type(error).__name__}") from error
