"""Models that go: what tells that one is gone, and what a default model's end looks like in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.image_api.catalogue.catalogue import ListedModel
from bot.image_api.catalogue.facts import ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A default model that is gone, or will be within 30 days. `successor` paints then; None where nothing else can.

    `is_owners`: the owner chose it, as IMAGE_MODEL.
    """

    model: ModelFacts
    successor: ModelFacts | None
    is_gone: bool
    is_owners: bool


class Departures:
    """What this process has seen of models that left the service.

    `refused` are those that a call was told do not exist, until a list names them again.
    """

    def __init__(self) -> None:
        self._named: Mapping[str, ListedModel] | None = None
        self._seen: set[str] = set()
        self.refused: set[str] = set()

    def heard(self, named: Mapping[str, ListedModel], *, is_useful: bool) -> None:
        """A new list of the service. It is of no use where it names nothing that paints: then it tells of no end."""
        self._named = named if is_useful else None
        self._seen |= named.keys()
        self.refused -= named.keys()

    def was_here(self, model_id: str) -> None:
        """It has painted here: where no list names it now, it is gone."""
        self._seen.add(model_id)

    def is_gone(self, model: ModelFacts, today: date) -> bool:
        """Whether a call said so, its day has passed, or the service does not list it any more but others.

        One that is listed is there until the day that the service itself names, since our own dates may be old. One
        that was never listed is not gone for that: services leave out what they serve all the same.
        """
        if model.id in self.refused:
            return True
        if self._named is not None and (here := self._named.get(model.id)):
            return here.retires_on is not None and here.retires_on <= today
        return has_ended(model, today) or (self._named is not None and model.id in self._seen)


def has_ended(model: ModelFacts, today: date) -> bool:
    """Whether the day on which it retires has come."""
    return model.retires_on is not None and model.retires_on <= today
