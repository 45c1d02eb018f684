"""A model that is gone is not asked any more: its successor paints, and owners learn of a default's end in time."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import Catalogue, ListedModel
from bot.image_api.catalogue.facts import ModelFacts, Price
from bot.image_api.models import Models
from bot.model import Endpoint
from bot.request import ImageRequest, Operation, Source
from tests.clock import FakeClock

PHOTO = Source(url="https://cdn.discordapp.com/attachments/1/2/cat.png")
FOX = ImageRequest.imagine("a fox")
YESTERDAY, TODAY, SOON, LATER = date(2026, 11, 19), date(2026, 11, 20), date(2026, 12, 1), date(2027, 6, 1)

OLD = ModelFacts(id="old", sizes=("512x512",), retires_on=TODAY, replacements=("heir", "spare"))
HEIR = ModelFacts(id="heir", sizes=("1024x1024",))
SPARE = ModelFacts(id="spare")
WORDS_ONLY = ModelFacts(id="heir", endpoints=frozenset({Endpoint.GENERATIONS}), endpoints_unsure=frozenset())


class Service:
    def __init__(self, *listed: str | ListedModel) -> None:
        self.has_variations = False
        self.names(*listed)

    def names(self, *listed: str | ListedModel) -> None:
        self.listed = [each if isinstance(each, ListedModel) else ListedModel(each) for each in listed]

    def paints_one(self, _: str) -> bool:
        return False

    def left_out(self, _: Call) -> tuple[str, ...]:
        return ()

    async def models(self) -> list[ListedModel]:
        return self.listed


Open = Callable[..., Any]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Opens the models of a service that a catalogue of `known` ones describes."""
    async with AsyncExitStack() as doors:

        async def open_(
            service: Service,
            *known: ModelFacts,
            preferred: str | None = None,
            learns: bool = True,
            has_budget: bool = False,
        ) -> Models:
            near = {model.id: model for model in known or (SPARE, HEIR, OLD)}
            catalogue = Catalogue(near=near, openai={}, offered=tuple(near), families={})
            models = Models(service, catalogue, clock=FakeClock(), preferred=preferred, has_budget=has_budget)
            await doors.enter_async_context(models)
            if learns:
                await models.refresh()
            return models

        yield open_


def painter_of(models: Models, request: ImageRequest = FOX) -> str:
    return models.plan(request)[0].model


@pytest.mark.parametrize("preferred", [None, "old"])
async def test_the_successor_that_its_maker_names_paints_for_a_model_whose_day_has_come(
    opened: Open, preferred: str | None
) -> None:
    models = await opened(Service("spare", "heir"), preferred=preferred)
    request = ImageRequest.imagine("a fox", model=None if preferred else "old")

    assert painter_of(models, request) == "heir"
    assert models.replaced(request, by="heir") == "old"


async def test_until_its_day_it_paints_itself(opened: Open) -> None:
    models = await opened(Service("heir"), HEIR, ModelFacts(id="old", retires_on=SOON), preferred="old")

    assert painter_of(models) == "old"
    assert models.replaced(FOX, by="old") is None


async def test_a_successor_that_the_service_lacks_is_passed_over(opened: Open) -> None:
    models = await opened(Service("other", "spare"), preferred="old")

    assert painter_of(models) == "spare"


async def test_a_successor_that_cannot_do_this_is_passed_over(opened: Open) -> None:
    models = await opened(Service("heir", "spare"), WORDS_ONLY, SPARE, OLD, preferred="old")

    assert painter_of(models) == "heir"
    assert painter_of(models, ImageRequest.vary(PHOTO)) == "spare"


async def test_without_a_named_successor_the_best_that_stays_paints(opened: Open) -> None:
    known = (ModelFacts(id="fading", retires_on=SOON), SPARE, ModelFacts(id="old", retires_on=YESTERDAY))
    models = await opened(Service("fading", "spare"), *known, preferred="old")

    assert painter_of(models) == "spare"


async def test_with_a_budget_a_successor_without_a_price_is_passed_over(opened: Open) -> None:
    priced = ModelFacts(id="spare", price=Price(flat_usd=0.01))
    old = replace(OLD, price=Price(flat_usd=0.01))
    models = await opened(Service("heir", "spare"), HEIR, priced, old, preferred="old", has_budget=True)

    assert painter_of(models) == "spare"


async def test_the_day_that_the_service_itself_names_counts_more_than_ours(opened: Open) -> None:
    over = await opened(Service("heir", ListedModel("spare", YESTERDAY)), preferred="spare")
    longer = await opened(Service("heir", ListedModel("old", LATER)), preferred="old")

    assert painter_of(over) == "heir"
    assert painter_of(longer) == "old"


