"""What we know of models, and which of a service's models are for pictures."""

from datetime import date

import pytest

from bot.image_api.catalogue.catalogue import Catalogue, ListedModel, best
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.request import Operation

TODAY = date(2026, 11, 20)
OPENAI_TODAY = (
    "gpt-5.2",
    "gpt-4o-transcribe",
    "gpt-image-1-mini",
    "gpt-image-2",
    "text-embedding-3-large",
    "dall-e-2",
    "tts-1",
    "gpt-image-2-2026-04-21",
    "whisper-1",
    "sora-2",
    "omni-moderation-latest",
    "gpt-image-2.5-sunburst",
    "chatgpt-image-latest",
    "gpt-realtime",
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(has_openai_dates=True)


def listed(*ids: str) -> list[ListedModel]:
    return [ListedModel(model_id) for model_id in ids]


def usable(
    catalogue: Catalogue, *ids: str, operation: Operation = Operation.IMAGINE, has_words: bool = True
) -> list[str]:
    models = catalogue.usable(listed(*ids), operation, today=TODAY, has_words=has_words)
    return [model.id for model in models]


def test_every_model_of_the_catalogue_is_complete(catalogue: Catalogue) -> None:
    models = catalogue.usable(None, Operation.IMAGINE, today=date(2020, 1, 1))

    assert len(models) == 11
    for model in models:
        assert model.prompt_max_chars in (1_000, 4_000, 32_000), model.id
        assert model.sizes, model.id
        assert model.qualities, model.id
        assert set(model.price.picture_usd) <= set(model.qualities), model.id
        assert all(model.has_size(size) for prices in model.price.picture_usd.values() for size in prices), model.id


def test_a_dated_snapshot_and_a_path_before_the_name_are_the_model(catalogue: Catalogue) -> None:
    assert catalogue.get("gpt-image-1.5-2025-12-16").retires_on == date(2026, 12, 1)
    proxied = catalogue.get("openai/dall-e-3")
    assert proxied.id == "openai/dall-e-3"
    assert proxied.count_max == 1
    assert proxied.response_formats == ("url", "b64_json")


def test_a_newer_relative_takes_its_familys_fields_but_not_its_end_or_price(catalogue: Catalogue) -> None:
    model = catalogue.get("gpt-image-7-turbo")

    assert model.qualities == ("auto", "low", "medium", "high")
    assert model.count_max == 10
    assert model.retires_on is None
    assert not model.price.picture_usd
    assert not model.response_formats


def test_what_a_newer_relative_has_beyond_its_familys_lists_is_not_known(catalogue: Catalogue) -> None:
    model, family = catalogue.get("gpt-image-7-turbo"), catalogue.get("gpt-image-1.5")

    assert model.has_size("1024x1024")
    assert model.has_size("4096x4096") is None
    assert family.has_size("4096x4096") is False
    assert model.previews_max == family.previews_max == 3


@pytest.mark.parametrize(
    ("provider", "model_id", "size_form", "endpoints"),
    [
        ("aimlapi", "flux/dev", "object", {Endpoint.GENERATIONS}),
        ("aimlapi", "openai/gpt-image-2", "text", {Endpoint.GENERATIONS, Endpoint.EDITS}),
        ("xai", "grok-imagine-image-2026-03-02", "ratio_and_resolution", {Endpoint.GENERATIONS, Endpoint.EDITS}),
        ("recraft", "recraftv4_1_pro", "text", {Endpoint.GENERATIONS}),
        ("yescale", "flux-kontext-pro", "text", {Endpoint.GENERATIONS}),
        ("yescale", "gpt-image-2", "text", {Endpoint.GENERATIONS, Endpoint.EDITS}),
        ("litellm", "openai/gpt-image-2", "text", {Endpoint.GENERATIONS, Endpoint.EDITS}),
    ],
)
def test_a_providers_own_record_counts_before_openais(
    provider: str, model_id: str, size_form: str, endpoints: set[Endpoint]
) -> None:
    model = Catalogue.load(has_openai_dates=False, provider=provider).get(model_id)

    assert model.id == model_id
    assert model.size_form == size_form
    assert model.endpoints == endpoints


def test_the_same_id_is_another_model_with_another_provider() -> None:
    at_openai, at_aimlapi, at_yescale = (
        Catalogue.load(has_openai_dates=False, provider=name).get("dall-e-2")
        for name in ("openai", "aimlapi", "yescale")
    )

    assert Endpoint.EDITS in at_openai.endpoints
    assert not at_aimlapi.may_use(Endpoint.EDITS)
    assert at_yescale == at_openai
    assert at_aimlapi.price.flat_usd == 0.026


def test_records_of_one_provider_are_not_those_of_another(catalogue: Catalogue) -> None:
    for model_id in ("flux/dev", "sd-cpp-local", "sd3.5-large", "flux-dev", "grok-imagine-image"):
        assert catalogue.get(model_id) == ModelFacts(id=model_id)


def test_before_its_list_is_known_a_providers_own_models_are_offered_in_our_order() -> None:
    catalogue = Catalogue.load(has_openai_dates=False, provider="aimlapi")

    offered = [model.id for model in catalogue.usable(None, Operation.IMAGINE, today=TODAY)]

    assert offered[:2] == ["openai/gpt-image-2", "openai/gpt-image-1-5"]
    assert "flux/dev/image-to-image" not in offered
    assert "flux/dev/image-to-image" in [model.id for model in catalogue.usable(None, Operation.VARY, today=TODAY)]
    assert "gpt-image-2" not in offered
    listed_ = listed("dall-e-2", "stranger-image", "flux/schnell", "openai/gpt-image-2")
    assert [model.id for model in catalogue.usable(listed_, Operation.IMAGINE, today=TODAY)] == [
        "openai/gpt-image-2",
        "flux/schnell",
        "dall-e-2",
        "stranger-image",
    ]


@pytest.mark.parametrize("provider", ["vertex", "stability", "bfl"])
def test_what_does_not_speak_openais_form_is_never_offered(provider: str) -> None:
    catalogue = Catalogue.load(has_openai_dates=False, provider=provider)

    assert catalogue.usable(None, Operation.IMAGINE, today=date(2020, 1, 1)) == []
    assert catalogue.usable(None, Operation.VARY, today=date(2020, 1, 1)) == []


def test_another_providers_own_dates_count_there() -> None:
    model = Catalogue.load(has_openai_dates=False, provider="xai").get("grok-imagine-image-quality")

    assert model.retires_on == date(2026, 11, 2)


def test_of_a_stranger_nothing_is_assumed(catalogue: Catalogue) -> None:
    assert catalogue.get("flux/schnell") == ModelFacts(id="flux/schnell")
    assert ModelFacts(id="x").count_at_once == 1
    assert ModelFacts(id="x").sizes is None


def test_on_another_service_openais_dates_do_not_count() -> None:
    assert Catalogue.load(has_openai_dates=False).get("dall-e-2").retires_on is None
    assert Catalogue.load(has_openai_dates=True).get("dall-e-2").retires_on == date(2026, 5, 12)


def test_what_the_service_says_of_a_models_end_counts_more(catalogue: Catalogue) -> None:
    assert catalogue.facts(ListedModel("gpt-image-1.5", date(2027, 1, 1))).retires_on == date(2027, 1, 1)
    assert catalogue.facts(ListedModel("gpt-image-1.5")).retires_on == date(2026, 12, 1)
    assert catalogue.facts(ListedModel("gpt-image-7", date(2027, 1, 1))).retires_on == date(2027, 1, 1)
    assert catalogue.facts(ListedModel("a-stranger", date(2027, 1, 1))).retires_on == date(2027, 1, 1)


def test_the_picture_models_of_openais_list_come_in_our_order(catalogue: Catalogue) -> None:
    assert usable(catalogue, *OPENAI_TODAY) == [
        "gpt-image-2.5-sunburst",
        "gpt-image-2",
        "gpt-image-2-2026-04-21",
        "gpt-image-1-mini",
        "chatgpt-image-latest",
        "dall-e-2",
    ]


def test_models_with_telling_names_are_shown_beside_known_ones(catalogue: Catalogue) -> None:
    names = (
        "gpt-4o",
        "flux-pro/v1.1",
        "gpt-image-2",
        "qwen-image",
        "grok-imagine-video",
        "sdxl-turbo",
        "clip-embed-image",
    )

    assert usable(catalogue, *names) == ["gpt-image-2", "flux-pro/v1.1", "qwen-image", "sdxl-turbo"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("sd-cpp-local",), ["sd-cpp-local"]),
        (("llama-3.1-8b-instruct", "my-own-thing", "bge-embed", "whisper-large"), ["my-own-thing"]),
        (("gpt-4o", "text-embedding-3-small"), []),
        ((), []),
    ],
)
def test_a_service_with_unknown_names_offers_all_that_is_not_clearly_something_else(
    catalogue: Catalogue, names: tuple[str, ...], shown: list[str]
) -> None:
    assert usable(catalogue, *names) == shown


