"""Which model paints a request, and in which calls: what follows from the service's stock and the owner's choice."""

import re
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from bot.clock import Clock
from bot.errors import NOT_CHARGED, InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.bill import Bill
from bot.image_api.calls.check_service import check_service
from bot.image_api.calls.cost import knows_cost, without
from bot.image_api.calls.plan import plan
from bot.image_api.catalogue.catalogue import Catalogue, best, stays
from bot.image_api.catalogue.departures import Ending
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.catalogue.stock import ModelService, Stock
from bot.image_api.dialects.dialect import Dialect
from bot.image_api.dialects.records import COMPATIBLE
from bot.request import ImageRequest, Operation

HAS_BUDGET = "The bot's owner limits what I may spend, and"
NO_PRICE = f"{HAS_BUDGET} no model here has a known price. Only the owner can add one. {NOT_CHARGED}"

_SHOWABLE = re.compile(r"\w[\w.:/+-]{0,79}")


def no_price_of(model_id: str) -> str:
    return f"{HAS_BUDGET} the price of `{model_id}` is not known. Pick another model: /models lists them. {NOT_CHARGED}"


class Models:
    """Answers at once, from what is known by now.

    `preferred` is the owner's default and trusted even where the service does not list it; `dialect` is the kind of
    service. In the place of a model that is gone stands its successor: the first that its maker names and the service
    has, else the best that stays. With a budget only models are used whose calls have a known price.
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
        self._preferred = preferred
        self.has_budget = has_budget
        self._dialect = dialect
        self.stock = Stock(service, catalogue, clock=clock)

    async def __aenter__(self) -> Self:
        await self.stock.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stock.__aexit__(kind, error, trace)

    async def refresh(self) -> None:
        """Fetch the service's list now.

        Raises:
            ImageServiceError: it cannot be had; the list from before stays.
        """
        await self.stock.refresh()

    def usable(self, operation: Operation, *, has_words: bool = False) -> list[ModelFacts]:
        """What can be used for an operation, the owner's choice first, then best first."""
        models = self.stock.able(operation, has_words=has_words)
        first = self._owners(operation, has_words=has_words)
        if first is None or self.stock.is_gone(first):
            return models
        return [first, *(model for model in models if model.id != first.id)]

    def all(self) -> list[ModelFacts]:
        """Everything that can paint in any way, each once, best first."""
        ways = (
            self.usable(Operation.IMAGINE),
            self.usable(Operation.VARY, has_words=True),
            self.usable(Operation.VARY),
        )
        return list({model.id: model for models in ways for model in models}.values())

    def default_or_none(self, operation: Operation) -> ModelFacts | None:
        """`default`, for those who only show it."""
        try:
            return self.default(operation)
        except InvalidRequest:
            return None

    def default(self, operation: Operation, *, has_words: bool = False) -> ModelFacts:
        """The model for those who name none: the owner's where it can do this, else the best that stays.

        Raises:
            InvalidRequest: the service has none for this, or the budget allows none.
        """
        model = self._default(operation, has_words=has_words)
        if model is None and self.usable(operation, has_words=has_words):
            raise InvalidRequest(NO_PRICE)
        if model is None:
            what = "vary pictures" if operation is Operation.VARY else "paint"
            raise InvalidRequest(f"The image service has no model that can {what}{' with words' * has_words}.")
        return self._or_successor(model, operation, has_words=has_words)

    def find(self, model_id: str) -> ModelFacts:
        """A model by its id, also one that is gone.

        Raises:
            InvalidRequest: the service never listed it as far as we know, or it is not for pictures.
        """
        model = self.stock.facts(model_id)
        is_listed = self.stock.has(model_id)
        if model_id == self._preferred:
            return model
        if is_listed is None and (_SHOWABLE.fullmatch(model_id) or self._is_offered(model_id)):
            return model  # a name is shown to all and logged, words are not
        if (is_listed or self.stock.is_gone(model)) and self._catalogue.may_paint(model_id):
            return model
        named = f"called `{model_id}`" if _SHOWABLE.fullmatch(model_id) else "of that name"
        raise InvalidRequest(f"The image service has no picture model {named}. /models lists what there is.")

    def _is_offered(self, model_id: str) -> bool:
        return any(model.id == model_id for operation in Operation for model in self.usable(operation, has_words=True))

    def plan(self, request: ImageRequest, *, previews: int = 0) -> tuple[Call, ...]:
        """The calls that paint a request; `previews` of each picture, where the model shows that many.

        Raises:
            InvalidRequest: there is no such model, or it or its service cannot do this.
        """
        has_words = bool(request.prompt)
        if request.model:
            model = self._or_successor(self.find(request.model), request.operation, has_words=has_words)
        else:
            model = self.default(request.operation, has_words=has_words)
        try:
            return self._plan(request, model, previews=previews)
        except InvalidRequest as error:
            gone = self.replaced(request, by=model.id)
            if gone is None:
                raise
            raise InvalidRequest(
                f"`{gone}` has been retired, and `{model.id}`, which paints in its place, cannot do this. "
                f"{str(error).removesuffix(NOT_CHARGED).rstrip()} {NOT_CHARGED}"
            ) from error

    def _plan(self, request: ImageRequest, model: ModelFacts, *, previews: int) -> tuple[Call, ...]:
        if self._service.paints_one(model.id):
            model = replace(model, count_max=1)
        calls = plan(request, model, variations=self._service.has_variations, previews=previews)
        check_service(calls[0], self._dialect)
        if self.has_budget and self.most_microusd(calls) is None:
            raise InvalidRequest(no_price_of(model.id))
        return calls

    def bill(self, call: Call) -> Bill:
        """What a call costs; a quality or size that the service does not know is its own choice."""
        return Bill(without(call, self._service.left_out(call)), self._catalogue.get(call.model))

    def most_microusd(self, calls: Sequence[Call]) -> int | None:
        """The most that these calls can cost together; None where that is not known of one."""
        known = [most for most in (self.bill(call).most_microusd for call in calls) if most is not None]
        return sum(known) if len(known) == len(calls) else None

    def replaced(self, request: ImageRequest, *, by: str) -> str | None:
        """The model that a request means, where that is gone and `by` paints in its place; else None."""
        if request.model is not None:
            return request.model if request.model != by else None
        owners = self._owners(request.operation, has_words=bool(request.prompt))
        return owners.id if owners is not None and owners.id != by and self.stock.is_gone(owners) else None

    def endings(self) -> list[Ending]:
        """The default models that are gone or will be within 30 days, each once."""
        found: dict[str, Ending] = {}
        for operation in Operation:
            model = self._default(operation, has_words=False)
            if model is not None and (self.stock.is_gone(model) or not stays(model, self.stock.today)):
                ending = Ending(
                    model=model,
                    successor=self._successor(model, operation, has_words=False),
                    is_gone=self.stock.is_gone(model),
                    is_owners=model.id == self._preferred,
                )
                found.setdefault(model.id, ending)
        return list(found.values())

    def _default(self, operation: Operation, *, has_words: bool) -> ModelFacts | None:
        """The default as it is meant, even where it is gone."""
        owners = self._owners(operation, has_words=has_words)
        if owners is not None and self._fits_budget(owners, operation, has_words=has_words):
            return owners
        models = self._affordable(operation, has_words=has_words)
        present = [model for model in models if not self.stock.is_gone(model)]
        return best(present or models, self.stock.today)

    def _or_successor(self, model: ModelFacts, operation: Operation, *, has_words: bool) -> ModelFacts:
        """The model, unless it is gone and something else can paint."""
        if not self.stock.is_gone(model):
            return model
        return self._successor(model, operation, has_words=has_words) or model

    def _successor(self, model: ModelFacts, operation: Operation, *, has_words: bool) -> ModelFacts | None:
        """What paints once a model is gone; None where nothing can, or where nobody knows what there is."""
        affordable = self._affordable(operation, has_words=has_words)
        return best(self.stock.instead_of(model, affordable), self.stock.today)

    def _owners(self, operation: Operation, *, has_words: bool) -> ModelFacts | None:
        if self._preferred is None:
            return None
        model = self.stock.facts(self._preferred)
        variations = self._service.has_variations
        return model if model.endpoint_for(operation, has_words=has_words, variations=variations) else None

    def _affordable(self, operation: Operation, *, has_words: bool) -> list[ModelFacts]:
        able = self.stock.able(operation, has_words=has_words)
        return [model for model in able if self._fits_budget(model, operation, has_words=has_words)]

    def _fits_budget(self, model: ModelFacts, operation: Operation, *, has_words: bool) -> bool:
        """With a budget nothing is painted whose price is not known."""
        variations = self._service.has_variations
        endpoint = model.endpoint_for(operation, has_words=has_words, variations=variations)
        return not self.has_budget or (endpoint is not None and knows_cost(model, endpoint))
