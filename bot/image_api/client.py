"""The image service: its six calls, and any other request."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from bot.download import Downloader
from bot.errors import ImageServiceError, ModelGone, RequestRejected, RouteMissing
from bot.image_api.answers.fields import read_listing, read_model
from bot.image_api.answers.intake import Intake
from bot.image_api.answers.reading import Painting
from bot.image_api.answers.verdicts import Verdict, moderation_body, read_verdicts, together
from bot.image_api.call import Call
from bot.image_api.calls.bodies import body_of, call_fields
from bot.image_api.calls.check_service import check_service
from bot.image_api.calls.checks import check
from bot.image_api.calls.refused_fields import Learned
from bot.image_api.catalogue.catalogue import Catalogue, ListedModel
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.dialects.dialect import Route
from bot.image_api.events import Accepted, Event, Failed, LeftOut
from bot.image_api.generic.requests import GenericRequest, Reply, request
from bot.image_api.wire.ask import Ask
from bot.image_api.wire.http import Http, chunks_of
from bot.image_api.wire.pace import Turn
from bot.image_api.wire.retries import Patience
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
        # Known from the service's record, or until a 404 teaches us otherwise.
        self.has_variations = Route.VARIATIONS in http.service.dialect.routes
        self._learned = Learned()

    def paints_one(self, model_id: str) -> bool:
        """Whether a refusal has taught us that this model must be asked for one picture at a time."""
        return self._learned.paints_one(model_id)

    def left_out(self, call: Call) -> tuple[str, ...]:
        """Fields of this call that the service is known by now not to know, so that it paints without them."""
        facts = self._facts(call)
        return self._learned.left_out(call, call_fields(call, facts, self._http.service.dialect), facts)

    async def models(self) -> list[ListedModel]:
        """Every model that the service lists, for pictures or not; where it lists what nobody can call, the owner's."""
        ask = Ask(method="GET", path=self._path(Route.MODELS), limit_s=LIST_LIMIT_S)
        listed = read_listing(await self._http.json(ask, Patience(may_repeat_lost=True)))
        service = self._http.service
        if service.callable_model:
            return [ListedModel(service.callable_model)]
        return [replace(model, id=model.id.removeprefix(service.dialect.id_prefix)) for model in listed]

    async def model(self, model_id: str) -> ListedModel:
        """One model as the service describes it.

        Raises:
            ModelGone: the service does not have it.
        """
        if Route.MODEL not in self._http.service.dialect.routes:
            return _found(model_id, await self.models())
        ask = Ask(method="GET", path=self._path(Route.MODEL, model_id), limit_s=LIST_LIMIT_S)
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
        """What the service thinks: of each of several texts, else of words and pictures together.

        There are as many verdicts as texts where there are texts alone, and one for everything where there are
        pictures. OpenAI takes one picture a request (it answers «too_many_images», seen in gumroad's pull request
        4709), so every further one is asked about by itself. Free, so each is asked again until `patience_s` is over.

        Raises:
            RouteMissing: this service has no moderations.
        """
        asked = await self._moderate(words, pictures[:1], model=model, patience_s=patience_s)
        further = [await self._moderate("", (each,), model=model, patience_s=patience_s) for each in pictures[1:]]
        return (together([*asked, *chain(*further)]),) if further else asked

    async def _moderate(
        self, words: str | Sequence[str], pictures: Sequence[bytes], *, model: str, patience_s: float
    ) -> tuple[Verdict, ...]:
        texts = (words,) if isinstance(words, str) else tuple(words)
        ask = Ask(
            path=self._path(Route.MODERATIONS),
            json=moderation_body(words, pictures, model=model),
            limit_s=min(patience_s, MODERATION_LIMIT_S),
            private=texts,
        )
        patience = Patience(tries=1_000, total_s=patience_s, may_repeat_lost=True)
        return read_verdicts(await self._http.json(ask, patience), 1 if pictures else len(texts))

    async def request(self, wish: GenericRequest) -> Reply:
        """Any GET or POST on the service (see generic/requests.py), once.

        Raises:
            InvalidRequest: nothing was sent.
            OSError: the disk does not take a download.
        """
        return await request(self._http, wish)

    @asynccontextmanager
    async def turn(self, call: Call) -> AsyncIterator[Turn]:
        """Wait until the service's limits have room for a call, for a block that makes it; nothing is sent."""
        async with self._http.turn(_like(call.model, call.count), Patience()) as turn:
            yield turn

    def wait_s(self, model: str) -> float:
        """For how many seconds a call for one picture would wait now because of the service's limits."""
        return self._http.wait_s(_like(model, 1))

    async def paint(
        self, call: Call, *, new_file: Callable[[str], SpoolWriter], turn: Turn | None = None
    ) -> AsyncGenerator[Event]:
        """Make a call and report as it goes; the last event is `Done` or `Failed`. With a `turn` it goes out at once.

        Pictures are numbered from `call.first_index`; `new_file` opens the file of each by its name. What was reported
        before a failure stays. Leaving the loop early needs `contextlib.aclosing`, which ends the request.

        Raises:
            InvalidRequest: the model cannot do that; nothing was sent.
        """
        check(call, self._catalogue.get(call.model))
        check_service(call, self._http.service.dialect)
        try:
            async with AsyncExitStack() as doors, aclosing(self._paint(call, new_file, doors, turn)) as events:
                async for event in events:
                    yield event
        except ImageServiceError as error:
            if isinstance(error, RouteMissing) and call.endpoint is Endpoint.VARIATIONS:
                self.has_variations = False
            yield Failed(error)

    async def _paint(
        self, call: Call, new_file: Callable[[str], SpoolWriter], doors: AsyncExitStack, turn: Turn | None
    ) -> AsyncGenerator[Event]:
        facts = self._facts(call)
        fields, response = call_fields(call, facts, self._http.service.dialect), None
        while response is None:  # once for each field that the service turns out not to know
            asked = self._learned.known(call, fields)
            ask = self._ask(call, asked, facts)
            try:
                response = await self._http.accepted(ask, Patience(), doors, turn)
            except RequestRejected as refusal:
                self._learned.heed(call, asked, facts, refusal)
                yield LeftOut(self._learned.left_out(call, fields, facts))
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
            linked=self._http.service.address.link,
            error_in=lambda answer: self._http.error_in(answer, response, ask),
        )
        async with aclosing(painting.events(chunks_of(response, ask.path))) as events:
            async for event in events:
                yield event
        yield replace(painting.done, left_out=self._learned.left_out(call, fields, facts))

    def _ask(self, call: Call, fields: Mapping[str, Any], facts: ModelFacts) -> Ask:
        service = self._http.service
        body = body_of(call, fields, facts, service.dialect)
        return Ask(
            path=self._path(body.route, call.model),
            json=body.json,
            parts=body.parts,
            form=body.form,
            uploads=body.uploads,
            headers={"Accept": EITHER_FORM} if call.is_streamed else {},
            limit_s=service.call_limit_s,
            silence_s=service.silence_limit_s,
            private=(call.prompt,),
            pictures=call.count,
            model=call.model,
        )

    def _facts(self, call: Call) -> ModelFacts:
        """The model's, with the service's own names of fields among them."""
        facts = self._catalogue.get(call.model)
        return replace(facts, names={**self._http.service.dialect.names, **facts.names})

    def _path(self, route: Route, model: str = "") -> str:
        """
        Raises:
            RouteMissing: the service is known not to have it; nobody is asked.
        """
        dialect = self._http.service.dialect
        if route not in dialect.routes:
            raise RouteMissing(detail=f"{dialect.name} has no {route}")
        return dialect.path(route, model)


def _like(model: str, pictures: int) -> Ask:
    """A request that counts against the same limits as a call for that many pictures."""
    return Ask(path="", limit_s=None, pictures=pictures, model=model)


def _found(model_id: str, listed: Sequence[ListedModel]) -> ListedModel:
    for model in listed:
        if model.id == model_id:
            return model
    raise ModelGone(detail=f"{model_id} is not among {len(listed)} models")