def test_only_models_that_can_do_it_are_offered(catalogue: Catalogue) -> None:
    names = ("dall-e-3", "dall-e-2", "gpt-image-2")

    assert usable(catalogue, *names, operation=Operation.VARY) == ["gpt-image-2"]
    assert usable(catalogue, *names, operation=Operation.VARY, has_words=False) == ["gpt-image-2", "dall-e-2"]


def test_before_the_list_is_known_what_has_not_ended_is_offered(catalogue: Catalogue) -> None:
    names = [model.id for model in catalogue.usable(None, Operation.IMAGINE, today=TODAY)]

    assert names[0] == "gpt-image-2.5-flare"
    assert "gpt-image-1-mini" in names
    assert "gpt-image-1" not in names
    assert "dall-e-3" not in names


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("gpt-image-1-mini", "gpt-image-2"), "gpt-image-2"),
        (("gpt-image-1-mini", "flux"), "flux"),
        (("gpt-image-1-mini", "chatgpt-image-latest"), "gpt-image-1-mini"),
        (("something", "other"), "something"),
    ],
)
def test_the_default_is_the_first_that_stays_another_30_days(
    catalogue: Catalogue, names: tuple[str, ...], chosen: str
) -> None:
    models = catalogue.usable(listed(*names), Operation.IMAGINE, today=TODAY)

    model = best(models, TODAY)

    assert model is not None
    assert model.id == chosen


