"""Which models there are now: the service's list, kept fresh in the background, and what follows from it."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from bot.clock import Clock
from bot.errors import NOT_CHARGED, InvalidRequest
from bot.image_api.bill import Bill
from bot.image_api.call import Call
from bot.image_api.catalogue import Catalogue, ListedModel, best
from bot.image_api.checks_of_service import check_service
from bot.image_api.cost import knows_cost
from bot.image_api.dialects.dialect import Dialect
from bot.image_api.dialects.records import COMPATIBLE
from bot.image_api.facts import ModelFacts
from bot.image_api.plan import plan
from bot.request import ImageRequest, Operation

FRESH = timedelta(minutes=10)
RETRY = timedelta(seconds=30)
HAS_BUDGET = "The bot's owner has set a budget, and what this costs with"
NO_PRICE = f"{HAS_BUDGET} the models here is not known. Only the owner can mend that. {NOT_CHARGED}"

_SHOWABLE = re.compile(r"\w[\w.:/+-]{0,79}")

log = logging.getLogger(__name__)


class ModelService(Protocol):
    """`has_variations`: False once the service has answered that it lacks that endpoint.

    `paints_one`: True once it has refused to be asked for several pictures of that model.
    """

    has_variations: bool

    def paints_one(self, model_id: str) -> bool: ...

    async def models(self) -> list[ListedModel]: ...


class Models:
    """Answers at once, from the last list or, before there is one, from the catalogue.

    An answer from an old list starts one refresh in the background. `preferred` is the owner's default and trusted even
    where the service does not list it; `dialect` is the kind of service. As an async context manager it ends that
    refresh when it is left. With a budget only models are used whose calls have a known price.
    """

    def __init__(
        self,
        service: ModelService,
        catalogue: Catalogue,
        *,
        clock: Clock,
        preferred: str | None = None,
        has_budget: bool = False,
        dialect: Dialect = COMPATIBLE,
    ) -> None:
        self._service = service
        self._catalogue = catalogue
        self._clock = clock
        self._preferred = preferred
        self._has_budget = has_budget
        self._dialect = dialect
        self._listed: list[ListedModel] | None = None
        self._next_at: datetime | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait({self._refreshing})

    async def refresh(self) -> None:
        """Fetch the list now; whoever asks meanwhile waits for the same fetch.

        Raises:
            ImageServiceError: it cannot be had; the list from before stays.
        """
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        """The refresh under way, or a new one."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._fetch(), name="model list")
            self._refreshing.add_done_callback(_note)
        return self._refreshing

    async def _fetch(self) -> None:
        self._next_at = self._clock.now() + RETRY
        self._listed = await self._service.models()
        self._next_at = self._clock.now() + FRESH
        log.info("models listed count=%d", len(self._listed))

    def usable(self, operation: Operation, *, has_words: bool = False) -> list[ModelFacts]:
        """What can be used for an operation, the owner's choice first, then best first."""
        models = self._catalogue.usable(
            self._current(),
            operation,
            today=self._clock.now().date(),
            has_words=has_words,
            variations=self._service.has_variations,
        )
        first = self._owners(operation, has_words=has_words)
        if first is None:
            return models
        listed = next((model for model in models if model.id == first.id), first)
        return [listed, *(model for model in models if model.id != first.id)]

    def default(self, operation: Operation, *, has_words: bool = False) -> ModelFacts:
        """The model for those who name none: the owner's where it can do this, else the best that stays.

        Raises:
            InvalidRequest: the service has none for this, or the budget allows none.
        """
        model = self._owners(operation, has_words=has_words)
        if model is not None and self._fits_budget(model, operation, has_words=has_words):
            return model
        usable = self.usable(operation, has_words=has_words)
        allowed = [each for each in usable if self._fits_budget(each, operation, has_words=has_words)]
        model = best(allowed, self._clock.now().date())
        if model is None and usable:
            raise InvalidRequest(NO_PRICE)
        if model is None:
            what = "vary pictures" if operation is Operation.VARY else "paint"
            raise InvalidRequest(f"The image service has no model that can {what}{' with words' * has_words}.")
        return model

    def _fits_budget(self, model: ModelFacts, operation: Operation, *, has_words: bool) -> bool:
        """With a budget nothing is painted whose price is not known."""
        variations = self._service.has_variations
        endpoint = model.endpoint_for(operation, has_words=has_words, variations=variations)
        return not self._has_budget or (endpoint is not None and knows_cost(model, endpoint))

    def find(self, model_id: str) -> ModelFacts:
        """A model by its id.

        Raises:
            InvalidRequest: the service does not list it, or it is not for pictures.
        """
        listed = self._current()
        if listed is None or model_id == self._preferred:
            return self._catalogue.get(model_id)
        for model in listed:
            if model.id == model_id and self._catalogue.may_paint(model_id):
                return self._catalogue.facts(model)
        named = f"called `{model_id}`" if _SHOWABLE.fullmatch(model_id) else "of that name"
        raise InvalidRequest(f"The image service has no picture model {named}. /models lists what there is.")

    def plan(self, request: ImageRequest, *, previews: int = 0) -> tuple[Call, ...]:
        """The calls that paint a request; `previews` of each picture, where the model shows that many.

        Raises:
            InvalidRequest: there is no such model, or it or its service cannot do this.
        """
        has_words = bool(request.prompt)
        model = self.find(request.model) if request.model else self.default(request.operation, has_words=has_words)
        if self._service.paints_one(model.id):
            model = replace(model, count_max=1)
        calls = plan(request, model, variations=self._service.has_variations, previews=previews)
        check_service(calls[0], self._dialect)
        if self._has_budget and self.most_microusd(calls) is None:
            raise InvalidRequest(
                f"{HAS_BUDGET} `{model.id}` is not known. Pick another model: /models lists them. {NOT_CHARGED}"
            )
        return calls

    def bill(self, call: Call) -> Bill:
        return Bill(call, self._catalogue.get(call.model))

    def most_microusd(self, calls: Sequence[Call]) -> int | None:
        """The most that these calls can cost together; None where that is not known of one."""
        known = [most for most in (self.bill(call).most_microusd for call in calls) if most is not None]
        return sum(known) if len(known) == len(calls) else None

    def _owners(self, operation: Operation, *, has_words: bool) -> ModelFacts | None:
        if self._preferred is None:
            return None
        model = self._catalogue.get(self._preferred)
        variations = self._service.has_variations
        return model if model.endpoint_for(operation, has_words=has_words, variations=variations) else None

    def _current(self) -> Sequence[ListedModel] | None:
        """The last list; None before the first. Starts a refresh when it is time for one."""
        if self._next_at is None or self._clock.now() >= self._next_at:
            self._start()
        return self._listed


def _note(refresh: asyncio.Task[None]) -> None:
    """A failed refresh is known to its callers; nobody else waits for it."""
    if refresh.cancelled():
        return
    error = refresh.exception()
    if error is not None:
        log.warning("models not listed error=%s %s", type(error).__name__, getattr(error, "detail", ""))
