"""models.toml says exactly what the collected facts say: every fact of theirs, and no claim where they have none."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.image_api.calls import check_formats as forms
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.catalogue.files import built_in, split
from tests.image_api.collected import ours, theirs

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT.parent / "shared" / "facts" / "models.json"
MODELS_TOML = ROOT / "bot" / "image_api" / "catalogue" / "models.toml"

# Entries of the facts that stand for several ids, or for an id that is written otherwise.
KEYS = {
    "yescale:flux (dall-e-3 format)": ("yescale:flux",),
    "recraft:recraftv4 / recraftv4_1 (+_pro,_utility,_vector,_flash,_styles)": (
        "recraft:recraftv4",
        "recraft:recraftv4_1",
    ),
    "vertex:imagen-3.0-generate-001 / imagen-4.0-*": ("vertex:imagen-3.0-generate-001",),
    "bfl:flux (own API)": (
        "bfl:flux-dev",
        "bfl:flux-pro-1.1",
        "bfl:flux-pro-1.1-ultra",
        "bfl:flux-kontext-pro",
        "bfl:flux-kontext-max",
    ),
    "local:sd-server (stable-diffusion.cpp)": ("sd-server:sd-cpp-local",),
}
# Records that no entry of the facts is for, from the notes of another.
FROM_NOTES = {"gemini:gemini-3-pro-image-preview", "gemini:gemini-3.1-flash-image"}

NOT_OPENAI_SHAPED = "no endpoint of ours is one of theirs, so they are never offered; the facts leave them open"
PRINTED = "as printed by YEScale, copied from dall-e-2's text; the facts name the model's own values as true"
NO_SUCH_FIELD = "what comes out is PNG; OpenAI's reference has `output_format` for GPT image models alone"
MEDIUM_ALONE = "the facts' note says that this flat price is that of medium quality"
CARRIES_ITS_PICTURE = "its only way is a generation that carries a picture, which is an edit to us (`names.image`)"
EXCEPTIONS = {
    **{
        (f"aimlapi:flux/{name}/image-to-image", field): CARRIES_ITS_PICTURE
        for name in ("dev", "kontext-pro")
        for field in ("endpoints", "sources")
    },
    **{
        (key, "endpoints"): NOT_OPENAI_SHAPED
        for key in ("vertex:imagen-3.0-generate-001", "stability:sd3.5-large", *KEYS["bfl:flux (own API)"])
    },
    ("yescale:dall-e-3", "count_max"): PRINTED,
    ("yescale:dall-e-3", "prompt_max_chars"): PRINTED,
    ("yescale:dall-e-3", "qualities"): PRINTED,
    ("dall-e-2", "output_formats"): NO_SUCH_FIELD,
    ("dall-e-2", "default_format"): NO_SUCH_FIELD,
    ("dall-e-3", "output_formats"): NO_SUCH_FIELD,
    ("dall-e-3", "default_format"): NO_SUCH_FIELD,
    ("aimlapi:openai/gpt-image-1", "mask"): "false in its schema of generations; that of edits has one (its note)",
    ("aimlapi:openai/gpt-image-2", "mask"): "false in its schema of generations; that of edits has one (its note)",
    ("aimlapi:openai/gpt-image-2", "flat_usd"): MEDIUM_ALONE,
    ("aimlapi:openai/gpt-image-2", "picture_usd"): MEDIUM_ALONE,
    ("xai:grok-imagine-image", "extra_fields"): "`resolution` is in the facts' rule of its sizes",
}
# What the comparison reads, all of it or the part behind the dot.
COMPARED = {
    *("id", "provider", "aliases", "endpoints", "retirement_date", "replacement", "prompt_max_chars", "price"),
    *("sizes", "qualities", "quality_default", "styles", "style_default", "n", "background", "moderation_param"),
    *("output_formats", "output_format_default", "output_compression", "response_format", "streaming"),
    *("partial_images_max", "input_images", "mask", "markup", "input_fidelity", "complexity", "gif", "svg"),
    *("revised_prompt", "extra_fields"),
}
# What the catalogue does not hold.
LEFT_OUT = {
    "family": "told by `[families]` and `like`",
    "status": "words about dates that the catalogue has, and about pages; nothing is decided by them",
    "returns": "answers are read for what they hold, whatever was promised",
    "url_lifetime_s": "links are followed at once",
    "usage_block": "read where it is there",
    "notes": "in comments where they matter",
    "sources": "held as `known_from`, see below",
    "n.min, n.default": "1 everywhere",
    "sizes.rule.max_size, .shape, .default_wh": "the longest edge, the form, a preset's pixels again",
    "output_compression.min, .max, .default, .only_for": "the same wherever it exists: constants of checks_of_forms",
    "response_format.default": "the bot always says what it wants",
    "input_images.alpha_needed_without_mask": "only dall-e-2, whose record says `needs_mask`",
    "gif, svg": "the numbers are rules of the fields: constants of checks_of_forms, compared below",
    "price.third_party_tokens": "one tester's measurement is no price",
    "extra_fields.success_status_in_schema": "any 2xx is a success",
}


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    if not FACTS.is_file():
        pytest.skip("SKIPPED: models.toml was not held against the collected facts: no ../shared here")
    models: list[dict[str, Any]] = json.loads(FACTS.read_text("utf-8"))["models"]
    return models


def keys_of(entry: dict[str, Any]) -> tuple[str, ...]:
    return KEYS.get(entry["id"], (entry["id"],))


def differences(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str, Any, Any]]:
    records = built_in().models
    for entry in entries:
        for key in keys_of(entry):
            said, collected = ours(records[key]), theirs(entry, key)
            assert said.keys() == collected.keys()
            yield from ((key, name, said[name], collected[name]) for name in said if said[name] != collected[name])


def test_every_fact_is_in_the_file_and_nothing_is_claimed_that_is_unknown(entries: list[dict[str, Any]]) -> None:
    found = {(key, name): (said, collected) for key, name, said, collected in differences(entries)}

    assert found.keys() - EXCEPTIONS.keys() == set(), {
        place: found[place] for place in found.keys() - EXCEPTIONS.keys()
    }
    assert EXCEPTIONS.keys() - found.keys() == set(), "an exception that is none any more"


def test_every_key_of_the_facts_is_compared_or_left_out_for_a_reason(entries: list[dict[str, Any]]) -> None:
    keys = {key for entry in entries for key in entry}

    assert keys == COMPARED | {name for name in LEFT_OUT if name in keys}
    assert {entry["n"]["min"] for entry in entries} == {1}
    assert {entry["n"]["default"] for entry in entries} <= {1, None}


def test_every_record_is_one_of_the_facts(entries: list[dict[str, Any]]) -> None:
    collected = {key for entry in entries for key in keys_of(entry)}

    assert len(entries) == 45
    assert built_in().models.keys() == collected | FROM_NOTES


def test_an_alias_is_its_model(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        for key in keys_of(entry):
            provider, model_id = split(key)
            catalogue = Catalogue.load(has_openai_dates=True, provider=provider)
            for alias in entry["aliases"]:
                assert (
                    catalogue.get(alias).endpoints
                    == catalogue.get(model_id).endpoints
                    == built_in().models[key].endpoints
                )


def test_the_rules_of_gif_and_compression_are_those_of_the_facts(entries: list[dict[str, Any]]) -> None:
    gifs = [entry["gif"] for entry in entries if entry["gif"]]
    compressions = [entry["output_compression"] for entry in entries if entry["output_compression"]]

    assert {tuple(gif["frame_count"]) for gif in gifs} == {(forms.FRAMES_MIN, forms.FRAMES_MAX)}
    assert {tuple(each.get("only_for", forms.COMPRESSED)) for each in compressions} == {forms.COMPRESSED}
    assert {(each["min"], each["max"]) for each in compressions} == {(0, 100)}


def tables() -> dict[str, dict[str, Any]]:
    data = tomllib.loads(MODELS_TOML.read_text("utf-8"))
    return {**data["shared"], **data["models"]}


def test_whoever_is_named_as_a_source_is_described() -> None:
    described = tomllib.loads(MODELS_TOML.read_text("utf-8"))["sources"]

    named = {
        source.partition(":")[0]
        for row in tables().values()
        for sources in row.get("known_from", {}).values()
        for source in sources
    }

    assert named == described.keys()


@pytest.mark.parametrize("key", tables())
def test_every_table_says_who_says_so(key: str) -> None:
    row = tables()[key]
    told, origins = row.get("known_from", {}), row
    while "like" in origins and "all" not in told:
        origins = tables()[origins["like"]]
        told = {**origins.get("known_from", {}), **told}

    assert "all" in told
    assert "price" not in row or not row["price"] or "price" in told or told["all"] == ["price_map"]
