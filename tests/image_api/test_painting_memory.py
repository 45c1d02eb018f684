"""A picture of 64 MB passes through in pieces: no more of it is ever in memory than a few of them."""

import gc
import tracemalloc
from dataclasses import replace

import pytest

from bot.image_api.call import Call
from bot.image_api.events import Painted, Preview
from bot.pictures.refusals import PAINTED_MAX_BYTES
from sandbox.image_api.faults import stream
from tests.image_api.conftest import Open

PICTURE_BYTES = PAINTED_MAX_BYTES - 1_000_000
MOST_BYTES = 6 * 1024 * 1024


@pytest.mark.parametrize("form", ["object", "stream", "stream of unknown kind"])
async def test_memory_does_not_grow_with_the_picture(opened: Open, fox: Call, form: str) -> None:
    studio = await opened(picture_bytes=PICTURE_BYTES)
    if form == "stream of unknown kind":
        studio.service.faults.add(route="generations", then=stream.type_after_picture())
    call = fox if form == "object" else replace(fox, partial_images=1)

    gc.collect()
    tracemalloc.start()
    try:
        events = await studio.report(call)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    sizes = [event.picture.size_bytes for event in events if isinstance(event, Preview | Painted)]
    assert sizes == [pytest.approx(PICTURE_BYTES, rel=0.01)] * (1 if form == "object" else 2)
    assert peak_bytes < MOST_BYTES, "the stand-in's own pieces are in it, too"
