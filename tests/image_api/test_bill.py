"""What each end of a call costs: nothing where it surely did nothing, not known where it may have been painted."""

from pathlib import Path

import pytest

from bot.errors import (
    BadAnswer,
    BotError,
    ContentRefused,
    ImageServiceError,
    InvalidRequest,
    ModelGone,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
    ServiceBusy,
    ServiceLost,
    ServiceUnreachable,
    StoreError,
)
from bot.image_api.call import Call
from bot.image_api.calls.bill import Bill
from bot.image_api.catalogue.facts import ModelFacts, Price, TokenRates
from bot.image_api.events import Accepted, Done, Failed, Painted, Preview
from bot.model import Endpoint, Picture
from sandbox.image_api.faults import errors
from tests.image_api.conftest import Studio

FLAT = ModelFacts(id="my-flux", price=Price(flat_usd=0.05))
FOUR = Call(endpoint=Endpoint.GENERATIONS, model="my-flux", count=4)
PICTURE = Picture(0, Path("0"), "", 1, "image/png")


def test_an_answered_call_costs_what_came() -> None:
    bill = Bill(FOUR, FLAT)
    assert (bill.most_microusd, bill.cost_microusd) == (200_000, None)

    for event in (Accepted(None), Painted(PICTURE), Painted(PICTURE), Done(count=2)):
        bill.heed(event)

    assert bill.cost_microusd == 100_000


def test_previews_count_where_the_service_counts_no_tokens() -> None:
    rates = TokenRates(text_in=5, image_in=8, image_out=30)
    table = {"low": {"1024x1024": 0.0059}}
    model = ModelFacts(id="m", price=Price(rates=rates, preview_tokens=100, picture_usd=table))
    bill = Bill(
        Call(endpoint=Endpoint.GENERATIONS, model="m", quality="low", size="1024x1024", partial_images=2), model
    )

    for event in (Accepted(None), Preview(PICTURE, 0), Preview(PICTURE, 1), Painted(PICTURE), Done(count=1)):
        bill.heed(event)

    assert bill.cost_microusd == 5_900 + 2 * 3_000


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest(),
        ServiceBusy(),
        ServiceUnreachable(),
        ContentRefused(),
        OwnerMustAct(),
        ModelGone(),
        RouteMissing(),
        RequestRejected(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_call_that_surely_did_nothing_costs_nothing_unless_something_had_been_painted(error: BotError) -> None:
    refused, begun = Bill(FOUR, FLAT), Bill(FOUR, FLAT)
    begun.heed(Preview(PICTURE, 0))

    for bill in (refused, begun):
        bill.close(error)

    assert (refused.cost_microusd, begun.cost_microusd) == (0, None)


@pytest.mark.parametrize(
    ("error", "cost_microusd"), [(ServiceBusy(), None), (ContentRefused(), 0), (OwnerMustAct(), 0)]
)
def test_an_overload_after_the_service_has_begun_to_answer_may_have_been_painted(
    error: BotError, cost_microusd: int | None
) -> None:
    bill = Bill(FOUR, FLAT)
    bill.heed(Accepted(None))

    bill.close(error)

    assert bill.cost_microusd == cost_microusd


@pytest.mark.parametrize(
    "error", [ServiceLost(), BadAnswer(), ImageServiceError(), StoreError()], ids=lambda error: type(error).__name__
)
def test_what_a_call_cost_that_may_have_been_painted_is_not_known(error: BotError) -> None:
    bill = Bill(FOUR, FLAT)

    bill.close(error)

    assert bill.cost_microusd is None


@pytest.mark.parametrize(("stage", "cost_microusd"), [("input", 0), ("unknown", 0), ("output", None)])
async def test_a_refusal_of_what_had_been_painted_may_cost(
    studio: Studio, fox: Call, stage: str, cost_microusd: int | None
) -> None:
    studio.service.faults.add(route="generations", then=errors.refused_by_safety("sexual", stage=stage))
    bill = Bill(fox, FLAT)

    [last] = [event async for event in studio.events(fox)]

    assert isinstance(last, Failed)
    bill.close(last.error)
    assert bill.cost_microusd == cost_microusd
