"""Where an image service is, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.image_api.dialects.addresses import Address, address_of, told_by
from bot.image_api.dialects.dialect import Dialect, Route
from bot.model import Endpoint

# What even a stranger may be told, whom a redirect leads to.
PLAIN_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One image service with the owner's key. A time-out of 0 ms is none.

    `dialect` is how it differs from OpenAI; without a name its base URL tells. `deployment` is the model that an owner
    named, for services that cannot list what may be called. `read_timeout_ms` is the longest silence, `call_timeout_ms`
    covers a whole call for pictures. `follow_redirects` is for owners at the command line: the bot takes a redirect for
    a wrong address.
    """

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    organization: str | None = None
    project: str | None = None
    connect_timeout_ms: int = 5_000
    read_timeout_ms: int = 300_000
    call_timeout_ms: int = 600_000
    dialect_name: str | None = None
    deployment: str | None = None
    follow_redirects: bool = False

    @property
    def dialect(self) -> Dialect:
        return told_by(self.base_url, self.dialect_name)

    @property
    def address(self) -> Address:
        return address_of(self.base_url, self.dialect)

    @property
    def endpoints(self) -> frozenset[Endpoint]:
        """Its ways to a picture."""
        return frozenset(endpoint for endpoint in Endpoint if Route(endpoint) in self.dialect.routes)

    @property
    def callable_model(self) -> str | None:
        """The one model that can be called where the service lists others; None where its list holds."""
        return (self.deployment or self.address.deployment) if self.dialect.has_deployments else None

    def url(self, path: str) -> str:
        """Where a path of the API is."""
        return self.address.url(path)

    @property
    def connect_limit_s(self) -> float | None:
        return self.connect_timeout_ms / 1000 or None

    @property
    def silence_limit_s(self) -> float | None:
        return self.read_timeout_ms / 1000 or None

    @property
    def call_limit_s(self) -> float | None:
        return self.call_timeout_ms / 1000 or None

    @property
    def key_headers(self) -> dict[str, str]:
        return self.dialect.key_headers(self.api_key)

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        named = {"OpenAI-Organization": self.organization, "OpenAI-Project": self.project}
        ours = {name: value for name, value in named.items() if value}
        return PLAIN_HEADERS | self.key_headers | ours


def merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of which the later ones count, in whatever case their names are written."""
    named = {name.lower(): (name, value) for each in headers for name, value in each.items()}
    return dict(named.values())