async def test_a_model_that_is_still_listed_is_not_taken_for_gone_because_of_our_own_date(opened: Open) -> None:
    models = await opened(Service("heir", "old"), preferred="old")

    assert painter_of(models) == "old"


async def test_a_model_that_was_listed_and_is_no_longer_is_gone_until_it_is_listed_again(opened: Open) -> None:
    service = Service("spare", "heir")
    models = await opened(service, preferred="spare")
    named = ImageRequest.imagine("a fox", model="spare")

    service.names("heir")
    await models.refresh()
    assert [painter_of(models), painter_of(models, named)] == ["heir", "heir"]

    service.names("spare", "heir")
    await models.refresh()
    assert [painter_of(models), painter_of(models, named)] == ["spare", "spare"]


@pytest.mark.parametrize("rest", [(), ("gpt-5", "whisper-1")])
async def test_a_list_without_any_picture_model_tells_nothing_of_an_end(opened: Open, rest: tuple[str, ...]) -> None:
    service = Service("spare", "heir")
    models = await opened(service, preferred="spare")

    service.names(*rest)
    await models.refresh()

    assert painter_of(models) == "spare"
    assert models.endings() == []


async def test_an_owners_model_that_was_never_listed_is_used_all_the_same(opened: Open) -> None:
    models = await opened(Service("heir"), preferred="spare")

    assert painter_of(models) == "spare"


async def test_before_the_first_list_only_a_date_tells_of_an_end(opened: Open) -> None:
    unknown = await opened(Service(), preferred="my-flux", learns=False)
    ended = await opened(Service(), preferred="old", learns=False)

    assert painter_of(unknown) == "my-flux"
    assert painter_of(ended) == "heir"


async def test_a_model_that_a_call_was_refused_for_is_gone_until_a_list_names_it_again(opened: Open) -> None:
    models = await opened(Service("spare", "heir"), preferred="spare")

    models.stock.refused("spare")

    assert painter_of(models) == "heir"
    assert [model.id for model in models.usable(Operation.IMAGINE)] == ["heir"]
    await models.refresh()
    assert painter_of(models) == "spare"


async def test_the_models_that_we_choose_ourselves_are_replaced_alike(opened: Open) -> None:
    models = await opened(Service("spare", "heir"))
    assert painter_of(models) == "spare"

    models.stock.refused("spare")

    assert painter_of(models) == "heir"
    assert models.replaced(FOX, by="heir") is None, "nobody named the other one"


async def test_where_nobody_knows_what_there_is_nothing_takes_the_place_of_a_refused_model(opened: Open) -> None:
    models = await opened(Service(), preferred="my-flux", learns=False)

    models.stock.refused("my-flux")

    assert painter_of(models) == "my-flux"


async def test_what_the_successor_lacks_is_said_with_both_names_and_that_it_is_free(opened: Open) -> None:
    models = await opened(Service("heir"), preferred="old")

    with pytest.raises(InvalidRequest) as refusal:
        models.plan(ImageRequest.imagine("a fox", size="512x512"))

    assert "`old` has been retired" in str(refusal.value)
    assert "`heir` paints in these sizes: 1024x1024" in str(refusal.value)
    assert "This cost you nothing." in str(refusal.value)


async def test_a_model_that_painted_here_in_an_earlier_life_is_known_to_be_gone(opened: Open) -> None:
    models = await opened(Service("heir"))
    request = ImageRequest.imagine("a fox", model="picture-maker")
    with pytest.raises(InvalidRequest, match="no picture model called `picture-maker`"):
        models.plan(request)

    models.stock.was_here("picture-maker")

    assert painter_of(models, request) == "heir"


async def test_the_end_of_a_default_is_known_thirty_days_before_and_afterwards(opened: Open) -> None:
    going = await opened(Service("heir", ListedModel("spare", SOON)), preferred="spare")
    gone = await opened(Service("heir"), preferred="old")
    staying = await opened(Service("heir", ListedModel("spare", LATER)), preferred="spare")
    chosen = await opened(Service(ListedModel("spare", SOON)))

    def told(models: Models) -> list[tuple[str, bool, bool, str | None]]:
        return [
            (each.model.id, each.is_gone, each.is_owners, each.successor.id if each.successor else None)
            for each in models.endings()
        ]

    assert told(going) == [("spare", False, True, "heir")]
    assert told(gone) == [("old", True, True, "heir")]
    assert told(staying) == []
    assert told(chosen) == [("spare", False, False, None)]
