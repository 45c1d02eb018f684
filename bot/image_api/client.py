"""The image service: its six calls."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from urllib.parse import quote, urljoin

from bot.download import Downloader
from bot.errors import ImageServiceError, ModelGone, RouteMissing
from bot.image_api.answers import read_listing, read_model
from bot.image_api.ask import Ask
from bot.image_api.bodies import body, call_fields
from bot.image_api.call import Call, Upload
from bot.image_api.catalogue import Catalogue, ListedModel
from bot.image_api.checks import check
from bot.image_api.events import Accepted, Event, Failed
from bot.image_api.http import Http, chunks_of
from bot.image_api.intake import Intake
from bot.image_api.painting import Painting
from bot.image_api.patience import Patience
from bot.image_api.verdicts import Verdict, moderation_body, read_verdict
from bot.model import Endpoint
from bot.spool import SpoolWriter

DECODING_AT_ONCE = 2
LIST_LIMIT_S = 15.0
MODERATION_LIMIT_S = 30.0
EITHER_FORM = "text/event-stream, application/json"  # services that do not stream answer JSON all the same


class ImageApi:
    """One image service. `models`, `model` and `moderate` raise ImageServiceError and nothing else."""

    def __init__(self, http: Http, catalogue: Catalogue, *, downloads: Downloader) -> None:
        self._http = http
        self._catalogue = catalogue
        self._downloads = downloads
        self._decoding = asyncio.Semaphore(DECODING_AT_ONCE)
        self.has_variations = True  # until a 404 teaches us otherwise

    async def models(self) -> list[ListedModel]:
        """Every model that the service lists, for pictures or not."""
        ask = Ask(method="GET", path="models", limit_s=LIST_LIMIT_S)
        return read_listing(await self._http.json(ask, Patience(may_repeat_lost=True)))

    async def model(self, model_id: str) -> ListedModel:
        """One model as the service describes it.

        Raises:
            ModelGone: the service does not have it.
        """
        ask = Ask(method="GET", path=f"models/{quote(model_id, safe='')}", limit_s=LIST_LIMIT_S)
        try:
            return read_model(await self._http.json(ask, Patience(may_repeat_lost=True)))
        except RouteMissing as error:
            raise ModelGone(detail=error.detail) from error

    async def moderate(
        self, words: str, jpeg: bytes | None = None, *, model: str, patience_s: float = MODERATION_LIMIT_S
    ) -> Verdict:
        """What the service thinks of words, a picture or both. Free, so it is asked again until `patience_s` is over.

        Raises:
            RouteMissing: this service has no moderations.
        """
        ask = Ask(
            path="moderations",
            json=moderation_body(words, jpeg, model=model),
            limit_s=min(patience_s, MODERATION_LIMIT_S),
            private=(words,),
        )
        patience = Patience(tries=1_000, total_s=patience_s, may_repeat_lost=True)
        return read_verdict(await self._http.json(ask, patience))

    async def paint(self, call: Call, *, new_file: Callable[[str], SpoolWriter]) -> AsyncGenerator[Event]:
        """Make a call and report as it goes; the last event is `Done` or `Failed`.

        Pictures are numbered from `call.first_index`; `new_file` opens the file of each by its name. What was reported
        before a failure stays. Leaving the loop early needs `contextlib.aclosing`, which ends the request.

        Raises:
            InvalidRequest: the model cannot do that; nothing was sent.
        """
        check(call, self._catalogue.get(call.model))
        try:
            async with AsyncExitStack() as doors, aclosing(self._paint(call, new_file, doors)) as events:
                async for event in events:
                    yield event
        except ImageServiceError as error:
            if isinstance(error, RouteMissing) and call.endpoint is Endpoint.VARIATIONS:
                self.has_variations = False
            yield Failed(error)

    async def _paint(
        self, call: Call, new_file: Callable[[str], SpoolWriter], doors: AsyncExitStack
    ) -> AsyncGenerator[Event]:
        ask = self._ask(call)
        response = await self._http.accepted(ask, Patience(), doors)
        yield Accepted(response.headers.get("x-request-id"))
        intake = await doors.enter_async_context(
            Intake(
                first_index=call.first_index,
                count=call.count,
                previews=call.partial_images or 0,
                may_be_svg=call.output_format == "svg",
                new_file=new_file,
                downloads=self._downloads,
                decoding=self._decoding,
            )
        )
        painting = Painting(
            intake,
            count=call.count,
            linked=lambda link: urljoin(self._http.service.url(""), link),
            error_in=lambda answer: self._http.error_in(answer, response, ask),
        )
        async with aclosing(painting.events(chunks_of(response, ask.path))) as events:
            async for event in events:
                yield event
        yield painting.done

    def _ask(self, call: Call) -> Ask:
        service = self._http.service
        fields = call_fields(call, self._catalogue.get(call.model))
        is_json = call.endpoint is Endpoint.GENERATIONS
        return Ask(
            path=f"images/{call.endpoint}",
            json=body(fields) if is_json else None,
            form=None if is_json else fields,
            uploads=_uploads(call),
            headers={"Accept": EITHER_FORM} if call.is_streamed else {},
            limit_s=service.call_limit_s,
            silence_s=service.silence_limit_s,
            private=(call.prompt,),
        )


def _uploads(call: Call) -> tuple[tuple[str, Upload], ...]:
    """One source goes as `image`, several as repeated `image[]`, as OpenAI's own library sends them."""
    name = "image[]" if len(call.sources) > 1 else "image"
    others: Sequence[tuple[str, Upload | None]] = (("mask", call.mask), ("markup", call.markup))
    return (*((name, source) for source in call.sources), *((field, file) for field, file in others if file))
