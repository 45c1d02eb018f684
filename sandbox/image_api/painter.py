"""From an order to finished pictures, on threads of their own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from PIL import Image

from sandbox.image_api.drawing.painting import Commission, paint
from sandbox.image_api.drawing.retouching import edit, vary
from sandbox.image_api.errors import bad_image
from sandbox.image_api.pictures import PaintedPicture, Picture, PreparedPicture, prepare
from sandbox.image_api.stages import unfinished
from sandbox.image_api.validation import Order

PAINTERS = 2


class Painter:
    """Paints a few pictures at a time; with `prepared` it hands out that one at once."""

    def __init__(self, prepared: PreparedPicture | None) -> None:
        self._prepared = prepared
        self._handed_out = 0
        self._threads = ThreadPoolExecutor(PAINTERS, thread_name_prefix="painter")

    @classmethod
    async def hired(cls, picture_bytes: int | None) -> "Painter":
        return cls(None if picture_bytes is None else await asyncio.to_thread(prepare, picture_bytes))

    def leave(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def paint(self, order: Order, seed: int) -> tuple[Picture, ...]:
        """All pictures of an order.

        Raises:
            ApiError: a source cannot be decoded.
        """
        if self._prepared is not None:
            return tuple(self._next(self._prepared) for _ in range(order.count))
        loop = asyncio.get_running_loop()
        commissions = [_commission(order, index, seed) for index in range(order.count)]
        try:
            return tuple(
                await asyncio.gather(*(loop.run_in_executor(self._threads, _picture, order, c) for c in commissions))
            )
        except (OSError, Image.DecompressionBombError) as problem:
            raise bad_image("Invalid image file or mode for image 1, please check your image file.") from problem

    async def paint_in_stages(self, order: Order, seed: int) -> tuple[Picture, ...]:
        """The partial pictures of an order for one, and last the finished one.

        Raises:
            ApiError: a source cannot be decoded.
        """
        [finished] = await self.paint(order, seed)
        if not isinstance(finished, PaintedPicture):  # a prepared one is ready as it is
            return (*(finished for _ in range(order.previews)), finished)
        loop = asyncio.get_running_loop()
        stages = (partial(unfinished, finished, number, order.previews) for number in range(order.previews))
        partials = await asyncio.gather(*(loop.run_in_executor(self._threads, stage) for stage in stages))
        return (*partials, finished)

    def _next(self, prepared: PreparedPicture) -> PreparedPicture:
        self._handed_out += 1
        return prepared.numbered(self._handed_out)


def _commission(order: Order, index: int, seed: int) -> Commission:
    return Commission(
        prompt=order.prompt,
        width_px=order.width_px,
        height_px=order.height_px,
        index=index,
        count=order.count,
        seed=seed,
        output_format=order.output_format,
        compression=order.compression,
        transparent=order.transparent,
    )


def _picture(order: Order, commission: Commission) -> PaintedPicture:
    sources = [source.file for source in order.sources]
    if order.route == "variations":
        content = vary(commission, sources[0])
    elif order.route == "edits":
        mask, markup = (overlay.file if overlay else None for overlay in (order.mask, order.markup))
        content = edit(commission, sources, mask, markup)
    else:
        content = paint(commission)
    return PaintedPicture(content, order.output_format)
