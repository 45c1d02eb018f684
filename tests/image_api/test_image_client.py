"""Models are listed and moderations asked for; both cost nothing, so they are asked again when they are lost."""

import tracemalloc
from datetime import date

import pytest

from bot.errors import (
    BadAnswer,
    ModelGone,
    NotChecked,
    OwnerMustAct,
    RequestRejected,
    RouteMissing,
    ServiceBusy,
    ServiceLost,
)
from bot.image_api.wire.http import ANSWER_MAX_BYTES
from bot.moderation import Moderation
from sandbox.image_api.faults import errors, wire
from sandbox.image_api.models import DEFAULT_MODELS, Model
from sandbox.image_api.moderation import marked_picture
from tests.image_api.conftest import Open, Studio

MODEL = "omni-moderation-latest"


async def test_the_list_names_every_model_and_its_end(studio: Studio) -> None:
    listed = await studio.api.models()

    assert len(listed) == len(DEFAULT_MODELS)
    assert {model.id: model.retires_on for model in listed}["gpt-image-1.5"] == date(2026, 12, 1)


async def test_one_model_is_described_also_when_its_name_has_a_path(opened: Open) -> None:
    studio = await opened(models=(Model(id="flux/schnell", released=date(2025, 1, 1)),))

    assert (await studio.api.model("flux/schnell")).id == "flux/schnell"
    assert studio.service.requests[0].path == "/v1/models/flux%2Fschnell"


async def test_a_model_that_is_not_there_is_gone(studio: Studio) -> None:
    with pytest.raises(ModelGone):
        await studio.api.model("dall-e-3")


async def test_a_list_that_was_lost_is_asked_for_again(studio: Studio) -> None:
    studio.service.faults.add(route="models", then=wire.reset())
    studio.service.faults.add(route="models", then=errors.html_page())

    assert await studio.api.models()
    assert len(studio.service.requests) == 3


async def test_a_list_without_end_is_refused_before_it_fills_the_memory(studio: Studio) -> None:
    studio.service.faults.add(route="models", then=wire.huge_body(96 * 1024 * 1024))
    tracemalloc.start()

    with pytest.raises(BadAnswer):
        await studio.api.models()

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4 * ANSWER_MAX_BYTES


async def test_a_wrong_key_is_the_owners_matter(opened: Open) -> None:
    studio = await opened({"api_key": "sk-wrong"})

    with pytest.raises(OwnerMustAct):
        await studio.api.models()

    assert len(studio.service.requests) == 1


@pytest.mark.parametrize("key", ["canary of no known form", "canary"])
async def test_a_service_that_repeats_the_key_tells_neither_log_nor_owner(opened: Open, key: str) -> None:
    studio = await opened({"api_key": key}, api_key=key)
    studio.service.faults.add(route="models", then=errors.status(401, {"error": {"message": f"not yours: {key}"}}))

    with pytest.raises(OwnerMustAct) as caught:
        await studio.api.models()

    assert "canary" not in caught.value.detail + (caught.value.reason or "")


async def test_a_key_that_is_no_more_than_a_word_hides_nothing_that_the_service_says(opened: Open) -> None:
    studio = await opened({"api_key": "x"}, api_key="x")
    studio.service.faults.add(route="models", then=errors.status(401, {"error": {"message": "no such box"}}))

    with pytest.raises(OwnerMustAct) as caught:
        await studio.api.models()

    assert "no such box" in caught.value.detail


async def test_a_service_without_keys_is_asked_without_one(opened: Open) -> None:
    studio = await opened({"api_key": None})

    with pytest.raises(OwnerMustAct):
        await studio.api.models()

    assert studio.service.requests[0].key == "missing"


async def test_words_and_picture_get_one_verdict(studio: Studio) -> None:
    (fine,) = await studio.api.moderate("a red fox", model=MODEL)
    (flagged,) = await studio.api.moderate("a red fox", [marked_picture("sexual")], model=MODEL)

    assert not fine.flagged
    assert flagged.flagged
    assert flagged.categories == ("sexual",)


async def test_several_texts_get_a_verdict_each_in_one_request(studio: Studio) -> None:
    verdicts = await studio.api.moderate(["a fox", "a forbidden fox", "a badger"], model=MODEL)

    assert [verdict.flagged for verdict in verdicts] == [False, True, False]
    assert len(studio.service.requests) == 1


async def test_several_texts_and_pictures_get_one_verdict_together(studio: Studio) -> None:
    pictures = [marked_picture("violence"), marked_picture("sexual")]

    (verdict,) = await studio.api.moderate(["a fox", "a badger"], pictures, model=MODEL)

    assert set(verdict.categories) == {"violence", "sexual"}
    assert [len(request.files) for request in studio.service.requests] == [1, 1]


async def test_a_batch_that_is_answered_by_one_result_is_flagged_as_a_whole(studio: Studio) -> None:
    one = {"results": [{"flagged": True, "categories": {"hate": True}}]}
    studio.service.faults.add(route="moderations", then=errors.status(200, one))

    verdicts = await studio.api.moderate(["a fox", "a badger"], model=MODEL)

    assert [verdict.categories for verdict in verdicts] == [("hate",), ("hate",)]


async def test_no_words_of_a_batch_reach_the_log(studio: Studio) -> None:
    echo = {"error": {"message": "Cannot judge: the second canary of the batch", "type": "invalid_request_error"}}
    studio.service.faults.add(route="moderations", then=errors.status(400, echo))

    with pytest.raises(RequestRejected) as refusal:
        await studio.api.moderate(["a fox", "the second canary of the batch"], model=MODEL)

    assert "canary" not in refusal.value.detail


async def test_a_busy_moderation_is_asked_until_its_time_is_over(studio: Studio) -> None:
    studio.service.faults.add(route="moderations", then=errors.rate_limited("10"), times=None)

    with pytest.raises(ServiceBusy):
        await studio.api.moderate("a red fox", model=MODEL, patience_s=35)

    assert studio.clock.slept_s == [10.0, 10.0, 10.0]


async def test_a_burst_that_is_slowed_down_passes(studio: Studio) -> None:
    studio.service.faults.add(route="moderations", then=errors.rate_limited("5"), times=8)

    (verdict,) = await studio.api.moderate("a red fox", model=MODEL, patience_s=60)

    assert not verdict.flagged
    assert sum(studio.clock.slept_s) == 40


async def test_a_service_without_moderations_says_so_at_the_start_and_passes_nothing(opened: Open) -> None:
    studio = await opened(moderations=False)
    moderation = Moderation(studio.api, model=MODEL)

    with pytest.raises(RouteMissing):
        await moderation.probe()
    with pytest.raises(NotChecked):
        await moderation.check("a red fox")


async def test_a_service_with_moderations_passes_the_probe(studio: Studio) -> None:
    await Moderation(studio.api, model=MODEL).probe()


async def test_a_service_that_wants_no_retry_gets_none_even_of_what_costs_nothing(studio: Studio) -> None:
    lost = errors.status(502, "<html>", headers={"x-should-retry": "false"})
    studio.service.faults.add(route="moderations", then=lost, times=None)

    with pytest.raises(ServiceLost):
        await studio.api.moderate("a red fox", model=MODEL)

    assert len(studio.service.requests) == 1
