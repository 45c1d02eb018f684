"""A request to the image service before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.image_api.call import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: JSON, or a form with pictures, or neither.

    `parts` are a JSON body with pictures in it, each of which is sent as a `data:` URL.

    `limit_s` covers all of it, to the last byte of the answer, and `silence_s` the longest time without a byte; None
    is no limit. `connect_timeout_ms` counts before the service's own; 0 is no limit. `uploads` are pairs of a form's
    field and its file. `follow_redirects` counts as well as the service's own. `private` are words that an error must
    not bring into the log. `pictures` (how many are asked for) and `model` say which of the service's limits it counts
    against.
    """

    path: str
    method: str = "POST"
    json: bytes | None = None
    parts: tuple[bytes | Upload, ...] = ()
    form: Mapping[str, str] | None = None
    uploads: tuple[tuple[str, Upload], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    follow_redirects: bool = False
    connect_timeout_ms: int | None = None
    limit_s: float | None
    silence_s: float | None = None
    private: tuple[str, ...] = ()
    pictures: int = 0
    model: str = ""

    @property
    def kind(self) -> str:
        """Requests of one kind are held back together: those for pictures, or those of one path."""
        return "pictures" if self.pictures else self.path.partition("/")[0]