def test_thirty_days_are_thirty_days() -> None:
    ending = ModelFacts(id="ending", retires_on=date(2026, 12, 20))
    other = ModelFacts(id="other")

    assert best([ending, other], date(2026, 11, 20)) == ending
    assert best([ending, other], date(2026, 11, 21)) == other
    assert best([], TODAY) is None


@pytest.mark.parametrize(
    ("size", "is_possible"),
    [
        ("auto", True),
        ("1024x1024", True),
        ("3840x2160", True),
        ("2560x1440", True),
        ("1040x1040", True),
        ("1030x1024", False),
        ("3856x2160", False),
        ("512x512", False),
        ("3840x1024", False),
        ("1024X1024", False),
        ("0x1024", False),
        ("1024", False),
        ("", False),
    ],
)
def test_free_sizes_follow_the_models_rule(catalogue: Catalogue, size: str, is_possible: bool) -> None:
    assert catalogue.get("gpt-image-2").has_size(size) is is_possible


def test_the_way_to_a_variation_depends_on_model_words_and_service(catalogue: Catalogue) -> None:
    def way(model: str, *, has_words: bool = False, variations: bool = True) -> Endpoint | None:
        return catalogue.get(model).endpoint_for(Operation.VARY, has_words=has_words, variations=variations)

    assert way("dall-e-2") is Endpoint.VARIATIONS
    assert way("dall-e-2", variations=False) is None
    assert way("dall-e-2", has_words=True) is None
    assert way("a-stranger") is Endpoint.EDITS
    assert way("dall-e-3") is None
    assert way("gpt-image-2") is Endpoint.EDITS
    assert way("gpt-image-2", has_words=True) is Endpoint.EDITS


def test_a_service_without_edits_has_no_model_that_edits_except_with_the_picture_among_the_words() -> None:
    among_words = ModelFacts(id="kontext", names={"image": "image_url"})
    flux = {"flux": ModelFacts(id="flux"), "kontext": among_words}
    catalogue = Catalogue(near=flux, openai={}, offered=tuple(flux), families={}).at({Endpoint.GENERATIONS})

    assert catalogue.get("flux").endpoint_for(Operation.VARY, has_words=False) is None
    assert catalogue.get("a-stranger").endpoint_for(Operation.VARY, has_words=True) is None
    assert catalogue.get("kontext").endpoint_for(Operation.VARY, has_words=True) is Endpoint.EDITS
    assert [model.id for model in catalogue.usable(None, Operation.VARY, today=date(2026, 11, 20))] == ["kontext"]
