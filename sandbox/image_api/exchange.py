"""The way of every call: recorded, read, perhaps caught by a fault, checked for its key, answered, logged."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from aiohttp import web

from sandbox.image_api.answers import Answer, nothing
from sandbox.image_api.dialects.base import Dialect
from sandbox.image_api.embedded import with_embedded_pictures
from sandbox.image_api.errors import ApiError
from sandbox.image_api.faults.faults import Call, Faults
from sandbox.image_api.forms import Form, Upload, read_form
from sandbox.image_api.records import PICTURE_ROUTES, Received, Records
from sandbox.image_api.switches import Switches

CLIENT_GONE = 499  # nobody receives it

Handler = Callable[[web.Request, Form], Awaitable[Answer]]


class Exchange:
    """Takes calls of one route each to their handlers."""

    def __init__(
        self, switches: Switches, records: Records, faults: Faults, stopping: asyncio.Event, spool: Path
    ) -> None:
        self._switches = switches
        self._records = records
        self._faults = faults
        self._stopping = stopping
        self._spool = spool

    def route(self, name: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler for aiohttp."""
        return partial(self._take, name, handler)

    async def _take(self, name: str, handler: Handler, request: web.Request) -> web.StreamResponse:
        received = self._records.arrives(request, name, self.key_of(request))
        reading = _Reading(self._spool, received, request, self._switches.kind)
        fault = self._faults.take(name)
        work = partial(self._work, name, handler, request, reading)
        try:
            if fault is None:
                answer = await work() if self._is_open(name) else nothing()
                received.status, received.flagged = answer.status, _flagged(name, answer)
                self._log(received, reading.form, answer)
                return await answer.send(request)
            if fault.reads_first:
                await reading.done()
            response = await fault.play(Call(request, work, self._records, self._stopping))
            received.status = response.status
            self._log(received, reading.form, None)
            return response
        except ConnectionError:  # the client died while it was sending, or being answered
            return web.Response(status=CLIENT_GONE)
        finally:
            self._records.leaves(received)
            await asyncio.to_thread(_remove, received.files)

    async def _work(self, name: str, handler: Handler, request: web.Request, reading: "_Reading") -> Answer:
        await reading.done()
        kind = self._switches.kind
        try:
            kind.check(name, request)
            self._check_key(name, reading.received, request)
            if name not in PICTURE_ROUTES:
                return await handler(request, reading.result())
            return kind.painted(await handler(request, kind.read(name, reading.result(), request)))
        except ApiError as error:
            return kind.refused(error, name)

    def _is_open(self, name: str) -> bool:
        """A closed route answers as if it had never been there: before the key, without a word."""
        switches = {"variations": self._switches.variations, "moderations": self._switches.moderations}
        return switches.get(name, True)

    def key_of(self, request: web.Request) -> str:
        """«right», «wrong» or «missing»."""
        key = self._switches.kind.key_in(request.headers)
        return "missing" if key is None else "right" if key == self._switches.api_key else "wrong"

    def _check_key(self, name: str, received: Received, request: web.Request) -> None:
        kind = self._switches.kind
        if received.key == "right" or name in kind.open_routes or not self._switches.asks_for_key:
            return
        raise kind.bad_key(kind.key_in(request.headers))

    def _log(self, received: Received, form: Form | None, answer: Answer | None) -> None:
        """Write the exchange down. What a fault said is left out: it is wrong on purpose."""
        if self._switches.record.path is None or self._switches.dialect != "openai":
            return  # the official document is OpenAI's
        fields = received.fields if form is not None and (form.fields or form.uploads) else None
        is_multipart = form is not None and form.is_multipart
        self._switches.record.write(
            service="images",
            method=received.method,
            path=received.path.removeprefix("/v1"),
            status=received.status or 0,
            request_json=None if is_multipart else fields,
            request_form=fields if is_multipart else None,
            files=[_logged(upload) for upload in received.files] if is_multipart else None,
            response_json=None if answer is None else answer.recorded,
        )


class _Reading:
    """Reads the body of one call once; a body that cannot be read is an error only when it is used."""

    def __init__(self, spool: Path, received: Received, request: web.Request, kind: Dialect) -> None:
        self._spool = spool
        self._kind = kind
        self.received = received
        self._request = request
        self.form: Form | None = None
        self._error: ApiError | None = None

    async def done(self) -> None:
        if self.form is not None or self._error is not None:
            return
        try:
            self.form = await read_form(self._request, self._spool)
            self.received.take_in(self.form)
            route = self.received.route
            elsewhere = self._kind.pictures_in(route, self.form)
            self.form = await with_embedded_pictures(route, self.form, self._spool, elsewhere=elsewhere)
            self.received.take_in(self.form)
        except ApiError as error:
            self._error = error

    def result(self) -> Form:
        if self._error is not None:
            raise self._error
        assert self.form is not None, "read before it is used"
        return self.form


def _flagged(route: str, answer: Answer) -> bool | None:
    """Whether a moderation found something; None for anything else."""
    results = (answer.body or {}).get("results") if route == "moderations" else None
    return None if results is None else any(result["flagged"] for result in results)


def _logged(upload: Upload) -> dict[str, object]:
    return {
        "field": upload.field,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "size": upload.size_bytes,
    }


def _remove(uploads: tuple[Upload, ...]) -> None:
    for upload in uploads:
        upload.file.unlink(missing_ok=True)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What OpenAI's answers carry. A route that does not exist has neither an id nor a content type."""
    if response.content_length == 0 and response.status == 404:
        response.headers.pop("Content-Type", None)
        return
    if request.path.startswith("/v1/"):
        response.headers["x-request-id"] = f"req_{secrets.token_hex(16)}"
        response.headers["openai-version"] = "2020-10-01"
        response.headers["openai-organization"] = "org-sandbox"
