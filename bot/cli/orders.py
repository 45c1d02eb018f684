"""From what was typed to one call: the owner's files as they are, and the model that the bot would choose."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.cli.picture_options import PictureOptions
from bot.errors import ImageServiceError, InvalidRequest
from bot.image_api.answers.media_types import media_type_of, size_of
from bot.image_api.call import Call
from bot.image_api.calls.plan import VARIATION
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.outside import Outside
from bot.request import Operation
from bot.spool import HEAD_BYTES

LIST_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A file of the owner's, sent as it is. `size_px` is known of a PNG, whose head tells it."""

    file: Path
    media_type: str
    size_bytes: int
    size_px: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was typed. `endpoint` is the way that was asked for; variations may be painted as edits, as the bot does."""

    endpoint: Endpoint
    prompt: str = ""
    sources: Sequence[Path] = ()
    mask: Path | None = None
    markup: Path | None = None
    options: PictureOptions

    @property
    def operation(self) -> Operation:
        return Operation.IMAGINE if self.endpoint is Endpoint.GENERATIONS else Operation.VARY


async def call_of(order: Order, outside: Outside) -> Call:
    """
    Raises:
        InvalidRequest: it cannot be done as typed; nothing was asked of the service but its list of models.
    """
    fields = order.options.call_fields
    sources = [await asyncio.to_thread(_own_picture, file) for file in order.sources]
    mask, markup = [
        await asyncio.to_thread(_own_picture, file) if file else None for file in (order.mask, order.markup)
    ]
    model = await _model(order, outside)
    endpoint = _endpoint(order, model, has_variations=outside.api.has_variations)
    is_varied_by_edit = order.endpoint is Endpoint.VARIATIONS and endpoint is Endpoint.EDITS
    return Call(
        endpoint=endpoint,
        model=model.id,
        prompt=VARIATION if is_varied_by_edit else order.prompt,
        sources=tuple(sources),
        mask=mask,
        markup=markup,
        **fields,
    )


async def _model(order: Order, outside: Outside) -> ModelFacts:
    """The one that was named, else the one that the bot would take; without the service's list it takes its own."""
    if order.options.model is not None:
        return outside.catalogue.get(order.options.model)
    with suppress(ImageServiceError, TimeoutError):  # the call itself will say it
        async with asyncio.timeout(LIST_LIMIT_S):
            await outside.models.refresh()
    return outside.models.default(order.operation, has_words=order.endpoint is Endpoint.EDITS)


def _endpoint(order: Order, model: ModelFacts, *, has_variations: bool) -> Endpoint:
    """Whether the model has it is for the catalogue's checks to say; variations may go another way."""
    if order.endpoint is not Endpoint.VARIATIONS:
        return order.endpoint
    endpoint = model.endpoint_for(Operation.VARY, has_words=False, variations=has_variations)
    if endpoint is None:
        raise InvalidRequest(f"`{model.id}` cannot vary pictures: «easel api models» says which can.")
    return endpoint


def _own_picture(file: Path) -> OwnPicture:
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    media_type = media_type_of(head)
    if media_type is None:
        raise InvalidRequest(f"{file} is not a PNG, JPEG or WebP.")
    return OwnPicture(file, media_type, file.stat().st_size, size_of(head))
