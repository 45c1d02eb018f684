"""How the service behaves; every switch may also be turned while it runs."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.image_api.dialects.base import Dialect
from sandbox.image_api.dialects.known import DIALECTS
from sandbox.image_api.models import DEFAULT_MODELS, Model
from sandbox.traffic import TrafficLog


def new_key() -> str:
    return f"sk-sandbox-{secrets.token_urlsafe(24)}"


@dataclass(kw_only=True)
class Switches:
    """The service as it is wanted.

    `dialect` is the service that is played; another than OpenAI brings models of its own, unless `models` are given.
    `checks_key` is whether a call needs the key; left out, as that service has it.
    `variations` lists dall-e-2 and opens its route, which OpenAI has closed; `moderations=False` closes that one.
    `flagged_words` decide moderations, `blocked_words` are refused by the image endpoints themselves; either
    may map words to categories. `picture_bytes` answers every call with one prepared PNG of about that size.
    `images_per_minute` and `requests_per_minute` limit the calls for pictures of each model and are told with every
    answer, resets as durations or, with `resets_in_seconds`, as whole seconds. `refused_fields` are fields of calls for
    pictures that the service does not know, and `refusal_form` is how it says so (see refusals.py).
    `now` tells the time in seconds since 1970, for links that expire.
    """

    record: TrafficLog = field(default_factory=lambda: TrafficLog(None))
    api_key: str = field(default_factory=new_key, repr=False)
    dialect: str = "openai"
    models: Sequence[Model] = DEFAULT_MODELS
    checks_key: bool | None = None
    variations: bool = False
    moderations: bool = True
    flagged_words: Mapping[str, str] | Collection[str] = ("forbidden",)
    blocked_words: Mapping[str, str] | Collection[str] = ()
    latency_s: float = 0.0
    picture_bytes: int | None = None
    images_per_minute: int | None = None
    requests_per_minute: int | None = None
    resets_in_seconds: bool = False
    refused_fields: Collection[str] = ()
    refusal_form: str = "openai"
    seed: int = 0
    relative_urls: bool = False
    url_lifetime_s: float = 3600.0
    now: Callable[[], float] = time.time

    @property
    def kind(self) -> Dialect:
        return DIALECTS[self.dialect]

    @property
    def asks_for_key(self) -> bool:
        return self.kind.needs_key if self.checks_key is None else self.checks_key
