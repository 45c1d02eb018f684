"""Logs that tell the story without a prompt, a picture or a secret in it.

Redaction works on the finished line, so that tracebacks and library messages pass through it too.
"""

import logging
import re
import secrets
import sys
from collections.abc import Iterable
from typing import Literal

import orjson

HIDDEN = "[hidden]"
SECRET_MIN_CHARS = 6
"""Shorter keys («none», «x») are what services without keys are given: hiding them would blot out every line."""

_PATTERNS = (
    # interaction and webhook tokens in paths: /webhooks/{id}/{token}, /interactions/{id}/{token}
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s\"'?]+"), rf"\1{HIDDEN}"),
    # what signs Discord's attachment links
    (re.compile(r"([?&](?:ex|is|hm)=)[^&\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"((?:Bearer|Bot) )[\w.~+/=-]{8,}"), rf"\1{HIDDEN}"),
    (re.compile(r"\bsk-[\w-]{8,}"), HIDDEN),
    # a member's words can be large; nothing of ours is: no line carries base64
    (re.compile(r"[A-Za-z0-9+/]{200,}={0,2}"), HIDDEN),
)

# Below INFO these print payloads: tokens, prompts, whole messages.
_LIBRARIES = ("discord", "aiohttp", "asyncio", "aiosqlite", "PIL")


class Redaction(logging.Formatter):
    """Formats a record, then hides what must not be read."""

    def __init__(self, known_secrets: Iterable[str], form: Literal["text", "json"]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s")
        self._known = [secret for secret in known_secrets if len(secret) >= SECRET_MIN_CHARS]
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if self._form == "json":
            event = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name}
            event["message"] = self.hide(record.getMessage())
            if record.exc_info:
                event["traceback"] = self.hide(self.formatException(record.exc_info))
            return orjson.dumps(event).decode()
        return self.hide(line)

    def hide(self, line: str) -> str:
        for secret in self._known:
            line = line.replace(secret, HIDDEN)
        for pattern, shown in _PATTERNS:
            line = pattern.sub(shown, line)
        return line


def configure(*, level: str, form: Literal["text", "json"], known_secrets: Iterable[str]) -> None:
    """Send every log line of the process to standard error through the redaction."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redaction(known_secrets, form))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))


def incident() -> str:
    """A number that ties what a person was told to the log line that explains it."""
    return secrets.token_hex(3).upper()
