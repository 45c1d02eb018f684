"""An owner's file adds models and corrects ours, and every mistake in it is told at once."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.checks import check
from bot.image_api.catalogue.catalogue import Catalogue, ListedModel
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.request import Operation
from bot.settings import SettingsError

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
TODAY = date(2026, 11, 20)
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_(text: str) -> Path:
        file = tmp_path / "models.toml"
        file.write_text(text, "utf-8")
        return file

    return write_


def load(file: Path, provider: str = "openai") -> Catalogue:
    return Catalogue.load(has_openai_dates=provider == "openai", provider=provider, models_file=file)


def problems(file: Path) -> list[str]:
    with pytest.raises(SettingsError) as told:
        load(file)
    return told.value.problems


def test_the_manuals_example_does_what_the_manual_says(write: Write) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", OPERATIONS.read_text("utf-8"), re.DOTALL)

    catalogue = load(write(example))

    deployment, ours = catalogue.get("paintings-eu"), catalogue.get("gpt-image-2")
    assert deployment.has_size("2048x1152")
    assert deployment.price.flat_usd == 0.19
    assert not deployment.price.picture_usd
    assert ours.price.picture_usd
    corrected = catalogue.get("gpt-image-1.5")
    assert corrected.qualities == ("low", "medium")
    assert corrected.sizes == ("auto", "1024x1024", "1536x1024", "1024x1536")
    assert corrected.retires_on == date(2026, 12, 1)
    server = catalogue.get("sdxl-lightning")
    assert server.price.flat_usd == 0
    assert server.styles is None
    with pytest.raises(InvalidRequest, match="1024x1024, 1216x832, 832x1216"):
        check(Call(endpoint=Endpoint.GENERATIONS, model=server.id, prompt="a fox", size="512x512"), server)


def test_a_deployment_named_as_its_owner_likes_is_the_model_that_it_is_like(write: Write) -> None:
    catalogue = load(write('[models."eu/Paintings 1"]\nlike = "gpt-image-1.5"\n'), provider="azure")

    model = catalogue.get("eu/Paintings 1")

    assert (model.id, model.provider) == ("eu/Paintings 1", "owner")
    assert model.previews_max == 3
    assert model.price == catalogue.get("gpt-image-1.5").price
    assert model.retires_on is None


def test_the_end_of_the_model_that_one_is_like_is_not_its_own(write: Write) -> None:
    catalogue = load(write('[models."mine"]\nlike = "gpt-image-1.5"\n'))

    assert catalogue.get("gpt-image-1.5").retires_on == date(2026, 12, 1)
    assert catalogue.get("mine").retires_on is None


def test_models_of_the_file_can_be_like_one_another_and_like_those_of_other_services(write: Write) -> None:
    text = """
    [models."c"]
    like = "b"
    count_max = 2
    [models."b"]
    like = "aimlapi:flux/dev"
    [models."gpt-image-2"]
    like = "gpt-image-2"
    count_max = 5
    """

    catalogue = load(write(text))

    assert catalogue.get("b").names == {"n": "num_images", "size": "image_size"}
    assert (catalogue.get("c").count_max, catalogue.get("c").size_form) == (2, "object")
    assert (catalogue.get("gpt-image-2").count_max, catalogue.get("gpt-image-2").qualities) == (
        5,
        ("auto", "low", "medium", "high"),
    )


def test_a_correction_reaches_snapshots_and_paths_and_keeps_the_models_place(write: Write) -> None:
    catalogue = load(write('[models."gpt-image-2"]\ncount_max = 2\n'))
    listed = [ListedModel(name) for name in ("gpt-image-1.5", "openai/gpt-image-2", "gpt-image-2-2026-04-21")]

    assert catalogue.get("openai/gpt-image-2").count_max == 2
    assert catalogue.get("gpt-image-2-2026-04-21").count_max == 2
    usable = catalogue.usable(listed, Operation.IMAGINE, today=TODAY)
    assert [model.id for model in usable] == ["openai/gpt-image-2", "gpt-image-2-2026-04-21", "gpt-image-1.5"]


def test_a_model_of_the_owners_counts_as_one_that_paints_and_comes_after_ours(write: Write) -> None:
    catalogue = load(write('[models."gpt-4o-turbo-chat"]\nendpoints = ["generations"]\n'))
    listed = [ListedModel(name) for name in ("stranger-image", "gpt-4o-turbo-chat", "gpt-image-2", "gpt-4o")]

    usable = [model.id for model in catalogue.usable(listed, Operation.IMAGINE, today=TODAY)]

    assert usable == ["gpt-image-2", "gpt-4o-turbo-chat", "stranger-image"]
    assert "gpt-4o-turbo-chat" in [model.id for model in catalogue.usable(None, Operation.IMAGINE, today=TODAY)]


def test_another_services_own_model_is_corrected_under_the_id_that_it_lists(write: Write) -> None:
    catalogue = load(write('[models."flux/dev"]\nprice.flat_usd = 0.01\n'), provider="aimlapi")

    assert catalogue.get("flux/dev").price.flat_usd == 0.01
    assert catalogue.get("flux/dev").size_form == "object"


def test_whoever_lists_the_endpoints_lists_them_all(write: Write) -> None:
    catalogue = load(write('[models."a"]\nendpoints = ["generations"]\n[models."b"]\ncount_max = 2\n'))

    assert not catalogue.get("a").may_use(Endpoint.EDITS)
    assert catalogue.get("b").may_use(Endpoint.EDITS)


def test_an_empty_file_changes_nothing(write: Write) -> None:
    assert load(write("")).get("gpt-image-2") == Catalogue.load(has_openai_dates=True).get("gpt-image-2")
    assert load(write("")).get("a-stranger") == ModelFacts(id="a-stranger")


def test_every_mistake_is_told_at_once_in_a_line_that_names_its_place(write: Write) -> None:
    text = """
    title = "mine"
    [models."a"]
    sized = ["1024x1024"]
    count_max = 0
    sizes = "1024x1024"
    endpoints = ["generation"]
    price.flat_usd = -1
    price.rates = { text_in = 1, image_in = 2 }
    size_rule = { step_px = 16, steps = 3 }
    retires_on = "soon"
    svg = "yes"
    [models."b"]
    like = "gpt-image-22"
    [models."c"]
    like = "d"
    [models."d"]
    like = "c"
    [models."e"]
    like = "gpt-image-2"
    price.picture_usd.hihg = { 1024x1024 = 0.2 }
    [models]
    f = 3
    [models."g"]
    count_max = 99999999999999999999999
    [models."h"]
    like = 5
    """

    told = problems(write(text.replace("    ", "")))

    assert sorted(told) == sorted(
        [
            'MODELS_FILE: "title" has no place in it; write [models."name"]',
            'MODELS_FILE: "a": there is no field sized; did you mean sizes?',
            'MODELS_FILE: "a": count_max must be greater than or equal to 1',
            'MODELS_FILE: "a": sizes must be a valid list',
            "MODELS_FILE: \"a\": endpoints.0 must be 'generations', 'edits' or 'variations'",
            'MODELS_FILE: "a": price.flat_usd must be greater than or equal to 0',
            'MODELS_FILE: "a": price.rates.image_out is missing',
            'MODELS_FILE: "a": there is no field size_rule.steps',
            'MODELS_FILE: "a": retires_on must be a valid date in the format YYYY-MM-DD, input is too short',
            'MODELS_FILE: "a": svg must be a valid boolean',
            'MODELS_FILE: "b" is like "gpt-image-22", which I do not know',
            'MODELS_FILE: "d" is like "c", which is like "d"',
            'MODELS_FILE: "e": price.picture_usd.hihg: the model has no such quality',
            'MODELS_FILE: "f" is not a table; write [models."f"]',
            'MODELS_FILE: "g": a value in it is of no use here (Integer exceeds 64-bit range)',
            'MODELS_FILE: "h" is like "5", which I do not know',
        ]
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[models."a"\nx = 1', "is not TOML"),
        (b"\xff\xfe", "is not a text in UTF-8"),
        (b"models = 3", "models is not a table"),
        (b'[models."a"]\nprice.flat_usd = nan', "a number in it has no value"),
        (b'[models."a"]\nid = "b"', "there is no field id"),
        (b'[models."a"]\nprice.flat_usd = 1e300', "price.flat_usd must be less than or equal to 10000"),
        (b'[models."a"]\nprice.output_tokens.low = { 1x1 = 9000000000 }', "must be less than or equal to 1000000"),
        (b'[models."a"]\nprice.quality_factors.low = 99999', "must be less than or equal to 1000"),
    ],
)
def test_a_file_that_is_something_else_is_told(write: Write, content: bytes, words: str) -> None:
    file = write("")
    file.write_bytes(content)

    (line,) = problems(file)

    assert line.startswith("MODELS_FILE")
    assert words in line


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.toml") == ["MODELS_FILE: there is no such file"]
    assert problems(tmp_path)[0].startswith("MODELS_FILE cannot be read")
