"""The list of models is answered at once, from memory, and kept fresh behind the answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from bot.errors import InvalidRequest, ServiceUnreachable
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import Catalogue, ListedModel
from bot.image_api.catalogue.listing import FRESH, RETRY
from bot.image_api.dialects.records import GEMINI
from bot.image_api.models import Models
from bot.model import Endpoint
from bot.request import ImageRequest, Operation, Source
from tests.clock import FakeClock

PHOTO = Source(url="https://cdn.discordapp.com/attachments/1/2/cat.png")


class Service:
    """A service whose list a test decides; it can be down, or keep its callers waiting."""

    def __init__(self, *ids: str) -> None:
        self.listed = [ListedModel(model_id) for model_id in ids]
        self.has_variations = True
        self.is_down = False
        self.single = ""
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    def paints_one(self, model_id: str) -> bool:
        return model_id == self.single

    def left_out(self, _: Call) -> tuple[str, ...]:
        return ()

    async def models(self) -> list[ListedModel]:
        self.asked += 1
        await self.open.wait()
        if self.is_down:
            raise ServiceUnreachable(detail="down")
        return list(self.listed)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service() -> Service:
    return Service("gpt-5", "gpt-image-1-mini", "gpt-image-2", "dall-e-2")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(has_openai_dates=True)


@pytest.fixture
async def models(service: Service, catalogue: Catalogue, clock: FakeClock) -> AsyncIterator[Models]:
    async with Models(service, catalogue, clock=clock) as models:
        yield models


def shown(models: Models) -> list[str]:
    return [model.id for model in models.usable(Operation.IMAGINE)]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_before_the_first_list_the_catalogue_answers_at_once(models: Models, service: Service) -> None:
    service.open.clear()

    assert "gpt-image-2.5-flare" in shown(models)


async def test_a_service_that_is_down_changes_nothing_of_what_is_known(
    models: Models, service: Service, clock: FakeClock
) -> None:
    await models.refresh()
    service.is_down = True
    clock.advance(FRESH.total_seconds())

    before = shown(models)
    await settled()

    assert shown(models) == before == ["gpt-image-2", "gpt-image-1-mini", "dall-e-2"]
    with pytest.raises(ServiceUnreachable):
        await models.refresh()


async def test_an_old_list_is_answered_and_refreshed_behind_the_answer(
    models: Models, service: Service, clock: FakeClock
) -> None:
    await models.refresh()
    service.listed = [ListedModel("gpt-image-2.5-flare")]
    clock.advance(FRESH.total_seconds())

    assert shown(models)[0] == "gpt-image-2"
    await settled()
    assert shown(models) == ["gpt-image-2.5-flare"]


async def test_a_list_from_before_the_clock_was_set_back_is_refreshed(
    models: Models, service: Service, clock: FakeClock
) -> None:
    await models.refresh()
    clock.advance(-86_400)

    shown(models)
    await settled()

    assert service.asked == 2


async def test_a_fresh_list_is_not_asked_for_again(models: Models, service: Service, clock: FakeClock) -> None:
    await models.refresh()
    clock.advance(FRESH.total_seconds() - 1)

    shown(models)
    await settled()

    assert service.asked == 1


async def test_many_at_once_cause_one_question(models: Models, service: Service) -> None:
    service.open.clear()

    asking = [asyncio.create_task(models.refresh()) for _ in range(20)]
    shown(models)
    await settled()
    service.open.set()
    await asyncio.gather(*asking)

    assert service.asked == 1


async def test_a_service_that_is_down_is_not_asked_at_every_keystroke(
    models: Models, service: Service, clock: FakeClock
) -> None:
    service.is_down = True
    for _ in range(10):
        shown(models)
        await settled()
    assert service.asked == 1

    clock.advance(RETRY.total_seconds())
    shown(models)
    await settled()
    assert service.asked == 2


async def test_one_who_gives_up_does_not_take_the_list_from_the_others(models: Models, service: Service) -> None:
    service.open.clear()
    impatient, patient = asyncio.create_task(models.refresh()), asyncio.create_task(models.refresh())
    await settled()

    impatient.cancel()
    await settled()
    service.open.set()
    await patient

    assert shown(models)[0] == "gpt-image-2"


async def test_leaving_ends_the_refresh_under_way(service: Service, catalogue: Catalogue, clock: FakeClock) -> None:
    service.open.clear()

    async with Models(service, catalogue, clock=clock) as models:
        shown(models)
        await settled()

    assert len(asyncio.all_tasks()) == 1


async def test_whoever_names_no_model_gets_the_best_that_stays(models: Models) -> None:
    await models.refresh()

    assert models.default(Operation.IMAGINE).id == "gpt-image-2"
    assert models.plan(ImageRequest.imagine("a fox"))[0].model == "gpt-image-2"


async def test_the_owners_model_comes_first_also_where_it_is_not_listed(
    service: Service, catalogue: Catalogue, clock: FakeClock
) -> None:
    async with Models(service, catalogue, clock=clock, preferred="my-flux") as models:
        await models.refresh()

        assert models.default(Operation.IMAGINE).id == "my-flux"
        assert shown(models) == ["my-flux", "gpt-image-2", "gpt-image-1-mini", "dall-e-2"]
        assert models.find("my-flux").id == "my-flux"


async def test_the_owners_model_is_not_used_for_what_it_cannot_do(
    service: Service, catalogue: Catalogue, clock: FakeClock
) -> None:
    async with Models(service, catalogue, clock=clock, preferred="dall-e-3") as models:
        await models.refresh()

        assert models.plan(ImageRequest.vary(PHOTO))[0].model == "gpt-image-2"


async def test_the_end_that_the_service_names_is_shown(models: Models, service: Service) -> None:
    service.listed = [ListedModel("gpt-image-2", date(2027, 3, 1))]
    await models.refresh()

    assert models.find("gpt-image-2").retires_on == date(2027, 3, 1)


@pytest.mark.parametrize("name", ["gpt-image-9", "gpt-5", "@everyone", "[x](http://y)`"])
async def test_a_model_that_is_not_there_is_refused_in_words(models: Models, name: str) -> None:
    await models.refresh()

    with pytest.raises(InvalidRequest) as refusal:
        models.plan(ImageRequest.imagine("a fox", model=name))

    assert "/models lists" in str(refusal.value)
    assert "everyone" not in str(refusal.value)
    assert "](" not in str(refusal.value)


@pytest.mark.parametrize("words", ["two words", "a\nline", "[me](http://evil.example)", "@everyone", "x" * 81])
async def test_without_a_list_a_name_is_believed_and_words_are_not(
    models: Models, service: Service, words: str
) -> None:
    """The name stands on the public card and in the log, and nobody moderates it."""
    service.is_down = True

    assert models.find("black-forest-labs/FLUX.1-schnell:free").id == "black-forest-labs/FLUX.1-schnell:free"
    with pytest.raises(InvalidRequest, match="no picture model of that name"):
        models.find(words)


async def test_without_a_list_the_owners_own_names_are_taken_however_they_are_written(
    service: Service, catalogue: Catalogue, clock: FakeClock
) -> None:
    service.is_down = True
    ours = catalogue.with_owners({"eu/Paintings 1": replace(catalogue.get("gpt-image-2"), id="eu/Paintings 1")})

    async with Models(service, ours, clock=clock) as models:
        assert models.find("eu/Paintings 1").id == "eu/Paintings 1"
        with pytest.raises(InvalidRequest):
            models.find("rude words/gpt-image-2")


async def test_a_member_may_name_a_model_of_the_list_whose_name_tells_nothing(models: Models, service: Service) -> None:
    service.listed = [ListedModel("gpt-image-2"), ListedModel("studio-v4")]
    await models.refresh()

    assert models.plan(ImageRequest.imagine("a fox", model="studio-v4"))[0].model == "studio-v4"


async def test_where_no_model_can_do_it_that_is_said(models: Models, service: Service) -> None:
    service.listed = [ListedModel("dall-e-2")]
    await models.refresh()

    with pytest.raises(InvalidRequest, match="no model that can vary pictures with words"):
        models.plan(ImageRequest.vary(PHOTO, prompt="at night"))


async def test_once_variations_are_known_to_be_missing_edits_are_planned(models: Models, service: Service) -> None:
    await models.refresh()
    assert models.plan(ImageRequest.vary(PHOTO, model="dall-e-2"))[0].endpoint is Endpoint.VARIATIONS

    service.has_variations = False

    assert models.plan(ImageRequest.vary(PHOTO))[0].endpoint is Endpoint.EDITS
    with pytest.raises(InvalidRequest, match="cannot vary"):
        models.plan(ImageRequest.vary(PHOTO, model="dall-e-2"))


async def test_what_the_service_does_not_take_is_refused_when_it_is_planned(
    service: Service, catalogue: Catalogue, clock: FakeClock
) -> None:
    async with Models(service, catalogue, clock=clock, dialect=GEMINI) as models:
        await models.refresh()

        with pytest.raises(InvalidRequest, match="takes no size"):
            models.plan(ImageRequest.imagine("a fox", model="gpt-image-2", size="1024x1024"))
        assert models.plan(ImageRequest.imagine("a fox", model="gpt-image-2"))
