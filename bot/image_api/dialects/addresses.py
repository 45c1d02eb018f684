"""Base URLs: which dialect one tells, and what it comes to however the owner wrote it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from bot.image_api.dialects.dialect import Dialect
from bot.image_api.dialects.records import COMPATIBLE, DIALECTS

_VERSION = re.compile(r"v\d+\w*")
# What portals show is often the address of a single route.
_ROUTE = re.compile(r"/images/(?:generations|edits|variations)$")
_DEPLOYMENT = re.compile(r"/deployments/([^/]+).*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A base URL as requests are made of it.

    `root` has no slash at its end, `query` is that of every request, and `deployment` the one model it names, if any.
    """

    root: str
    query: str = ""
    deployment: str | None = None

    def url(self, path: str) -> str:
        """Where a path of the API is."""
        return self.link(path) + (f"?{self.query}" if self.query else "")

    def link(self, path: str) -> str:
        """Where a link of an answer leads, which may be a part of one only."""
        return urljoin(f"{self.root}/", path)


def told_by(base_url: str, name: str | None = None) -> Dialect:
    """The dialect of that name, else the one that the address tells, else plain compatibility."""
    if name is not None:
        return DIALECTS[name]
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    for dialect in DIALECTS.values():
        if dialect.hosts and re.fullmatch(dialect.hosts, host) and re.search(dialect.address, parts.path):
            return dialect
    return COMPATIBLE


def address_of(base_url: str, dialect: Dialect) -> Address:
    """What a base URL comes to: owners write it with or without its version, its resource's path or a query."""
    parts = urlsplit(base_url)
    path = _ROUTE.sub("", parts.path.rstrip("/"))
    deployment = _DEPLOYMENT.search(path) if dialect.has_deployments else None
    if deployment:
        path = path[: deployment.start()]
    query = dict(dialect.query) | dict(parse_qsl(parts.query, keep_blank_values=True))
    return Address(
        root=urlunsplit((parts.scheme, parts.netloc, _completed(path, dialect.base_path), "", "")),
        query=urlencode(query),
        deployment=unquote(deployment[1]) if deployment else None,
    )


def _completed(path: str, base_path: str) -> str:
    """The path with what it lacks of `base_path`; one that has a version of its own is complete."""
    steps = base_path.split("/")
    for missing in range(1, len(steps)):
        head = "/".join(steps[: len(steps) - missing + 1])
        if path.endswith(head):
            return path + base_path.removeprefix(head)
    has_version = any(_VERSION.fullmatch(part) for part in path.split("/"))
    return path if has_version else path + base_path
