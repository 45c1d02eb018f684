"""What the service was asked and what it is owed, for tests and for people to look at."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.image_api.forms import Form, Upload

PICTURE_ROUTES = ("generations", "edits", "variations")
LONG_ROUTES = (*PICTURE_ROUTES, "generated")
SHOWN_CHARS = 120
SECRET_HEADERS = ("authorization", "api-key")
DATA_URL_START = re.compile(r"data:[\w/+.-]*;base64,")


@dataclass(slots=True, kw_only=True)
class Received:
    """One call. `status` is None until it was answered; `key` says whether the key was right, never what it was.

    `at_ms` is when it came and `took_ms`, None until it has gone, how long it was here, on the machine's clock. Whoever
    asked can act on a short answer before we hear that it went: its time is that of its start.
    `flagged` is the verdict of a moderation.
    Headers have lower-case names, and none holds a key; data: URLs are cut short in `fields`, the
    pictures they held are among `files`.
    """

    route: str
    method: str
    path: str
    headers: dict[str, str]
    key: str
    fields: dict[str, Any] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()
    status: int | None = None
    at_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    took_ms: int | None = None
    flagged: bool | None = None

    @property
    def model(self) -> str | None:
        return self.fields.get("model")

    @property
    def prompt(self) -> str | None:
        return self.fields.get("prompt")

    @property
    def size(self) -> str | None:
        return self.fields.get("size")

    @property
    def n(self) -> int:
        """How many pictures were asked for; 1 where the call does not say."""
        asked = str(self.fields.get("n", 1))
        return int(asked) if asked.isdecimal() else 1

    def ends(self) -> None:
        if self.took_ms is None:
            self.took_ms = max(0, now_ms() - self.at_ms)

    def take_in(self, form: Form) -> None:
        self.fields = {name: shortened(value) for name, value in form.fields.items()}
        self.files = form.uploads


RECEIVED = web.RequestKey("received", Received)


@dataclass(slots=True)
class Records:
    """Everything since the start. `paid_pictures` counts painted pictures, whether or not their answer arrived.

    `paid_for` counts them by prompt; a fault that takes some back (`fewer`) does not know of which.
    """

    requests: list[Received] = field(default_factory=list)
    unknown_routes: list[str] = field(default_factory=list)
    paid_pictures: int = 0
    paid_for: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def arrives(self, request: web.Request, route: str, key: str) -> Received:
        """`key` says whether the call's key is right, wrong or missing."""
        received = Received(
            route=route,
            method=request.method,
            path=request.raw_path,
            headers={n.lower(): v for n, v in request.headers.items() if n.lower() not in SECRET_HEADERS},
            key=key,
        )
        self.requests.append(received)
        request[RECEIVED] = received
        if route in PICTURE_ROUTES:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return received

    def leaves(self, received: Received) -> None:
        received.ends()
        if received.route in PICTURE_ROUTES:
            self.in_flight -= 1

    def pays(self, prompt: str, pictures: int) -> None:
        """So many pictures have been painted, and have to be paid for."""
        self.paid_pictures += pictures
        self.paid_for[prompt] += pictures

    def of(self, route: str) -> list[Received]:
        return [received for received in self.requests if received.route == route]


async def start_of_answer(request: web.Request, response: web.StreamResponse) -> None:
    """For aiohttp's `on_response_prepare`: takes the time of what is short."""
    received: Received | None = request.get(RECEIVED)
    if received is not None and (response.status >= HTTPStatus.BAD_REQUEST or received.route not in LONG_ROUTES):
        received.status = response.status
        received.ends()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def shortened(value: object) -> object:
    """A value of a body with the pictures inside its data: URLs left out."""
    if isinstance(value, str) and len(value) > SHOWN_CHARS and DATA_URL_START.match(value):
        return f"{value[:40]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [shortened(item) for item in value]
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    return value
