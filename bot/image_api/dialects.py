"""How image services differ: one record for each kind, told from the base URL."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_VERSION = re.compile(r"v\d+\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One kind of image service.

    `has_openai_dates`: models retire there when OpenAI says so, not only when the service's own list does.
    """

    name: str
    needs_key: bool
    has_openai_dates: bool


OPENAI = Dialect(name="OpenAI", needs_key=True, has_openai_dates=True)
COMPATIBLE = Dialect(name="OpenAI-compatible", needs_key=False, has_openai_dates=False)

_BY_HOST = {"api.openai.com": OPENAI}


def dialect_of(base_url: str) -> Dialect:
    return _BY_HOST.get(urlsplit(base_url).hostname or "", COMPATIBLE)


def api_root(base_url: str) -> str:
    """The base URL with its version and without a slash at the end: owners write it with or without `/v1`."""
    root = base_url.rstrip("/")
    has_version = any(_VERSION.fullmatch(part) for part in urlsplit(root).path.split("/"))
    return root if has_version else f"{root}/v1"
