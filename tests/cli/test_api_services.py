"""`easel api` at every service that we know: the command line says the same, whatever is spoken behind it."""

from pathlib import Path

import orjson
import pytest
from PIL import Image

from tests.image_api.played import PLAYED, Played
from tests.shell import opened_shell

MODELS = {"azure": "painter", "azure-v1": "painter"}


@pytest.mark.parametrize("played", PLAYED, ids=lambda played: played.name)
async def test_a_badger_is_painted_everywhere(tmp_path: Path, played: Played) -> None:
    async with opened_shell(tmp_path, dialect=played.name) as shell:
        ended = await shell.easel(
            *("api", "generate", "a badger in a tuxedo", "--model", played.paints, "-o", "badger.png", "--json"),
            DISCORD_TOKEN=None,
            IMAGE_DIALECT=played.name,
            IMAGE_MODEL=played.paints,
        )

    assert ended.status == 0, ended.err
    told = orjson.loads(ended.out)
    assert told["model"] == played.paints
    (file,) = told["files"]
    with Image.open(shell.folder / file["path"]) as picture:
        picture.load()
    assert shell.images.unknown_routes == []


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("together", ("generate", "a fox", "--size", "16:9"), "width x height"),
        ("azure", ("generate", "a fox", "--format", "webp"), "paints PNG and JPEG alone"),
        ("azure-v1", ("edit", "a fox", "--image", "fox.png", "--format", "webp"), "paints PNG and JPEG alone"),
        (
            "openai",
            ("edit", "x", "--image", "fox.png", "--markup", "fox.png", "--moderation", "low"),
            "do not go together",
        ),
        (
            "openai",
            ("edit", "a fox", "--image", "large.png", "--moderation", "low"),
            "of up to 15.7 MB; yours has 16.0 MB",
        ),
    ],
)
async def test_what_the_service_cannot_be_told_costs_no_request(
    tmp_path: Path, name: str, words: tuple[str, ...], sentence: str
) -> None:
    async with opened_shell(tmp_path, dialect=name) as shell:
        Image.new("RGBA", (256, 256)).save(shell.folder / "fox.png")
        small = (shell.folder / "fox.png").read_bytes()
        (shell.folder / "large.png").write_bytes(small.ljust(16_000_000, b"\0"))

        ended = await shell.easel("api", *words, IMAGE_DIALECT=name, IMAGE_MODEL=MODELS.get(name))

    assert ended.status == 2
    assert sentence in ended.err
    assert [request.route for request in shell.images.requests if request.route != "models"] == []


async def test_a_markup_arrives_beside_the_picture(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="openai") as shell:
        Image.new("RGBA", (256, 256)).save(shell.folder / "fox.png")
        words = ("edit", "a fox", "--image", "fox.png", "--markup", "fox.png", "--model", "gpt-image-2.5-flare")

        ended = await shell.easel("api", *words, IMAGE_DIALECT="openai")

    assert ended.status == 0, ended.err
    assert [file.field for file in shell.images.requests[-1].files] == ["image", "markup"]


async def test_who_names_no_model_gets_one_that_is_known_to_edit(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="yescale") as shell:  # whose dall-e-3 comes first, and paints from words
        Image.new("RGBA", (256, 256)).save(shell.folder / "fox.png")

        edited = await shell.easel("api", "edit", "a fox", "--image", "fox.png", "--json", IMAGE_DIALECT="yescale")
        varied = await shell.easel("api", "vary", "--image", "fox.png", "--json", IMAGE_DIALECT="yescale")

    assert (edited.status, varied.status) == (0, 0), edited.err + varied.err
    assert [orjson.loads(each.out)["model"] for each in (edited, varied)] == ["gpt-image-1.5"] * 2


async def test_a_large_picture_goes_where_no_filter_is_chosen(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="openai") as shell:
        Image.new("RGBA", (256, 256)).save(shell.folder / "fox.png")
        small = (shell.folder / "fox.png").read_bytes()
        (shell.folder / "large.png").write_bytes(small.ljust(16_000_000, b"\0"))

        ended = await shell.easel("api", "edit", "a fox", "--image", "large.png", IMAGE_DIALECT="openai")

    assert ended.status == 0, ended.err


async def test_a_request_knows_the_services_address_query_and_key(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="azure") as shell:

        async def at_azure(*words: str) -> int:
            words = ("api", "request", "GET", "models", *words)
            return (await shell.easel(*words, IMAGE_DIALECT="azure", IMAGE_MODEL="painter")).status

        plain = await at_azure()
        older = await at_azure("-q", "api-version=2001-01-01")
        smuggled = await at_azure("-H", "API-Key: canary")

    assert (plain, older, smuggled) == (0, 0, 2)
    assert [request.key for request in shell.images.requests] == ["right", "right"]
    first, second = [request.path for request in shell.images.requests]
    assert first.startswith("/openai/models?api-version=20")
    assert second == "/openai/models?api-version=2001-01-01"
