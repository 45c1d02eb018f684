"""The image service: its six calls."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote, urljoin

from bot.download import Downloader
from bot.errors import BadAnswer, ImageServiceError, ModelGone, RequestRejected, RouteMissing
from bot.image_api.answers import picture_links, read_listing, read_model, revised_prompt_in, usage_in
from bot.image_api.ask import Ask
from bot.image_api.bodies import body, call_fields
from bot.image_api.call import Call, Upload
from bot.image_api.catalogue import Catalogue, ListedModel
from bot.image_api.checks import check
from bot.image_api.events import Accepted, Done, Event, Failed, Painted
from bot.image_api.http import Http, chunks_of
from bot.image_api.intake import Intake
from bot.image_api.learned import Learned
from bot.image_api.patience import Patience
from bot.image_api.verdicts import Verdict, moderation_body, read_verdicts
from bot.model import Endpoint
from bot.spool import SpoolWriter

DECODING_AT_ONCE = 2
LIST_LIMIT_S = 15.0
MODERATION_LIMIT_S = 30.0


class ImageApi:
    """One image service. `models`, `model` and `moderate` raise ImageServiceError and nothing else."""

    def __init__(self, http: Http, catalogue: Catalogue, *, downloads: Downloader) -> None:
        self._http = http
        self._catalogue = catalogue
        self._downloads = downloads
        self._decoding = asyncio.Semaphore(DECODING_AT_ONCE)
        self._learned = Learned()
        self.has_variations = True  # until a 404 teaches us otherwise

    def paints_one(self, model_id: str) -> bool:
        """Whether a refusal has taught us that this model must be asked for one picture at a time."""
        return self._learned.paints_one(model_id)

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
        self,
        words: str | Sequence[str],
        pictures: Sequence[bytes] = (),
        *,
        model: str,
        patience_s: float = MODERATION_LIMIT_S,
    ) -> tuple[Verdict, ...]:
        """What the service thinks, in one request: of each of several texts, else of words and pictures together.

        There are as many verdicts as texts where there are texts alone, and one for everything where there are
        pictures. Free, so it is asked again until `patience_s` is over.

        Raises:
            RouteMissing: this service has no moderations.
        """
        texts = (words,) if isinstance(words, str) else tuple(words)
        ask = Ask(
            path="moderations",
            json=moderation_body(words, pictures, model=model),
            limit_s=min(patience_s, MODERATION_LIMIT_S),
            private=texts,
        )
        patience = Patience(tries=1_000, total_s=patience_s, may_repeat_lost=True)
        return read_verdicts(await self._http.json(ask, patience), 1 if pictures else len(texts))

    async def paint(self, call: Call, *, new_file: Callable[[str], SpoolWriter]) -> AsyncGenerator[Event]:
        """Make a call and report as it goes; the last event is `Done` or `Failed`.

        Pictures are numbered from `call.first_index`; `new_file` opens the file of each by its name. What was reported
        before a failure stays. Leaving the loop early needs `contextlib.aclosing`, which ends the request.

        Raises:
            InvalidRequest: the model cannot do that; nothing was sent.
        """
        check(call, self._catalogue.get(call.model))
        try:
            async with AsyncExitStack() as doors:
                async for event in self._paint(call, new_file, doors):
                    yield event
        except ImageServiceError as error:
            if isinstance(error, RouteMissing) and call.endpoint is Endpoint.VARIATIONS:
                self.has_variations = False
            yield Failed(error)

    async def _paint(
        self, call: Call, new_file: Callable[[str], SpoolWriter], doors: AsyncExitStack
    ) -> AsyncGenerator[Event]:
        facts = self._catalogue.get(call.model)
        fields, response = call_fields(call, facts), None
        while response is None:  # once for each field that the service turns out not to know
            ask = self._ask(call, self._learned.known(call, fields))
            try:
                response = await self._http.accepted(ask, Patience(), doors)
            except RequestRejected as refusal:
                self._learned.heed(call, fields, facts, refusal)
        yield Accepted(response.headers.get("x-request-id"))
        intake = await doors.enter_async_context(
            Intake(
                first_index=call.first_index,
                count=call.count,
                new_file=lambda index: new_file(str(index)),
                downloads=self._downloads,
                decoding=self._decoding,
            )
        )
        async for chunk in chunks_of(response, ask.path):
            async for picture in intake.take(chunk):
                yield Painted(picture)
        answer = intake.finish()
        for link in picture_links(answer):
            linked = await intake.follow(urljoin(self._http.service.url(""), link))
            if linked is not None:
                yield Painted(linked)
        if not intake.arrived:
            raise self._http.error_in(answer, response, ask) or intake.problem or BadAnswer(detail="no picture")
        yield Done(
            count=intake.arrived,
            usage=usage_in(answer),
            revised_prompt=revised_prompt_in(answer),
            left_out=self._learned.left_out(call, fields, facts),
        )

    def _ask(self, call: Call, fields: Mapping[str, Any]) -> Ask:
        service = self._http.service
        is_json = call.endpoint is Endpoint.GENERATIONS
        return Ask(
            path=f"images/{call.endpoint}",
            json=body(fields) if is_json else None,
            form=None if is_json else fields,
            uploads=_uploads(call),
            limit_s=service.call_limit_s,
            silence_s=service.silence_limit_s,
            private=(call.prompt,),
            pictures=call.count,
            model=call.model,
        )


def _uploads(call: Call) -> tuple[tuple[str, Upload], ...]:
    """One source goes as `image`, several as repeated `image[]`, as OpenAI's own library sends them."""
    name = "image[]" if len(call.sources) > 1 else "image"
    others: Sequence[tuple[str, Upload | None]] = (("mask", call.mask), ("markup", call.markup))
    return (*((name, source) for source in call.sources), *((field, file) for field, file in others if file))
