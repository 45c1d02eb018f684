"""/models shows what is known of a model, and leaves out what is not."""

from datetime import date

import pytest

from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.catalogue.facts import ModelFacts, Price, SizeRule
from bot.image_api.catalogue.files import built_in
from bot.ui.models import CONTENT_MAX_CHARS, details, overview

TODAY = date(2026, 11, 20)
OPENAI = Catalogue.load(has_openai_dates=True)
AIMLAPI = Catalogue.load(has_openai_dates=False, provider="aimlapi")
STRANGER = ModelFacts(id="a-stranger")


def shown(model: ModelFacts) -> list[str]:
    return details(model, TODAY).splitlines()


GPT_IMAGE_2 = """\
**`gpt-image-2`**
- /imagine and /vary, $0.005 to $0.43 a picture
- Sizes: auto, 1024x1024, 1536x1024, 1024x1536 (auto unless you choose); or any with edges divisible by 16, \
at most 3,840 pixels long, one at most 3 times the other, with 655,360 to 8,294,400 pixels in all \
(above 2560x1440 is experimental)
- Qualities: auto, low, medium, high (auto unless you choose)
- Backgrounds: auto, transparent, opaque
- Formats: png, jpeg, webp (png unless you choose)
- Pictures a call: up to 10; more are painted in several calls
- Prompt: up to 32,000 characters
- Previews: up to 3 while it paints, each $0.003 more
- Edits: up to 16 pictures (png, webp, jpeg), up to 50 MB each, with a mask
- Price, low: 1024x1024 $0.006, 1536x1024 $0.005, 1024x1536 $0.005, 2048x2048 $0.012, 2560x1440 $0.006, \
3840x2160 $0.011
- Price, medium: 1024x1024 $0.053, 1536x1024 $0.041, 1024x1536 $0.041, 2048x2048 $0.107, 2560x1440 $0.055, \
3840x2160 $0.100
- Price, high: 1024x1024 $0.211, 1536x1024 $0.165, 1024x1536 $0.165, 2048x2048 $0.428, 2560x1440 $0.221, \
3840x2160 $0.400
- Price of a million tokens: $5 for words and $8 for pictures that it reads, $30 for pictures that it paints
-# Prices are what the bot's owner pays. Pictures cost you nothing."""


def test_all_that_is_known_of_a_model_is_shown() -> None:
    assert details(OPENAI.get("gpt-image-2"), TODAY) == GPT_IMAGE_2


def test_of_a_stranger_only_its_name_and_how_it_can_be_tried_is_shown() -> None:
    assert shown(STRANGER) == ["**`a-stranger`**", "- /imagine and /vary"]


def test_what_may_be_more_than_we_know_is_shown_so() -> None:
    lines = shown(OPENAI.get("gpt-image-2.6-flare"))

    assert "- Sizes: auto, 1024x1024, 1536x1024, 1024x1536, perhaps others (auto unless you choose)" in lines
    assert "- Formats: png, jpeg, webp, gif, svg (png unless you choose)" in lines
    assert "- /imagine and /vary, priced by tokens" in lines
    assert not any(line.startswith("- Backgrounds") for line in lines)


def test_an_end_is_shown_with_what_comes_after_it() -> None:
    ended = OPENAI.get("dall-e-3")

    assert "**ended 2026-05-12**, then `gpt-image-2.5-flare` or `gpt-image-2.5-sunburst`" in shown(ended)[1]
    assert shown(OPENAI.get("gpt-image-1.5"))[1].endswith("**ends 2026-12-01**")
    assert "- Rewrites the prompt before it paints" in shown(ended)
    assert "- Pictures a call: one; more are painted in several calls" in shown(ended)


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Price(flat_usd=0), "free"),
        (Price(flat_usd=0.033), "$0.033 a picture"),
        (Price(flat_usd=0.0004), "$0.00040 a picture"),
        (Price(flat_usd=0.06, picture_usd={"low": {"1024x1024": 0.04}}), "$0.040 to $0.060 a picture"),
    ],
)
def test_a_price_is_shown_in_dollars(price: Price, words: str) -> None:
    assert shown(ModelFacts(id="m", price=price))[1] == f"- /imagine and /vary, {words}"


def test_nobody_who_reads_a_price_thinks_that_he_pays_it() -> None:
    priced, free = ModelFacts(id="m", price=Price(flat_usd=0.03)), ModelFacts(id="m", price=Price(flat_usd=0))

    for text in (details(priced, TODAY), overview([STRANGER, priced], None, TODAY)):
        assert "Prices are what the bot's owner pays. Pictures cost you nothing." in text
    for text in (details(free, TODAY), details(STRANGER, TODAY), overview([STRANGER, free], None, TODAY)):
        assert "owner pays" not in text


def test_what_a_model_can_be_used_for_is_shown() -> None:
    assert shown(AIMLAPI.get("flux/kontext-pro/image-to-image"))[1] == "- /vary"
    assert shown(AIMLAPI.get("flux/dev"))[1] == "- /imagine, $0.033 a picture"
    assert shown(ModelFacts(id="m", endpoints_unsure=frozenset()))[1] == "- neither /imagine nor /vary"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SizeRule(pixels_max=1_000_000), "- Sizes: edges with up to 1,000,000 pixels in all"),
        (SizeRule(pixels_min=4_096), "- Sizes: edges with 4,096 or more pixels in all"),
        (SizeRule(), "- Sizes: edges of any length"),
    ],
)
def test_a_rule_alone_is_shown_in_words(rule: SizeRule, words: str) -> None:
    assert words in shown(ModelFacts(id="m", size_rule=rule))


@pytest.mark.parametrize("key", built_in().models)
def test_every_model_fits_into_a_message(key: str) -> None:
    text = details(built_in().models[key], TODAY)

    assert len(text) < CONTENT_MAX_CHARS
    assert "None" not in text
    assert not text.endswith("…")


def test_a_long_list_fits_into_a_message_and_says_how_many_more_there_are() -> None:
    models = [ModelFacts(id=f"{'m' * 90}{number}") for number in range(40)]

    text = overview(models, models[3], TODAY)

    assert len(text) <= CONTENT_MAX_CHARS
    assert f"`{models[3].id}` (default): /imagine and /vary" in text
    assert "… and 25 more" in text
    assert text.endswith("shows one in detail.")
