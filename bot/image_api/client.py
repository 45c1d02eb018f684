"""The image service over HTTP: the calls, and the one method that awaits the wire."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urljoin

import aiohttp

from bot.clock import Clock
from bot.download import Downloader
from bot.errors import BadAnswer, ImageServiceError, ModelGone, RouteMissing, ServiceLost, ServiceUnreachable
from bot.image_api import wire
from bot.image_api.ask import Ask, Upload
from bot.image_api.catalogue import ListedModel
from bot.image_api.complaints import complaint_from
from bot.image_api.failures import failure, failure_of
from bot.image_api.intake import Intake
from bot.image_api.patience import Patience, persist
from bot.image_api.plan import Call
from bot.image_api.service import Service
from bot.model import Endpoint, Picture
from bot.spool import Spool

READ_BYTES = 64 * 1024  # what waits beyond that waits in the connection, and so at the service
DECODING_AT_ONCE = 2
ERROR_MAX_BYTES = 64 * 1024
ANSWER_MAX_BYTES = 8 * 1024 * 1024
LIST_LIMIT_S = 15.0
MODERATION_LIMIT_S = 30.0

T = TypeVar("T")


class ImageApi:
    """One image service. Its calls raise ImageServiceError and nothing else, apart from a disk that fails."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        service: Service,
        *,
        clock: Clock,
        downloads: Downloader,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self._service = service
        self._clock = clock
        self._downloads = downloads
        self._chance = chance
        self._decoding = asyncio.Semaphore(DECODING_AT_ONCE)
        self.has_variations = True  # until a 404 teaches us otherwise

    async def models(self) -> list[ListedModel]:
        ask = Ask(method="GET", path="models", limit_s=LIST_LIMIT_S)
        return wire.read_listing(await self._persist(partial(self._json, ask), Patience(may_repeat_lost=True)))

    async def model(self, model_id: str) -> ListedModel:
        """One model as the service describes it.

        Raises:
            ModelGone: the service does not have it.
        """
        ask = Ask(method="GET", path=f"models/{quote(model_id, safe='')}", limit_s=LIST_LIMIT_S)
        try:
            return wire.read_model(await self._persist(partial(self._json, ask), Patience(may_repeat_lost=True)))
        except RouteMissing as error:
            raise ModelGone(detail=error.detail) from error

    async def moderate(
        self, words: str, jpeg: bytes | None = None, *, model: str, patience_s: float = MODERATION_LIMIT_S
    ) -> wire.Verdict:
        """What the service thinks of words, a picture or both. Free, so it is asked again until `patience_s` is over.

        Raises:
            RouteMissing: this service has no moderations.
        """
        ask = Ask(
            path="moderations",
            json=wire.moderation_body(words, jpeg, model=model),
            limit_s=min(patience_s, MODERATION_LIMIT_S),
            private=(words,),
        )
        patience = Patience(tries=1_000, total_s=patience_s, may_repeat_lost=True)
        return wire.read_verdict(await self._persist(partial(self._json, ask), patience))

    async def paint(
        self, call: Call, *, spool: Spool, job_id: int, source: Upload | None = None
    ) -> AsyncGenerator[Picture]:
        """Make a call; each picture is handed out as soon as it is whole on the spool.

        Pictures and their files are numbered from `call.first_index`. Ends well with at least one picture, perhaps
        with fewer than asked; what was handed out before an error stays. Leaving the loop early needs
        `contextlib.aclosing`, which ends the request.
        """
        ask = self._ask(call, source)
        async with AsyncExitStack() as doors:
            response = await self._accepted(ask, doors)
            intake = await doors.enter_async_context(
                Intake(
                    first_index=call.first_index,
                    count=call.count,
                    new_file=lambda index: spool.new(job_id, str(index)),
                    downloads=self._downloads,
                    decoding=self._decoding,
                )
            )
            async for chunk in _chunks(response, ask.path):
                async for picture in intake.take(chunk):
                    yield picture
            answer = intake.finish()
            for link in wire.picture_links(answer):
                linked = await intake.follow(urljoin(f"{self._service.root}/", link))
                if linked is not None:
                    yield linked
            if not intake.arrived:
                raise self._error_in(answer, response, ask) or intake.problem or BadAnswer(detail="no picture")

    async def _accepted(self, ask: Ask, doors: AsyncExitStack) -> aiohttp.ClientResponse:
        """The success that a call for pictures meets, its body still to come; `doors` close it."""
        try:
            return await self._persist(lambda: doors.enter_async_context(self._exchange(ask)), Patience())
        except RouteMissing:
            self.has_variations = self.has_variations and ask.path != _path(Endpoint.VARIATIONS)
            raise

    def _ask(self, call: Call, source: Upload | None) -> Ask:
        limit_s = self._service.answer_limit_s
        path = _path(call.endpoint)
        if call.endpoint is Endpoint.GENERATIONS:
            return Ask(path=path, json=wire.call_body(call), limit_s=limit_s, private=(call.prompt,))
        fields = wire.call_fields(call)
        return Ask(path=path, form=fields, upload=source, limit_s=limit_s, private=(call.prompt,))

    def _error_in(self, answer: object, response: aiohttp.ClientResponse, ask: Ask) -> ImageServiceError | None:
        """The error that a success carries in its body."""
        if not isinstance(answer, Mapping) or not answer.get("error"):
            return None
        private = self._private(ask)
        now = self._clock.now()
        return failure_of(response.status, response.headers, complaint_from(answer), now=now, private=private)

    def _private(self, ask: Ask) -> tuple[str, ...]:
        return (*ask.private, self._service.api_key or "")

    async def _persist(self, once: Callable[[], Awaitable[T]], patience: Patience) -> T:
        return await persist(once, patience, clock=self._clock, chance=self._chance)

    async def _json(self, ask: Ask) -> object:
        """A small answer, read whole."""
        async with self._exchange(ask) as response:
            body = await _body(response, ask.path, most_bytes=ANSWER_MAX_BYTES)
            if len(body) == ANSWER_MAX_BYTES:
                raise BadAnswer(detail=f"{ask.path}: {len(body)} bytes or more")
            answer = wire.read_json(body)
            error = self._error_in(answer, response, ask)
            if error is not None:
                raise error
            return answer

    @asynccontextmanager
    async def _exchange(self, ask: Ask) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; inside the block its answer is a success whose body is still to be read.

        Raises:
            ServiceUnreachable: nothing was sent.
            ServiceLost: no answer came; the work may have been done.
            ImageServiceError: what the service refused with.
        """
        timeout = aiohttp.ClientTimeout(total=ask.limit_s, sock_connect=self._service.connect_limit_s)
        async with _payload(ask) as (data, headers):
            with _wire_errors(ask.path):
                response = await self._session.request(
                    ask.method,
                    f"{self._service.root}/{ask.path}",
                    data=data,
                    headers=self._service.headers | headers,
                    timeout=timeout,
                    allow_redirects=False,
                    read_bufsize=READ_BYTES,
                )
            try:
                if not 200 <= response.status < 300:
                    body = await _body(response, ask.path, most_bytes=ERROR_MAX_BYTES)
                    private = self._private(ask)
                    raise failure(response.status, response.headers, body, now=self._clock.now(), private=private)
                yield response
            finally:
                response.close()


def _path(endpoint: Endpoint) -> str:
    return f"images/{endpoint}"


@asynccontextmanager
async def _payload(ask: Ask) -> AsyncIterator[tuple[bytes | aiohttp.FormData | None, dict[str, str]]]:
    """The body and its headers. An uploaded picture is streamed from its file, with its name and type."""
    if ask.form is None:
        yield ask.json, {} if ask.json is None else {"Content-Type": "application/json"}
        return
    form = aiohttp.FormData({name: str(value) for name, value in ask.form.items()}, default_to_multipart=True)
    async with AsyncExitStack() as doors:
        if ask.upload is not None:
            file = doors.enter_context(await asyncio.to_thread(ask.upload.file.open, "rb"))
            name = f"picture.{ask.upload.media_type.partition('/')[2]}"
            form.add_field("image", file, filename=name, content_type=ask.upload.media_type)
        yield form, {}


async def _body(response: aiohttp.ClientResponse, path: str, *, most_bytes: int) -> bytes:
    """The body as far as `most_bytes`."""
    body = bytearray()
    async for chunk in _chunks(response, path):
        body += chunk
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])


async def _chunks(response: aiohttp.ClientResponse, path: str) -> AsyncIterator[bytes]:
    while True:
        with _wire_errors(path):
            chunk = await response.content.read(READ_BYTES)
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
