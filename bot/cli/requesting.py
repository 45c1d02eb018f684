"""`easel api request`: any GET or POST on the service, and its answer as it came."""

import base64
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson

from bot.cli.desk import Desk, is_terminal
from bot.cli.figures import file_as_json, file_line
from bot.cli.options import THE_OUTPUT, THE_REQUEST, ConnectTimeout, Follow, Json, ReadTimeout, option
from bot.cli.statuses import Status, status_of
from bot.cli.words import line_of
from bot.errors import ImageServiceError, InvalidRequest
from bot.image_api.calls.bill import FREE
from bot.image_api.generic.requests import Download, GenericRequest, Reply
from bot.outside import Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """What a request was told besides its method and path."""

    header: Annotated[
        list[str] | None,
        option("-H --header", "A header of your own. May be repeated.", THE_REQUEST, metavar="'NAME: VALUE'"),
    ] = None
    query: Annotated[
        list[str] | None,
        option("-q --query", "A query parameter. May be repeated.", THE_REQUEST, metavar="NAME=VALUE"),
    ] = None
    json_body: Annotated[
        str | None,
        option("--json-body", "A JSON object; @- reads standard input.", THE_REQUEST, metavar="JSON|@FILE"),
    ] = None
    follow: Follow = False
    connect_timeout_ms: ConnectTimeout = None
    read_timeout_ms: ReadTimeout = None
    download: Annotated[bool, option("--download", "Keep the answer as a file in this folder.", THE_OUTPUT)] = False
    name: Annotated[
        Path | None,
        option("--name", "The download's file. Default: what the service calls it.", THE_OUTPUT, metavar="FILE"),
    ] = None
    overwrite: Annotated[bool, option("--overwrite", "Replace a file that is there already.", THE_OUTPUT)] = False
    full: Annotated[bool, option("--full", "Show status and headers, too.", THE_OUTPUT)] = False
    as_json: Json = False

    def wish(self, method: str, path: str) -> GenericRequest:
        """
        Raises:
            InvalidRequest: it cannot be read.
        """
        return GenericRequest(
            path=path,
            method=method,
            headers=dict(_pair(header, ":", "-H") for header in self.header or ()),
            query=tuple(_pair(parameter, "=", "-q") for parameter in self.query or ()),
            body=None if self.json_body is None else _json(self.json_body),
            connect_timeout_ms=self.connect_timeout_ms,
            read_timeout_ms=self.read_timeout_ms,
            follow_redirects=self.follow,
            download=self._download,
        )

    @property
    def _download(self) -> Download | None:
        """A name says that there is something to keep."""
        if self.name is not None:
            return Download(folder=self.name.parent, name=self.name.name, overwrite=self.overwrite)
        return Download(folder=Path(), overwrite=self.overwrite) if self.download else None


def request(method: str, path: str, options: RequestOptions) -> None:
    """Ends the process with its status."""
    desk = Desk(as_json=options.as_json)
    desk.run(partial(_request, desk, method, path, options))


async def _request(desk: Desk, method: str, path: str, options: RequestOptions, outside: Outside) -> Status:
    wish = options.wish(method, path)
    try:
        reply = await outside.api.request(wish)
    except ImageServiceError as error:
        return desk.failed(error, may_be_billed=_may_be_billed(wish, error))
    may_be_billed = None if reply.error is None else _may_be_billed(wish, reply.error)
    if desk.as_json:
        told = {} if reply.error is None else {"error": desk.described(reply.error, may_be_billed=may_be_billed)}
        desk.show_json(_as_json(reply, full=options.full) | told)
    else:
        _show(desk, reply, full=options.full)
    if reply.error is not None:
        desk.say(line_of(reply.error, may_be_billed=may_be_billed))
        return status_of(reply.error)
    if 300 <= reply.status < 400:
        location = reply.headers.get("location", "nowhere")
        desk.say(f"HTTP {reply.status}: the service sends on to {location} (--follow goes there)")
    return Status.DONE


def _may_be_billed(wish: GenericRequest, error: ImageServiceError) -> bool | None:
    """None for what costs nothing in any case."""
    is_paid = wish.method.upper() == "POST" and "images/" in wish.path
    return not isinstance(error, FREE) if is_paid else None


def _show(desk: Desk, reply: Reply, *, full: bool) -> None:
    if full:
        desk.show(f"HTTP {reply.status}")
        for name, value in reply.headers.items():
            desk.show(f"{name}: {value}")
        desk.show("")
    if reply.file is not None:
        desk.show_row(file_line(reply.file))
        return
    if is_terminal() and not _is_text(reply.body):
        desk.say(f"{len(reply.body)} bytes that are no text: --download keeps them")
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(desk.masked_bytes(reply.body))
    if is_terminal():
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _as_json(reply: Reply, *, full: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": reply.status}
    if full:
        answer["headers"] = dict(reply.headers)
    if reply.file is not None:
        return answer | {"file": file_as_json(reply.file)}
    try:
        return answer | {"body": orjson.loads(reply.body) if reply.body else None}
    except orjson.JSONDecodeError:
        pass
    if _is_text(reply.body):
        return answer | {"body": reply.body.decode()}
    return answer | {"body_base64": base64.b64encode(reply.body).decode()}


def _is_text(body: bytes) -> bool:
    """Words without anything that could steer a terminal."""
    try:
        return all(mark.isprintable() or mark in "\n\r\t" for mark in body.decode())
    except UnicodeDecodeError:
        return False


def _pair(text: str, mark: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise InvalidRequest(f"{option} wants a name, «{mark}» and a value.")
    return name.strip(), value.strip()


def _json(text: str) -> Any:  # noqa: ANN401 -- whether it is an object is checked with the request
    """The JSON itself, or that of the file after an @; `@-` is standard input."""
    try:
        content = text.encode()
        if text == "@-":
            content = sys.stdin.buffer.read()
        elif text.startswith("@"):
            content = Path(text[1:]).read_bytes()
        return orjson.loads(content)
    except OSError as error:
        raise InvalidRequest(f"{text[1:]} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"--json-body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
