"""Every service that we know is painted with over a real socket, and what it says becomes what we mean."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image

from bot.errors import (
    ContentRefused,
    ImageServiceError,
    InvalidRequest,
    ModelGone,
    OwnerMustAct,
    RouteMissing,
    ServiceBusy,
)
from bot.image_api.call import Call
from bot.image_api.dialects.dialect import Route
from bot.image_api.dialects.records import DIALECTS
from bot.model import Endpoint
from sandbox.image_api.dialects.known import DIALECTS as STAND_INS
from sandbox.image_api.faults import errors
from tests.image_api.conftest import Open, Source, Studio
from tests.image_api.played import FACTS, PLAYED, Played


class Play(Protocol):
    """Opens a service and a client that knows its kind."""

    async def __call__(self, played: Played, *, key: str | None = "", **switches: object) -> Studio: ...


MEANINGS: dict[str, type[ImageServiceError]] = {
    "content": ContentRefused,
    "refused": ContentRefused,
    "busy": ServiceBusy,
    "money": OwnerMustAct,
}
TROUBLES = [(played, name) for played in PLAYED for name in STAND_INS[played.name].troubles]


@pytest.fixture
async def play(opened: Open) -> AsyncIterator[Play]:
    studios: list[Studio] = []

    async def open_(played: Played, *, key: str | None = "", **switches: object) -> Studio:
        settings: dict[str, object] = {"dialect_name": played.name, "deployment": played.paints}
        if key != "":
            settings["api_key"] = key
        studio = await opened(settings, FACTS, dialect=played.name, **switches)
        studios.append(studio)
        return studio

    yield open_
    for studio in studios:
        assert studio.service.unknown_routes == []


each = pytest.mark.parametrize("played", PLAYED, ids=lambda played: played.name)


def fox(played: Played) -> Call:
    return Call(
        endpoint=Endpoint.GENERATIONS,
        model=played.paints,
        prompt="a red fox in the snow",
        size=played.size or None,
        count=played.most,
    )


def winter(played: Played, *sources: Source) -> Call:
    return Call(endpoint=Endpoint.EDITS, model=played.edits or played.paints, prompt="in winter", sources=sources)


def picture_file(file: Path, colour: str = "red") -> Source:
    Image.new("RGBA", (300, 200), colour).save(file)
    return Source(file, "image/png")


def test_every_service_that_we_know_is_played() -> None:
    assert {played.name for played in PLAYED} == set(STAND_INS) == set(DIALECTS) - {"compatible"}


@each
async def test_its_models_are_listed(play: Play, played: Played) -> None:
    studio = await play(played)

    listed = [model.id for model in await studio.api.models()]

    assert played.paints in listed
    assert len(listed) == len(set(listed))


@each
async def test_one_model_is_described_and_one_that_is_not_there_is_gone(play: Play, played: Played) -> None:
    studio = await play(played)
    known = "gpt-image-2" if played.name.startswith("azure") else played.paints

    if not played.name.startswith("azure"):
        assert (await studio.api.model(known)).id.removeprefix("models/") == known
    with pytest.raises(ModelGone):
        await studio.api.model("painter-of-nowhere")


@each
async def test_it_paints_as_many_in_the_size_that_was_asked_for(play: Play, played: Played) -> None:
    studio = await play(played)

    pictures = await studio.paint(fox(played))

    assert len(pictures) == played.most
    for picture in pictures:
        with Image.open(picture.file) as image:
            assert f"{image.width}x{image.height}" == (played.size or "1024x1024")
    assert len({picture.sha256 for picture in pictures}) == played.most


@each
async def test_it_edits_the_picture_that_was_sent_or_is_not_asked_to(
    play: Play, played: Played, tmp_path: Path
) -> None:
    studio = await play(played)
    source = picture_file(tmp_path / "source.png")

    if played.edits is None:
        with pytest.raises(RouteMissing):
            await studio.paint(winter(played, source))
        assert studio.service.requests == []
        return
    (picture,) = await studio.paint(winter(played, source))

    (request,) = [each for each in studio.service.requests if each.route != "generated"]
    (file,) = request.files
    assert file.sha256 == hashlib.sha256(source.file.read_bytes()).hexdigest()
    assert file.content_type == "image/png"
    assert picture.media_type == "image/png"


@each
async def test_several_pictures_are_edited_together_where_there_are_edits(
    play: Play, played: Played, tmp_path: Path
) -> None:
    if played.edits is None:
        return
    studio = await play(played)
    sources = [picture_file(tmp_path / f"{colour}.png", colour) for colour in ("red", "blue")]

    await studio.paint(winter(played, *sources))

    (request,) = [each for each in studio.service.requests if each.route != "generated"]
    assert [file.sha256 for file in request.files] == [
        hashlib.sha256(source.file.read_bytes()).hexdigest() for source in sources
    ]


@each
async def test_a_mask_arrives_or_is_refused_before_anything_is_sent(play: Play, played: Played, tmp_path: Path) -> None:
    if played.edits is None or played.name == "aimlapi":
        return
    studio = await play(played)
    source, mask = picture_file(tmp_path / "source.png"), picture_file(tmp_path / "mask.png", "#00000000")
    call = replace(winter(played, source), mask=mask)

    if not DIALECTS[played.name].knows("mask"):
        with pytest.raises(InvalidRequest, match="mask"):
            await studio.paint(call)
        assert studio.service.requests == []
        return
    await studio.paint(call)

    (request,) = [each for each in studio.service.requests if each.route != "generated"]
    assert [file.field for file in request.files if file.field == "mask"] == ["mask"]


@each
async def test_moderations_are_asked_for_where_there_are_any(play: Play, played: Played) -> None:
    studio = await play(played)

    if Route.MODERATIONS not in DIALECTS[played.name].routes - DIALECTS[played.name].unsure:
        return
    (verdict,) = await studio.api.moderate("a forbidden fox", model="omni-moderation-latest")

    assert verdict.flagged


@each
async def test_a_route_that_is_known_to_be_missing_costs_no_request(play: Play, played: Played) -> None:
    studio = await play(played)
    dialect = DIALECTS[played.name]

    assert studio.api.has_variations == (Route.VARIATIONS in dialect.routes)
    if Route.MODERATIONS in dialect.routes:
        return
    with pytest.raises(RouteMissing):
        await studio.api.moderate("a fox", model="omni-moderation-latest")
    assert studio.service.requests == []


@each
@pytest.mark.parametrize("key", [None, "sk-of-somebody-else"])
async def test_a_key_that_is_missing_or_wrong_is_the_owners_matter(play: Play, played: Played, key: str | None) -> None:
    studio = await play(played, key=key, checks_key=True)

    with pytest.raises(OwnerMustAct) as refusal:
        await studio.paint(fox(played))

    assert len(studio.service.requests) == 1
    assert "sk-of-somebody-else" not in f"{refusal.value.detail} {refusal.value.reason}"


@each
async def test_a_service_without_keys_paints_without_one(play: Play, played: Played) -> None:
    if STAND_INS[played.name].needs_key:
        return
    studio = await play(played, key=None)

    assert await studio.paint(fox(played))


@each
async def test_a_model_that_is_not_there_is_gone(play: Play, played: Played) -> None:
    if played.name == "sd-server":
        return  # it paints with its one model, whatever the name
    studio = await play(played)
    call = Call(endpoint=Endpoint.GENERATIONS, model="painter-of-nowhere", prompt="a fox")

    with pytest.raises(ModelGone):
        await studio.paint(call)

    assert len(studio.service.requests) == 1


@pytest.mark.parametrize(
    ("played", "trouble"), TROUBLES, ids=[f"{played.name}-{trouble}" for played, trouble in TROUBLES]
)
async def test_what_it_refuses_with_is_understood(play: Play, played: Played, trouble: str) -> None:
    studio = await play(played)
    fault = errors.trouble(studio.service.kind, trouble)
    studio.service.faults.add(route="generations", then=fault, times=None)

    with pytest.raises(MEANINGS[trouble]):
        await studio.paint(fox(played))

    tries = len(studio.service.requests)
    assert tries > 1 if trouble == "busy" else tries == 1
