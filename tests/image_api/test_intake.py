"""Pictures of an answer land on the disk one by one, and what is wrong with one does not cost the others."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bot.download import Downloader
from bot.errors import BadAnswer
from bot.image_api.answers import intake as module
from bot.image_api.answers.cutter import PictureCutter, PictureEnd
from bot.image_api.answers.intake import Intake
from bot.model import Picture
from bot.spool import Spool
from tests.image_api.answers import PNG, in_base64, png

BAD = "PGh0bWw+PGJvZHk+b29wczwvYm9keT48L2h0bWw+"


@pytest.fixture
async def downloads() -> AsyncIterator[Downloader]:
    async with Downloader() as downloads:
        yield downloads


def intake_of(folder: Path, downloads: Downloader, *, count: int = 10, first_index: int = 0) -> Intake:
    spool = Spool(folder)
    return Intake(
        first_index=first_index,
        count=count,
        new_file=partial(spool.new, 1),
        downloads=downloads,
        decoding=asyncio.Semaphore(1),
    )


def answer(*texts: str | None) -> bytes:
    return json.dumps({"data": [{"b64_json": text} for text in texts]}).encode()


@dataclass
class Answer:
    """An answer on its way into an intake."""

    intake: Intake
    cutter: PictureCutter = field(default_factory=PictureCutter)

    async def taken(self, chunks: Iterable[bytes]) -> list[Picture]:
        """The pictures that the next chunks complete."""
        pictures = []
        for chunk in chunks:
            for cut in self.cutter.feed(chunk):
                await self.intake.take(cut)
                if isinstance(cut, PictureEnd):
                    pictures += await self.intake.keep()
        return pictures


async def test_each_picture_is_handed_out_whole_before_the_next_begins(tmp_path: Path, downloads: Downloader) -> None:
    pictures = [png(700_000, seed=1), png(50, seed=2)]
    body = answer(*map(in_base64, pictures))
    on_disk = []

    async with intake_of(tmp_path, downloads, first_index=4) as intake:
        arriving = Answer(intake)
        for at in range(0, len(body), 10_000):
            for picture in await arriving.taken([body[at : at + 10_000]]):
                on_disk.append((picture.index, picture.file.read_bytes()))  # noqa: PERF401  read at that moment

    assert on_disk == [(4, pictures[0]), (5, pictures[1])]


@pytest.mark.parametrize("size_bytes", [60, module.HOP_BYTES * 2])
async def test_a_spoilt_picture_is_left_out_and_the_others_count(
    tmp_path: Path, downloads: Downloader, size_bytes: int
) -> None:
    good = png(size_bytes)
    spoilt = in_base64(good)[:-30] + "*" * 30
    late_spoilt = "*" + in_base64(png(module.HOP_BYTES * 3))

    async with intake_of(tmp_path, downloads) as intake:
        arriving = Answer(intake)
        pictures = await arriving.taken([answer(spoilt, None, BAD, late_spoilt, in_base64(good))])

    assert [picture.index for picture in pictures] == [0]
    assert pictures[0].file.read_bytes() == good
    assert isinstance(intake.problem, BadAnswer)


async def test_the_rest_of_a_spoilt_picture_is_not_taken_for_another(tmp_path: Path, downloads: Downloader) -> None:
    spoilt = "*" * module.HOP_BYTES + in_base64(png(600))
    good = png(80, seed=3)
    body = answer(spoilt, in_base64(good))
    hop_end = body.index(b"*") + module.HOP_BYTES

    async with intake_of(tmp_path, downloads) as intake:
        arriving = Answer(intake)
        pictures = await arriving.taken([body[:hop_end], body[hop_end:]])

    assert [picture.file.read_bytes() for picture in pictures] == [good]


async def test_pictures_beyond_the_count_are_not_kept(tmp_path: Path, downloads: Downloader) -> None:
    async with intake_of(tmp_path, downloads, count=2) as intake:
        arriving = Answer(intake)
        pictures = await arriving.taken([answer(*[in_base64(png(80, seed)) for seed in range(5)])])

    assert len(pictures) == 2
    assert len(list((tmp_path / "1").iterdir())) == 2


async def test_an_answer_that_is_given_up_leaves_no_half_file(tmp_path: Path, downloads: Downloader) -> None:
    body = answer(in_base64(png(module.HOP_BYTES * 3)))

    async with intake_of(tmp_path, downloads) as intake:
        arriving = Answer(intake)
        assert await arriving.taken([body[: len(body) // 2]]) == []
        assert len(list((tmp_path / "1").iterdir())) == 1

    assert list((tmp_path / "1").iterdir()) == []


async def test_a_picture_without_end_is_refused(tmp_path: Path, downloads: Downloader) -> None:
    chunk = b"A" * (4 * 1024 * 1024)
    read = 0

    async with intake_of(tmp_path, downloads, count=0) as intake:
        arriving = Answer(intake)
        await arriving.taken([b'{"data":[{"b64_json":"'])
        with pytest.raises(BadAnswer):
            for _ in range(100):
                await arriving.taken([chunk])
                read += len(chunk)

    assert read < module.TEXT_MAX_BYTES + len(chunk)


async def test_memory_does_not_grow_with_the_picture(tmp_path: Path, downloads: Downloader) -> None:
    head = in_base64(PNG + bytes(16)).encode()
    chunk = b"A" * 65_536

    async with intake_of(tmp_path, downloads) as intake:
        arriving = Answer(intake)
        await arriving.taken([b'{"data":[{"b64_json":"' + head])
        tracemalloc.start()
        await arriving.taken(chunk for _ in range(512))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        (picture,) = await arriving.taken([b'"}]}'])

    assert picture.size_bytes > 25_000_000
    assert peak_bytes < 4 * 1024 * 1024


async def test_the_disk_is_written_off_the_event_loop(tmp_path: Path, downloads: Downloader) -> None:
    loop_thread = asyncio.get_running_loop()
    body = answer(in_base64(png(module.HOP_BYTES * 4)))
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = loop_thread.create_task(count_turns())
    async with intake_of(tmp_path, downloads) as intake:
        arriving = Answer(intake)
        assert await arriving.taken([body])
    counting.cancel()

    assert turns > 0
