"""`easel api edit` and `vary`: the owner's own pictures, sent as they are."""

import hashlib
from pathlib import Path

import orjson
import pytest
from PIL import Image

from sandbox.image_api.faults import errors
from tests.cli.conftest import files
from tests.shell import Shell

pytestmark = pytest.mark.usefixtures("fox")


async def test_an_edit_sends_pictures_and_mask_as_they_are(shell: Shell, fox: Path) -> None:
    pictures = ("--image", "fox.png", "--image", "fox.png", "--mask", "fox.png")

    ended = await shell.easel("api", "edit", "at night", *pictures, "-o", "night.png", DISCORD_TOKEN=None)

    assert ended.status == 0, ended.err
    assert files(shell) == ["fox.png", "night.png"]
    edit = shell.images.requests[-1]
    assert edit.route == "edits"
    assert edit.prompt == "at night"
    assert [upload.field for upload in edit.files] == ["image[]", "image[]", "mask"]
    assert {upload.sha256 for upload in edit.files} == {hashlib.sha256(fox.read_bytes()).hexdigest()}
    assert {upload.content_type for upload in edit.files} == {"image/png"}


async def test_an_edit_takes_the_fields_of_edits(shell: Shell) -> None:
    fields = ("--model", "gpt-image-1.5", "--fidelity", "high", "-n", "2")

    ended = await shell.easel("api", "edit", "at night", "--image", "fox.png", *fields, "-o", "night.png", "--json")

    assert ended.status == 0, ended.err
    assert [file["path"] for file in orjson.loads(ended.out)["files"]] == ["night-1.png", "night-2.png"]
    assert shell.images.requests[-1].fields["input_fidelity"] == "high"


async def test_what_is_no_picture_costs_no_request(shell: Shell) -> None:
    (shell.folder / "letter.png").write_text("to my aunt")

    letter = await shell.easel("api", "edit", "at night", "--image", "letter.png")
    missing = await shell.easel("api", "edit", "at night", "--image", "nowhere.png")
    without = await shell.easel("api", "edit", "at night")
    folder = await shell.easel("api", "vary", "--image", ".")

    assert [each.status for each in (letter, missing, without, folder)] == [2, 2, 2, 2]
    assert "letter.png is not a PNG, JPEG or WebP" in letter.err
    assert [len(each.err.splitlines()) for each in (letter, missing, without, folder)] == [1, 1, 1, 1]
    assert shell.images.requests == []


async def test_a_mask_of_another_size_costs_no_request(shell: Shell, fox: Path) -> None:
    with Image.open(fox) as picture:
        picture.resize((128, 128)).save(shell.folder / "small.png")
    words = ("--image", "fox.png", "--mask", "small.png", "--model", "gpt-image-2")

    ended = await shell.easel("api", "edit", "at night", *words)

    assert ended.status == 2
    assert "256 x 256" in ended.err
    assert shell.images.requests == []


async def test_a_model_that_cannot_is_named_and_costs_no_request(shell: Shell) -> None:
    edit = await shell.easel("api", "edit", "at night", "--image", "fox.png", "--model", "dall-e-3")

    assert edit.status == 2
    assert "dall-e-3" in edit.err
    assert shell.images.requests == []


async def test_a_variation_is_one_where_the_service_has_them(shell: Shell) -> None:
    shell.images.variations = True
    words = ("api", "vary", "--image", "fox.png", "--model", "dall-e-2", "--size", "256x256", "-n", "2")

    ended = await shell.easel(*words, "-o", "like.png", "--json", DISCORD_TOKEN=None)

    assert ended.status == 0, ended.err
    assert orjson.loads(ended.out)["endpoint"] == "variations"
    assert files(shell) == ["fox.png", "like-1.png", "like-2.png"]
    asked = shell.images.requests[-1]
    assert (asked.route, asked.prompt, asked.n) == ("variations", None, 2)


async def test_elsewhere_a_variation_is_painted_as_an_edit_and_says_so(shell: Shell) -> None:
    ended = await shell.easel("api", "vary", "--image", "fox.png", "-o", "like.png")

    assert ended.status == 0, ended.err
    assert "(edits)" in ended.out
    edit = shell.images.requests[-1]
    assert edit.route == "edits"
    assert "variation" in (edit.prompt or "")


async def test_a_service_that_closed_its_variations_is_told_as_a_missing_route(shell: Shell) -> None:
    ended = await shell.easel("api", "vary", "--image", "fox.png", "--model", "dall-e-2")

    assert ended.status == 5
    assert "not billed" in ended.err


async def test_an_edit_is_sent_on_whole_when_told_to_follow(shell: Shell) -> None:
    moved = errors.status(307, "", headers={"Location": "/v1/images/edits"})
    shell.images.faults.add(route="edits", then=moved)

    ended = await shell.easel("api", "edit", "at night", "--image", "fox.png", "--follow", "-o", "night.png")

    assert ended.status == 0, ended.err
    assert [len(request.files) for request in shell.images.records.of("edits")] == [1, 1]
