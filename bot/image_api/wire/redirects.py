"""Where a request goes, and where redirects send it that an owner wants followed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urldefrag, urlencode, urljoin, urlsplit

REDIRECTS_MAX = 10

_PORTS = {"http": 80, "https": 443}
_KEEP_THE_METHOD = (307, 308)
_MAY_BECOME_GET = (301, 302, 303)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on its way.

    `is_home` is False from the first other origin on, also when a later hop leads back: neither key nor anything else
    that we or the owner put into the headers goes along then.
    """

    url: str
    method: str
    has_body: bool = True
    is_home: bool = True

    def onward(self, status: int, location: str | None) -> "Hop | None":
        """Where an answer sends us, None where it does not: no redirect, or none that can be followed.

        A POST becomes a GET without a body as in every browser, unless the status keeps it (RFC 9110, 15.4).
        """
        if location is None or status not in (*_KEEP_THE_METHOD, *_MAY_BECOME_GET):
            return None
        try:
            url = urldefrag(urljoin(self.url, location)).url
            origin = _origin(url)
        except ValueError:  # not an address
            return None
        if origin is None:
            return None
        hop = replace(self, url=url, is_home=self.is_home and origin == _origin(self.url))
        return hop if status in _KEEP_THE_METHOD else replace(hop, method="GET", has_body=False)


def with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    """An address with parameters; those of the same names that it has give way."""
    if not query:
        return url
    parts, ours = urlsplit(url), {name for name, _ in query}
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in ours]
    return parts._replace(query=urlencode([*kept, *query], quote_via=quote)).geturl()


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no web address, or brings a user and password of its own.

    Raises:
        ValueError: it cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
