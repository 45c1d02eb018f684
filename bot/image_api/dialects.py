"""How image services differ from OpenAI: one record each, told from the base URL or named by the owner."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_VERSION = re.compile(r"v\d+\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one service differs.

    hosts           names of hosts that tell it, as a pattern; None where no address does
    has_shutdown_dates      whether models retire there when OpenAI says so, not only when its own list does
    """

    name: str
    hosts: str | None = None
    has_shutdown_dates: bool = False


OPENAI = Dialect(name="openai", hosts=r"api\.openai\.com", has_shutdown_dates=True)
COMPATIBLE = Dialect(name="compatible")
DIALECTS = {dialect.name: dialect for dialect in (OPENAI, COMPATIBLE)}


def told_by(base_url: str, name: str | None = None) -> Dialect:
    """The dialect of that name, else the one whose hosts the address is among, else plain compatibility."""
    if name is not None:
        return DIALECTS[name]
    host = urlsplit(base_url).hostname or ""
    known = (dialect for dialect in DIALECTS.values() if dialect.hosts and re.fullmatch(dialect.hosts, host))
    return next(known, COMPATIBLE)


def api_root(base_url: str) -> str:
    """The base URL with its version and without a slash at the end: owners write it with or without `/v1`."""
    root = base_url.rstrip("/")
    has_version = any(_VERSION.fullmatch(part) for part in urlsplit(root).path.split("/"))
    return root if has_version else f"{root}/v1"
