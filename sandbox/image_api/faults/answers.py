"""Faults that look like success: 200 without a usable picture, or with fewer or other ones than asked."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.faults.errors import HTML_PAGE, SERVER_FAILED, status
from sandbox.image_api.faults.faults import Call, Fault

NOT_BASE64 = "iVBORw0KGgo*** this is not base64 ***"
HTML_IN_BASE64 = "PGh0bWw+PGJvZHk+b29wczwvYm9keT48L2h0bWw+"  # <html><body>oops</body></html>


def error_in_success() -> Fault:
    """200 with an error object: what gateways do that only pass bodies on."""
    return status(200, {"error": {"message": SERVER_FAILED, "type": "server_error", "param": None, "code": None}})


def text_in_success() -> Fault:
    """200 with HTML."""
    return status(200, HTML_PAGE)


def no_pictures() -> Fault:
    return status(200, {"created": 1, "data": []})


def no_data() -> Fault:
    """200 with `data: null`."""
    return status(200, {"created": 1, "data": None})


def null_pictures() -> Fault:
    return status(200, {"created": 1, "data": [{"b64_json": None, "url": None}]})


def corrupt_base64() -> Fault:
    return _painted_but({"b64_json": NOT_BASE64})


def html_as_base64() -> Fault:
    return _painted_but({"b64_json": HTML_IN_BASE64})


def pictures(*contents: bytes, error: dict[str, str] | None = None) -> Fault:
    """These files as pictures, whatever was asked, and perhaps an error behind them."""
    items = ({"b64_json": base64.b64encode(content).decode()} for content in contents)
    return _painted_but(*items, error=error)


def urls(addresses: Sequence[str]) -> Fault:
    """Pictures by url at those addresses, whatever was asked."""
    return _painted_but(*({"url": address} for address in addresses))


def redirecting_url(target: str) -> Fault:
    """A picture by url on this service, which redirects to `target`: a private address, for instance."""

    async def play(call: Call) -> web.StreamResponse:
        await call.work()
        address = f"{call.request.url.origin()}/redirect?to={quote(target, safe='')}"
        return await Answer(body={"created": 1, "data": [{"url": address}]}).send(call.request)

    return Fault(play)


def fewer(count: int) -> Fault:
    """Only `count` of the pictures that were asked for; only they are paid."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        painted = len(answer.pictures) or len((answer.body or {}).get("data", ()))
        call.records.paid_pictures -= max(0, painted - count)
        if answer.pictures:
            return await replace(answer, pictures=answer.pictures[:count]).send(call.request)
        body = {**(answer.body or {}), "data": (answer.body or {}).get("data", [])[:count]}
        return await replace(answer, body=body).send(call.request)

    return Fault(play)


def counted(usage: Mapping[str, Any] | None) -> Fault:
    """A good answer in JSON with another count of tokens, or without any: gateways have their own."""

    async def play(call: Call) -> web.StreamResponse:
        answer = await call.work()
        body = {name: value for name, value in (answer.body or {}).items() if name != "usage"}
        return await replace(answer, body=body if usage is None else {**body, "usage": usage}).send(call.request)

    return Fault(play)


def wrong_content_type(content_type: str = "text/html") -> Fault:
    """A good answer under another name."""

    async def play(call: Call) -> web.StreamResponse:
        return await replace(await call.work(), content_type=content_type).send(call.request)

    return Fault(play)


def _painted_but(*items: dict[str, Any], **beside: object) -> Fault:
    """The work is done and paid, and the answer holds these items instead."""

    async def play(call: Call) -> web.StreamResponse:
        await call.work()
        return await Answer(body={"created": 1, "data": list(items), **beside}).send(call.request)

    return Fault(play)
