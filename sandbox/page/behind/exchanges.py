"""What the bot said over HTTP to either side, without anything that opens a door."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.discord.door import NO_STATUS, RequestRecord
from sandbox.discord.wire import Json
from sandbox.image_api.records import Received

INTERACTION = re.compile(r"/interactions/(\d+)/([^/?]+)(/.*)?")
WEBHOOK = re.compile(r"/webhooks/(\d+)/([^/?]+)(.*)")
POST = re.compile(r"/channels/\d+/messages")
MESSAGE = re.compile(r"/channels/\d+/messages/(\d+)")
HIDDEN = "…"


@dataclass(slots=True)
class Exchange:
    """`status` is None while there is no answer; 0 where there never was one: the connection was cut, or given up.

    `part` is that of the bot's own nonce, where a message is posted: digits for results.
    """

    side: str
    method: str
    path: str
    at_ms: int
    status: int | None
    took_ms: int | None
    files: int = 0
    part: str = ""
    flagged: bool | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def shown(self) -> Json:
        return {
            "side": self.side,
            "method": self.method,
            "path": self.path,
            "at": self.at_ms,
            "status": self.status,
            "took": self.took_ms,
            "files": self.files,
        }


def with_discord(record: RequestRecord) -> Exchange:
    _, part = _nonce(record)
    return Exchange(
        side="discord",
        method=record.method,
        path=without_secrets(record.path),
        at_ms=record.at_ms,
        status=0 if record.status == NO_STATUS else record.status,
        took_ms=record.took_ms,
        files=len(record.files),
        part=part if record.method == "POST" and POST.fullmatch(record.path) else "",
    )


def with_images(received: Received) -> Exchange:
    """As it stands now: `follow` brings what has come since."""
    exchange = Exchange("images", received.method, received.path.partition("?")[0], received.at_ms, None, None)
    exchange.files = len(received.files)
    follow(exchange, received)
    return exchange


def follow(exchange: Exchange, received: Received) -> bool:
    """Bring an exchange up to date; whether anything is new."""
    before = (exchange.status, exchange.took_ms, exchange.files)
    is_over = received.took_ms is not None
    exchange.status = received.status if is_over or received.status is not None else None
    if is_over and received.status is None:
        exchange.status = 0
    exchange.took_ms = received.took_ms
    exchange.files = max(exchange.files, len(received.files))
    exchange.flagged = received.flagged
    return before != (exchange.status, exchange.took_ms, exchange.files)


def token_in(path: str) -> str | None:
    """The interaction's token in a path."""
    found = INTERACTION.match(path) or WEBHOOK.match(path)
    return found[2] if found else None


def message_in(path: str) -> int | None:
    """The message that a path names."""
    found = MESSAGE.match(path)
    return int(found[1]) if found else None


def nonce_in(record: RequestRecord) -> int | None:
    """The request that the bot's own nonce names."""
    number, part = _nonce(record)
    return int(number) if part and number.isdecimal() else None


def _nonce(record: RequestRecord) -> tuple[str, str]:
    """`{id}.{part}` as the bot writes it."""
    nonce = record.json.get("nonce") if isinstance(record.json, dict) else None
    number, _, part = str(nonce or "").partition(".")
    return number, part


def without_secrets(path: str) -> str:
    """A token stands in the paths of interactions and their answers; queries are left out, links are signed there."""
    path = path.partition("?")[0]
    path = INTERACTION.sub(rf"/interactions/\1/{HIDDEN}\3", path)
    return WEBHOOK.sub(rf"/webhooks/\1/{HIDDEN}\3", path)


def words_of(received: Received) -> list[str]:
    """What a call to the image service says in words, wherever its route puts them."""
    asked = received.fields.get("prompt", received.fields.get("input"))
    return _words(asked)


def _words(asked: Any) -> list[str]:  # noqa: ANN401 -- JSON of any shape
    if isinstance(asked, str):
        return [asked]
    if isinstance(asked, list):
        return [words for each in asked for words in _words(each)]
    return [asked["text"]] if isinstance(asked, dict) and isinstance(asked.get("text"), str) else []
