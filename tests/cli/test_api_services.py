"""`easel api` at every service that we know: the command line says the same, whatever is spoken behind it."""

from pathlib import Path

import orjson
import pytest
from PIL import Image

from tests.image_api.played import PLAYED, Played
from tests.shell import opened_shell


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
