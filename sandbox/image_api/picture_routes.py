"""POST /v1/images/generations, /edits and /variations."""

import asyncio
import itertools
from collections.abc import Sequence

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.errors import moderation_blocked
from sandbox.image_api.exchange import Handler
from sandbox.image_api.forms import Form
from sandbox.image_api.gate import Gate
from sandbox.image_api.links import Links
from sandbox.image_api.model_routes import listed_models
from sandbox.image_api.models import THREE_SIZES, Family
from sandbox.image_api.moderation import flagged_categories
from sandbox.image_api.painter import Painter
from sandbox.image_api.pictures import Picture
from sandbox.image_api.records import Records
from sandbox.image_api.stages import events
from sandbox.image_api.streaming import StreamedAnswer
from sandbox.image_api.switches import Switches
from sandbox.image_api.usage import usage
from sandbox.image_api.validation import Order, check_order


class PictureRoutes:
    """From a call to its pictures: checked, held at the gate, painted, counted, wrapped."""

    def __init__(self, switches: Switches, records: Records, gate: Gate, painter: Painter, links: Links) -> None:
        self._switches = switches
        self._records = records
        self._gate = gate
        self._painter = painter
        self._links = links
        self._numbers = itertools.count()

    def handler(self, route: str) -> Handler:
        async def answer(request: web.Request, form: Form) -> Answer:
            return await self._answer(route, request, form)

        return answer

    async def _answer(self, route: str, request: web.Request, form: Form) -> Answer:
        if form.uploads and route == "generations":  # some services take pictures there
            route = "edits"
        order = check_order(route, form, listed_models(self._switches))
        if blocked := flagged_categories(order.prompt, self._switches.blocked_words):
            raise moderation_blocked(sorted(blocked))
        await self._gate.passage()
        if order.streams:
            return await self._streamed(order)
        await asyncio.sleep(self._switches.latency_s)
        pictures = await self._painter.paint(order, self._switches.seed + next(self._numbers))
        self._records.pays(order.prompt, len(pictures))
        if order.as_url:
            return await self._by_url(request, order, pictures)
        return Answer(body=self._around(order, pictures), pictures=tuple(pictures), extra=_revised(order))

    async def _streamed(self, order: Order) -> Answer:
        """Each partial picture and the finished one in their part of the latency, and through the gate once more."""
        stages = await self._painter.paint_in_stages(order, self._switches.seed + next(self._numbers))
        self._records.pays(order.prompt, 1)
        pause_s = self._switches.latency_s / len(stages)

        async def before() -> None:
            await asyncio.sleep(pause_s)
            await self._gate.passage()

        return StreamedAnswer(events=events(order, stages, created_at=int(self._switches.now())), before=before)

    async def _by_url(self, request: web.Request, order: Order, pictures: Sequence[Picture]) -> Answer:
        lifetime_s = self._switches.url_lifetime_s
        paths = [await self._links.keep(picture, lifetime_s=lifetime_s) for picture in pictures]
        origin = (
            "" if self._switches.relative_urls or self._switches.kind.has_relative_links else str(request.url.origin())
        )
        data = [{"url": f"{origin}{path}", **_revised(order)} for path in paths]
        return Answer(body={**self._around(order, pictures), "data": data})

    def _around(self, order: Order, pictures: Sequence[Picture]) -> dict[str, object]:
        """Everything but the pictures. The official document knows three sizes; others are left out of the answer."""
        body: dict[str, object] = {"created": int(self._switches.now())}
        if order.rules.family is Family.GPT_IMAGE:
            body |= {
                "background": "transparent" if order.transparent else "opaque",
                "output_format": pictures[0].output_format,
                "quality": order.quality,
            }
            if (counted := usage(order)) is not None:
                body["usage"] = counted
            if order.size in THREE_SIZES:
                body["size"] = order.size
        return body


def _revised(order: Order) -> dict[str, str]:
    """dall-e-3 said which words it really painted."""
    if not order.rules.styles:
        return {}
    return {"revised_prompt": f"A detailed, carefully lit picture of {order.prompt}."}
