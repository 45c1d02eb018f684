"""What a call costs at most and what it did cost: never invented, never less than the service can count."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.answers.fields import usage_in
from bot.image_api.call import Call
from bot.image_api.calls.cost import cost_microusd, knows_cost, most_microusd
from bot.image_api.catalogue.facts import ModelFacts, Price, TokenRates
from bot.image_api.events import Done, Usage
from bot.model import Endpoint
from sandbox.image_api.forms import Upload
from sandbox.image_api.models import DEFAULT_MODELS, GPT_IMAGE_1_5, GPT_IMAGE_1_MINI, GPT_IMAGE_2, Model, PictureRules
from sandbox.image_api.usage import usage
from sandbox.image_api.validation import Order
from tests.image_api.conftest import Source

GENERATIONS, EDITS, VARIATIONS = Endpoint.GENERATIONS, Endpoint.EDITS, Endpoint.VARIATIONS
THREE = ("1024x1024", "1024x1536", "1536x1024")
TOKENS = {
    "low": dict(zip(THREE, (272, 408, 400), strict=True)),
    "medium": dict(zip(THREE, (1056, 1584, 1568), strict=True)),
    "high": dict(zip(THREE, (4160, 6240, 6208), strict=True)),
}
MINI_USD = {
    "low": dict(zip(THREE, (0.005, 0.006, 0.006), strict=True)),
    "medium": dict(zip(THREE, (0.011, 0.015, 0.015), strict=True)),
    "high": dict(zip(THREE, (0.036, 0.052, 0.052), strict=True)),
}


def facts(model_id: str, price: Price) -> ModelFacts:
    return ModelFacts(
        id=model_id, count_max=10, sizes=("auto", *THREE), qualities=("auto", "low", "medium", "high"), price=price
    )


ONE = facts(
    "gpt-image-1",
    Price(
        rates=TokenRates(text_in=5, image_in=10, image_out=40),
        output_tokens=TOKENS,
        preview_tokens=100,
        source_tokens=581,
        fidelity_tokens=6240,
    ),
)
ONE_AND_A_HALF = facts(
    "gpt-image-1.5", replace(ONE.price, rates=TokenRates(text_in=5, image_in=8, text_out=10, image_out=32))
)
MINI = facts("gpt-image-1-mini", Price(rates=TokenRates(text_in=2, image_in=2.5, image_out=8), picture_usd=MINI_USD))
TWO = facts(
    "gpt-image-2",
    Price(
        rates=TokenRates(text_in=5, image_in=8, image_out=30),
        quality_factors={"low": 16, "medium": 48, "high": 96},
        preview_tokens=100,
        source_tokens=1536,
    ),
)
DALL_E_2 = ModelFacts(
    id="dall-e-2",
    sizes=("256x256", "512x512", "1024x1024"),
    price=Price(picture_usd={"standard": {"256x256": 0.016, "512x512": 0.018, "1024x1024": 0.02}}),
)
DALL_E_3 = ModelFacts(
    id="dall-e-3",
    price=Price(picture_usd={"standard": {"1024x1024": 0.04, "1792x1024": 0.08}, "hd": {"1024x1024": 0.08}}),
)
PNG = Source(Path("a.png"), "image/png")
COUNTED: tuple[tuple[ModelFacts, PictureRules], ...] = (
    (ONE, GPT_IMAGE_1_5),
    (ONE_AND_A_HALF, GPT_IMAGE_1_5),
    (MINI, GPT_IMAGE_1_MINI),
    (TWO, GPT_IMAGE_2),
)


def call(model: ModelFacts, endpoint: Endpoint = GENERATIONS, **fields: object) -> Call:
    return Call(endpoint=endpoint, model=model.id, **fields)  # type: ignore[arg-type]  # any field of a call


def at_most(model: ModelFacts, endpoint: Endpoint = GENERATIONS, **fields: object) -> int:
    most = most_microusd(call(model, endpoint, **fields), model)
    assert most is not None
    return most


def source(width_px: int, height_px: int) -> Upload:
    return Upload(
        field="image",
        filename="a.png",
        content_type="image/png",
        size_bytes=1,
        sha256="",
        file=Path("a.png"),
        width_px=width_px,
        height_px=height_px,
    )


FREE_SIZES = st.tuples(st.integers(52, 240), st.integers(52, 240)).map(lambda steps: (steps[0] * 16, steps[1] * 16))
SIDES = st.integers(1, 2_048)


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[ModelFacts, Call, Order]:
    """A call, and an order that the service may make of it: what was left open is any of what it could choose."""
    model, rules = draw(st.sampled_from(COUNTED))
    endpoint = draw(st.sampled_from([GENERATIONS, EDITS] if model is not MINI else [GENERATIONS]))
    asked_size = draw(st.sampled_from([None, "auto", *THREE]))
    if rules.free_sizes and draw(st.booleans()):
        asked_size = "{}x{}".format(*draw(FREE_SIZES))
    asked_quality = draw(st.sampled_from([None, "auto", "low", "medium", "high"]))
    size = draw(st.sampled_from(THREE)) if asked_size in (None, "auto") else asked_size
    sources = draw(st.lists(st.builds(source, SIDES, SIDES), min_size=1, max_size=3)) if endpoint is EDITS else []
    asked = Call(
        endpoint=endpoint,
        model=model.id,
        prompt=draw(st.text(max_size=200)),
        count=draw(st.integers(1, 10)),
        sources=(PNG,) * len(sources) if draw(st.booleans()) or len(sources) > 1 else (),
        size=asked_size,
        quality=asked_quality,
        input_fidelity=draw(st.sampled_from([None, "low"])),
    )
    width_px, height_px = map(int, (size or "").split("x"))
    order = Order(
        route=endpoint,
        model=Model(id=model.id, released=DEFAULT_MODELS[0].released, rules=rules),
        rules=rules,
        prompt=asked.prompt,
        count=asked.count,
        width_px=width_px,
        height_px=height_px,
        quality=asked_quality if asked_quality not in (None, "auto") else draw(st.sampled_from(["low", "high"])),
        output_format="png",
        compression=100,
        transparent=False,
        as_url=False,
        sources=tuple(sources),
    )
    return model, asked, order


@given(exchanges())
def test_no_count_of_tokens_costs_more_than_the_most(exchange: tuple[ModelFacts, Call, Order]) -> None:
    model, asked, order = exchange
    counted = usage_in({"usage": usage(order)})

    cost = cost_microusd(asked, model, Done(count=asked.count, usage=counted))
    most = most_microusd(asked, model)

    assert cost is not None
    assert most is not None
    assert 0 < cost <= most


@given(exchanges(), st.integers(1, 10))
def test_no_price_list_costs_more_than_the_most(exchange: tuple[ModelFacts, Call, Order], count: int) -> None:
    model, asked, _ = exchange

    cost = cost_microusd(asked, model, Done(count=min(count, asked.count)))

    assert (cost or 0) <= at_most(model, **{name: getattr(asked, name) for name in Call.__slots__ if name != "model"})


def test_tokens_are_counted_at_their_own_rates_and_rounded_up() -> None:
    done = Done(count=1, usage=Usage(text_in=7, image_in=100, text_out=3, image_out=4160))

    assert cost_microusd(call(ONE_AND_A_HALF), ONE_AND_A_HALF, done) == 7 * 5 + 100 * 8 + 3 * 10 + 4160 * 32
    assert cost_microusd(call(MINI), MINI, Done(count=1, usage=Usage(image_in=1, image_out=1))) == 11, "10.5 of them"


def test_gpt_image_2_costs_what_its_formula_gives() -> None:
    """196, 1756 and 7024 tokens for a square, at 30 dollars a million."""
    for quality, tokens in (("low", 196), ("medium", 1756), ("high", 7024)):
        asked = call(TWO, size="1024x1024", quality=quality)

        assert cost_microusd(asked, TWO, Done(count=2)) == 2 * tokens * 30
        assert tokens * 30 < at_most(TWO, size="1024x1024", quality=quality) < tokens * 30 + 200

    assert cost_microusd(call(TWO, size="3840x2160", quality="high"), TWO, Done(count=1)) == 13_342 * 30


def test_what_is_left_to_the_service_counts_as_the_dearest() -> None:
    for open_ in (None, "auto"):
        assert at_most(TWO, quality=open_, size=open_) == at_most(TWO, quality="high", size="1024x1024")
        assert at_most(ONE, quality=open_, size=open_) == at_most(ONE, quality="high", size="1024x1536")
        assert at_most(DALL_E_3, quality=open_, size=open_) == 80_000


def test_more_words_pictures_and_previews_cost_more() -> None:
    plain = at_most(TWO, prompt="a fox", quality="low", size="1024x1024")

    assert at_most(TWO, prompt="a fox" + "é" * 100, quality="low", size="1024x1024") == plain + 200 * 5
    assert at_most(TWO, prompt="a fox", quality="low", size="1024x1024", count=4) == 4 * plain
    assert at_most(TWO, prompt="a fox", quality="low", size="1024x1024", partial_images=3) == plain + 300 * 30


def test_an_edit_counts_each_of_its_sources_and_one_where_they_are_still_to_come() -> None:
    words = at_most(ONE, prompt="a fox")
    none_yet = at_most(ONE, EDITS, prompt="a fox")

    assert none_yet == words + 581 * 10 + 128 * 5
    assert at_most(ONE, EDITS, prompt="a fox", sources=(PNG,)) == none_yet
    assert at_most(ONE, EDITS, prompt="a fox", sources=(PNG,) * 3) == words + 3 * (581 * 10 + 128 * 5)
    assert at_most(ONE, EDITS, prompt="a fox", sources=(PNG,), mask=PNG) > none_yet
    assert at_most(ONE, EDITS, prompt="a fox", input_fidelity="high") == none_yet + 6240 * 10


def test_edits_of_a_model_whose_sources_are_not_documented_have_no_known_most() -> None:
    assert knows_cost(MINI, GENERATIONS)
    assert not knows_cost(MINI, EDITS)
    assert cost_microusd(call(MINI, EDITS, quality="low", size="1024x1024"), MINI, Done(count=1)) is None
    assert cost_microusd(call(MINI, EDITS), MINI, Done(count=1, usage=Usage(image_in=4, image_out=625))) == 5_010


def test_a_count_for_an_edit_that_has_no_picture_in_it_does_not_tell_what_it_cost() -> None:
    """Its pictures would pass for words, which are cheaper."""
    counted = Done(count=1, usage=usage_in({"usage": {"total_tokens": 9, "input_tokens": 5, "output_tokens": 4}}))
    all_alike = replace(TWO, price=replace(TWO.price, rates=TokenRates(text_in=5, image_in=5, image_out=30)))

    assert cost_microusd(call(TWO, EDITS), TWO, counted) is None
    assert cost_microusd(call(TWO), TWO, counted) == 5 * 5 + 4 * 30
    assert cost_microusd(call(TWO, EDITS), all_alike, counted) == 5 * 5 + 4 * 30


@pytest.mark.parametrize("endpoint", [EDITS, VARIATIONS])
def test_a_price_list_without_rates_is_the_whole_price(endpoint: Endpoint) -> None:
    asked = call(DALL_E_2, endpoint, size="512x512", count=3)

    assert most_microusd(asked, DALL_E_2) == 54_000
    assert cost_microusd(asked, DALL_E_2, Done(count=2)) == 36_000


def test_a_cost_that_depends_on_what_the_service_chose_is_not_known() -> None:
    assert cost_microusd(call(DALL_E_3, size="1024x1024"), DALL_E_3, Done(count=1)) is None
    assert cost_microusd(call(DALL_E_3, size="1792x1024"), DALL_E_3, Done(count=1)) == 80_000
    assert cost_microusd(call(TWO, quality="high"), TWO, Done(count=1)) is None


@pytest.mark.parametrize("field", ["quality", "size"])
def test_what_the_service_left_out_was_its_own_choice(field: str) -> None:
    asked = call(TWO, quality="high", size="1024x1024")

    assert cost_microusd(asked, TWO, Done(count=1)) == 7_024 * 30
    assert cost_microusd(asked, TWO, Done(count=1, left_out=(field,))) is None


def test_one_price_for_every_picture_is_the_price_of_everything() -> None:
    flat = facts("my-flux", Price(flat_usd=0.054))

    assert most_microusd(call(flat, EDITS, count=3, quality="high", partial_images=2), flat) == 162_000
    assert cost_microusd(call(flat, count=3), flat, Done(count=2, usage=Usage(image_out=9_999))) == 108_000
    assert most_microusd(call(flat, output_format="gif"), flat) == 54_000
    assert most_microusd(call(flat), facts("free", Price(flat_usd=0))) == 0


def test_the_owners_one_price_counts_before_what_we_know_of_tokens() -> None:
    """He gave it in his file for a model whose edits nobody can price."""
    mine = facts("gpt-image-1-mini", replace(MINI.price, picture_usd={}, flat_usd=0.06))

    assert most_microusd(call(mine, EDITS, prompt="a fox"), mine) == 60_000
    assert cost_microusd(call(mine, EDITS), mine, Done(count=1, usage=Usage(image_out=1))) == 60_000


def test_one_price_is_for_what_the_list_does_not_name() -> None:
    mixed = facts("mixed", Price(flat_usd=0.01, picture_usd={"high": {"1024x1024": 0.2}}))

    assert most_microusd(call(mixed, quality="high", size="1024x1024"), mixed) == 200_000
    assert most_microusd(call(mixed, quality="low", size="1024x1024"), mixed) == 10_000
    assert most_microusd(call(mixed), mixed) == 200_000
    assert cost_microusd(call(mixed), mixed, Done(count=1)) is None


@pytest.mark.parametrize(
    "unknown",
    [
        call(facts("stranger", Price())),
        call(facts("rates-alone", Price(rates=TWO.price.rates))),
        call(ONE, quality="max"),
        call(ONE, size="2048x2048"),
        call(TWO, quality="xhigh"),
        call(TWO, output_format="gif"),
        call(TWO, output_format="svg"),
        call(TWO, frame_count=9),
    ],
    ids=lambda asked: f"{asked.model} {asked.quality} {asked.size} {asked.output_format}",
)
def test_what_no_source_tells_is_not_known(unknown: Call) -> None:
    models = {model.id: model for model in (ONE, TWO, facts("rates-alone", Price(rates=TWO.price.rates)))}
    model = models.get(unknown.model, facts("stranger", Price()))

    assert most_microusd(unknown, model) is None
    assert cost_microusd(unknown, model, Done(count=1)) is None


@pytest.mark.parametrize(
    "counted",
    [
        {"total_tokens": 1_000, "prompt_tokens": 10, "completion_tokens": 990},
        {"total_tokens": 1_000, "input_tokens": 1_000},
        {"total_tokens": 2**63, "input_tokens": 10, "output_tokens": 2**63},
        {"input_tokens": 10, "output_tokens": 990},
        {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0},
    ],
    ids=["other names", "nothing out", "nonsense", "no sum", "zeros"],
)
def test_a_count_that_does_not_tell_what_was_painted_is_none(counted: dict[str, int]) -> None:
    newest = facts("gpt-image-2.5-flare", Price(rates=TWO.price.rates))

    usage_ = usage_in({"usage": counted})

    assert usage_ is None
    assert cost_microusd(call(newest), newest, Done(count=1, usage=usage_)) is None
    assert cost_microusd(call(TWO, size="1024x1024", quality="low"), TWO, Done(count=1, usage=usage_)) == 196 * 30


def test_previews_that_came_cost_more_where_nobody_counted() -> None:
    asked = call(TWO, size="1024x1024", quality="low", partial_images=3)

    assert cost_microusd(asked, TWO, Done(count=1), previews=2) == (196 + 2 * 100) * 30
    assert cost_microusd(asked, TWO, Done(count=1, usage=Usage(image_out=396)), previews=2) == 396 * 30


def test_a_drawing_s_cost_is_not_known_from_the_tokens_of_a_picture() -> None:
    assert cost_microusd(call(TWO, output_format="svg"), TWO, Done(count=1, usage=Usage(image_out=100))) is None


@pytest.mark.parametrize(
    "price",
    [
        Price(picture_usd={"low": {"1024x1024": 0.01}}),
        Price(picture_usd={"low": MINI_USD["low"], "medium": MINI_USD["medium"]}),
        Price(picture_usd={**MINI_USD, "high": {"1024x1024": 0.036}}),
        Price(rates=TWO.price.rates, output_tokens={"low": TOKENS["low"]}),
        Price(rates=TWO.price.rates, quality_factors={"low": 16}),
    ],
)
def test_a_list_that_lacks_what_the_service_may_choose_does_not_tell_the_most(price: Price) -> None:
    partly = facts("partly", price)
    by_default = replace(partly, default_quality="low", default_size="1024x1024")

    for asked in (call(partly), call(partly, quality="auto", size="1024x1024")):
        assert most_microusd(asked, partly) is None or "high" in price.picture_usd
    assert most_microusd(call(partly, quality="auto"), partly) is None
    assert most_microusd(call(partly, quality="low", size="1024x1024"), partly) is not None
    assert most_microusd(call(by_default), by_default) is not None, "the model's own default is one with a price"


def test_tokens_without_a_table_still_tell_what_it_did_cost() -> None:
    """As for 2.5: nobody says how many tokens a picture will have, but its answer counts them."""
    newest = facts("gpt-image-2.5-flare", Price(rates=TWO.price.rates))

    assert cost_microusd(call(newest), newest, Done(count=1, usage=Usage(text_in=6, image_out=1_000))) == 30_030
    assert cost_microusd(call(newest), newest, Done(count=1)) is None
