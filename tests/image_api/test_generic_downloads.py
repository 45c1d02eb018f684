"""A body that goes into a file: whole or not at all, under a safe name, over nothing that was there."""

import asyncio
import hashlib
import tracemalloc
from pathlib import Path

import pytest

from bot.errors import InvalidRequest, ServiceLost
from bot.image_api.generic.requests import Download, GenericRequest
from sandbox.image_api.faults import errors, wire
from tests.image_api.conftest import Studio

LARGE_BYTES = 96 * 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def wish(folder: Path, name: str | None = None, *, overwrite: bool = False) -> GenericRequest:
    return GenericRequest(path="models", download=Download(folder=folder, name=name, overwrite=overwrite))


async def test_a_download_tells_everything_about_its_file(studio: Studio, folder: Path) -> None:
    studio.service.faults.add(route="models", then=errors.status(200, "a letter to my aunt"))

    reply = await studio.api.request(wish(folder, "aunt.txt"))

    assert reply.file is not None
    assert reply.file.path == folder / "aunt.txt"
    assert reply.file.path.read_text() == "a letter to my aunt"
    assert reply.file.size_bytes == 19
    assert reply.file.media_type == "text/plain"
    assert reply.file.sha256 == hashlib.sha256(b"a letter to my aunt").hexdigest()
    assert reply.body == b""
    assert names(folder) == ["aunt.txt"]


async def test_without_a_name_it_is_the_services_made_safe(studio: Studio, folder: Path) -> None:
    hostile = {"Content-Disposition": 'attachment; filename="../../.ssh/authorized_keys"'}
    studio.service.faults.add(route="models", then=errors.status(200, "x", headers=hostile))

    named = await studio.api.request(wish(folder))
    nameless = await studio.api.request(wish(folder))

    assert named.file is not None
    assert nameless.file is not None
    assert named.file.path == folder / "authorized_keys.txt"
    assert nameless.file.path == folder / "models.json"
    assert names(folder) == ["authorized_keys.txt", "models.json"]
    assert names(folder.parent) == ["downloads"]


async def test_nothing_that_is_there_is_overwritten_unless_told(studio: Studio, folder: Path) -> None:
    (folder / "models.json").write_text("mine")

    beside = await studio.api.request(wish(folder))
    with pytest.raises(InvalidRequest):
        await studio.api.request(wish(folder, "models.json"))
    asked = len(studio.service.requests)
    mine = (folder / "models.json").read_text()
    over = await studio.api.request(wish(folder, "models.json", overwrite=True))

    assert beside.file is not None
    assert over.file is not None
    assert beside.file.path == folder / "models-2.json"
    assert (mine, asked) == ("mine", 1)
    assert over.file.path.read_text().startswith("{")


@pytest.mark.parametrize("name", ["../fox.png", "/etc/fox.png", ".fox.png", "fox\n.png", "", "x" * 300, "-fox.png"])
async def test_a_name_that_leads_elsewhere_costs_no_request(studio: Studio, folder: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await studio.api.request(wish(folder, name))

    assert studio.service.requests == []


async def test_a_folder_that_is_not_there_costs_no_request(studio: Studio, folder: Path) -> None:
    with pytest.raises(InvalidRequest):
        await studio.api.request(wish(folder / "deeper"))

    assert studio.service.requests == []


async def test_a_refusal_is_not_downloaded(studio: Studio, folder: Path) -> None:
    studio.service.faults.add(route="models", then=errors.wrong_key())

    reply = await studio.api.request(wish(folder, "models.json"))

    assert reply.status == 401
    assert reply.file is None
    assert b"Incorrect API key" in reply.body
    assert names(folder) == []


async def test_a_large_body_goes_to_the_disk_and_not_through_memory(studio: Studio, folder: Path) -> None:
    studio.service.faults.add(route="models", then=wire.huge_body(LARGE_BYTES))
    tracemalloc.start()

    reply = await studio.api.request(wish(folder, "large.json"))

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reply.file is not None
    assert reply.file.size_bytes > LARGE_BYTES
    assert peak_bytes < LARGE_BYTES // 10


async def test_half_a_body_leaves_no_file(studio: Studio, folder: Path) -> None:
    studio.service.faults.add(route="models", then=wire.half_body())

    with pytest.raises(ServiceLost):
        await studio.api.request(wish(folder, "models.json"))

    assert names(folder) == []


async def test_a_cancelled_download_leaves_no_file(studio: Studio, folder: Path) -> None:
    studio.service.faults.add(route="models", then=wire.drip(20))
    downloading = asyncio.create_task(studio.api.request(wish(folder, "models.json")))
    async with asyncio.timeout(10):
        while not names(folder):
            await asyncio.sleep(0.01)

    downloading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await downloading

    assert names(folder) == []
