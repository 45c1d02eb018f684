"""Where an image service is, and who asks."""

from dataclasses import dataclass, field

from bot.image_api.dialects import Dialect, api_root, told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One image service with the owner's key. A time-out of 0 ms is none.

    `dialect` is how it differs from OpenAI; empty, its base URL tells. `read_timeout_ms` is the longest silence,
    `call_timeout_ms` covers a whole call for pictures.
    """

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    organization: str | None = None
    project: str | None = None
    connect_timeout_ms: int = 5_000
    read_timeout_ms: int = 300_000
    call_timeout_ms: int = 600_000
    dialect_name: str | None = None

    @property
    def dialect(self) -> Dialect:
        return told_by(self.base_url, self.dialect_name)

    def url(self, path: str) -> str:
        """Where a path of the API is."""
        return f"{api_root(self.base_url)}/{path}"

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
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        fixed = {"Accept": "application/json", "Accept-Encoding": "identity"}
        named = {
            "Authorization": f"Bearer {self.api_key}" if self.api_key else None,
            "OpenAI-Organization": self.organization,
            "OpenAI-Project": self.project,
        }
        return fixed | {name: value for name, value in named.items() if value}
