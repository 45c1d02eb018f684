"""A picture on its way: coarse at first, finer each time, and the events that bring it."""

import io
from collections.abc import Sequence

from PIL import Image

from sandbox.image_api.pictures import PaintedPicture, Picture
from sandbox.image_api.streaming import Event
from sandbox.image_api.usage import usage
from sandbox.image_api.validation import Order

COARSEST = 64  # pixels of the finished picture in one of the first partial picture, a side
EVENT_NAMES = {"generations": "image_generation", "edits": "image_edit"}


def unfinished(finished: PaintedPicture, number: int, previews: int) -> PaintedPicture:
    """The picture as it was before it was finished: the earlier, the coarser."""
    with Image.open(io.BytesIO(finished.content)) as image:
        grain = max(4, COARSEST >> (number * 6 // previews))
        small = image.resize((max(1, image.width // grain), max(1, image.height // grain)))
        content = io.BytesIO()
        small.resize(image.size, Image.Resampling.BICUBIC).save(content, image.format)
    return PaintedPicture(content.getvalue(), finished.output_format)


def events(order: Order, stages: Sequence[Picture], *, created_at: int) -> tuple[Event, ...]:
    """One event for each stage; the last is the finished picture, with the tokens that all of them count."""
    *partials, finished = stages
    fields: dict[str, object] = {
        "created_at": created_at,
        "size": order.size,
        "quality": order.quality,
        "background": "transparent" if order.transparent else "opaque",
        "output_format": finished.output_format,
    }
    name = EVENT_NAMES[order.route]
    previews = (
        Event(name=f"{name}.partial_image", fields={**fields, "partial_image_index": number}, picture=picture)
        for number, picture in enumerate(partials)
    )
    return (*previews, Event(name=f"{name}.completed", fields={**fields, "usage": usage(order)}, picture=finished))
