"""What the image service has now: its list of models, with what the catalogue knows of them and what is gone."""

from collections.abc import Sequence
from datetime import date
from types import TracebackType
from typing import Protocol, Self

from bot.clock import Clock
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import Catalogue, ListedModel
from bot.image_api.catalogue.departures import Departures, has_ended
from bot.image_api.catalogue.facts import ModelFacts
from bot.image_api.catalogue.listing import Listing, Named
from bot.request import Operation


class ModelService(Protocol):
    """`has_variations`: False once the service has answered that it lacks that endpoint.

    `paints_one`: True once it has refused to be asked for several pictures of that model; `left_out`: fields of a call
    that it has refused to know.
    """

    has_variations: bool

    def paints_one(self, model_id: str) -> bool: ...

    def left_out(self, call: Call) -> tuple[str, ...]: ...

    async def models(self) -> list[ListedModel]: ...


class Stock:
    """Answers at once, from the last list or, before there is one, from the catalogue.

    As an async context manager it ends a refresh of the list that is under way when it is left.
    """

    def __init__(self, service: ModelService, catalogue: Catalogue, *, clock: Clock) -> None:
        self._service = service
        self._catalogue = catalogue
        self._clock = clock
        self._departures = Departures()
        self._listing = Listing(service, clock=clock, heard=self._heard)

    async def __aenter__(self) -> Self:
        await self._listing.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listing.__aexit__(kind, error, trace)

    async def refresh(self) -> None:
        """Fetch the service's list now.

        Raises:
            ImageServiceError: it cannot be had; the list from before stays.
        """
        await self._listing.refresh()

    def _heard(self, named: Named) -> None:
        listed = list(named.values())
        paints = any(self._catalogue.usable(listed, operation, today=self.today) for operation in Operation)
        self._departures.heard(named, is_useful=paints)

    @property
    def today(self) -> date:
        return self._clock.now().date()

    def has(self, model_id: str) -> bool | None:
        """Whether the service lists a model; None before the first list."""
        named = self._listing.current()
        return None if named is None else model_id in named

    def facts(self, model_id: str) -> ModelFacts:
        """As the service lists a model, else as the catalogue knows it."""
        named = self._listing.current()
        here = named.get(model_id) if named else None
        return self._catalogue.get(model_id) if here is None else self._catalogue.facts(here)

    def able(self, operation: Operation, *, has_words: bool) -> list[ModelFacts]:
        """What there is for an operation, best first; without what a call was refused for."""
        named = self._listing.current()
        models = self._catalogue.usable(
            None if named is None else list(named.values()),
            operation,
            today=self.today,
            has_words=has_words,
            variations=self._service.has_variations,
        )
        return [model for model in models if model.id not in self._departures.refused]

    def instead_of(self, model: ModelFacts, others: Sequence[ModelFacts]) -> Sequence[ModelFacts]:
        """Of `others` what may paint for a model that is gone: what its maker names, else all that are there.

        None of them where nobody knows what there is: without a list, that is, unless a date tells of the end.
        """
        if self._listing.current() is None and not has_ended(model, self.today):
            return []
        there = {other.id: other for other in others if other.id != model.id and not self.is_gone(other)}
        named = [there[model_id] for model_id in model.replacements if model_id in there]
        return named[:1] or list(there.values())

    def is_gone(self, model: ModelFacts) -> bool:
        return self._departures.is_gone(model, self.today)

    def refused(self, model_id: str) -> None:
        """A call was told that there is no such model: it is gone until a new list names it."""
        self._departures.refused.add(model_id)

    def was_here(self, model_id: str) -> None:
        """This model has painted here before: where the service does not list it now, it is gone."""
        self._departures.was_here(model_id)
