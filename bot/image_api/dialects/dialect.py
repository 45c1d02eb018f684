"""What a dialect may say: everything in which an image service differs from OpenAI, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import quote

DialectName = Literal[
    "openai",
    "azure",
    "azure-v1",
    "aimlapi",
    "yescale",
    "litellm",
    "localai",
    "sd-server",
    "vllm-omni",
    "sglang",
    "xai",
    "together",
    "gemini",
    "compatible",
]
SizeForm = Literal["text", "object", "ratio", "edges", "ratio_and_resolution"]


class Route(StrEnum):
    """The six paths of OpenAI's API that have to do with pictures."""

    MODELS = "models"
    MODEL = "model"
    GENERATIONS = "generations"
    EDITS = "edits"
    VARIATIONS = "variations"
    MODERATIONS = "moderations"


OPENAI_PATHS: Mapping[Route, str] = {
    Route.MODELS: "models",
    Route.MODEL: "models/{model}",
    Route.GENERATIONS: "images/generations",
    Route.EDITS: "images/edits",
    Route.VARIATIONS: "images/variations",
    Route.MODERATIONS: "moderations",
}

# Says pictures within a JSON body: the sources and the mask, or None, as the fields that hold them. What stands for a
# picture in them becomes its `data:` URL.
PictureFields = Callable[[Sequence[object], object], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one service differs. A new provider is one such record in `records.py`.

    title           its name for people
    hosts           names of hosts that tell it, and `address`, what the path of the base URL must hold besides; both as
                    patterns. Without `hosts` only IMAGE_DIALECT tells it: a port proves nothing
    base_path       what stands between the host and the paths, where the owner's base URL leaves it out
    paths           where routes are found otherwise, from the base URL; `{model}` is filled in
    query           of every request, where the owner wrote none of that name into the base URL
    key_header, key_prefix      how the key is sent; `needs_key`, whether it does nothing without one
    routes          those that it has; `unsure`, those among them that no document shows: a 404 teaches
    has_deployments what it lists is not what can be called: names that the owner gave are (Azure)
    id_prefix       what stands before every id that it lists, and is not part of the name
    takes           the only fields it takes; None where it takes all of OpenAI's
    never_in_prompt         words of a prompt that would be orders to the service, and are left out
    sends_model     whether `model` may stand in a body
    names           fields that are called otherwise, whatever the model: ours → theirs
    formats         the only file formats that it paints; None where that is the model's matter
    size_form       how a size is said, whatever the model; `text` leaves it to the model's record (see calls/sizes.py)
    base64_word     how `response_format` asks for a picture inside the answer; `asks_for_base64`, whether it must
                    always be asked for, since the service's own choice is a link
    edits_as_form   whether edits may be multipart forms; `edit_pictures`, how they say pictures in JSON, if they can
    json_only       fields of edits that only the JSON form knows; `data_url_max_chars`, how long a picture may be there
    source_field, list_field    the form's field for one source and for several; `sources_max`, how many there may be
    streams         whether pictures can be watched while they are painted
    provider        whose records of the catalogue hold here
    has_shutdown_dates      whether models retire here when OpenAI says so, not only when its own list does
    """

    name: DialectName
    title: str
    hosts: str | None = None
    address: str = ""
    base_path: str = "/v1"
    paths: Mapping[Route, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    needs_key: bool = False
    routes: frozenset[Route] = frozenset(Route)
    unsure: frozenset[Route] = frozenset()
    has_deployments: bool = False
    id_prefix: str = ""
    takes: frozenset[str] | None = None
    never_in_prompt: tuple[str, ...] = ()
    sends_model: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] | None = None
    size_form: SizeForm = "text"
    base64_word: str = "b64_json"
    asks_for_base64: bool = False
    edits_as_form: bool = True
    edit_pictures: PictureFields | None = None
    json_only: frozenset[str] = frozenset()
    data_url_max_chars: int | None = None
    source_field: str = "image"
    list_field: str = "image[]"
    sources_max: int | None = None
    streams: bool = False
    provider: str = "openai"
    has_shutdown_dates: bool = False

    def path(self, route: Route, model: str = "") -> str:
        """Where a route is, from the base URL."""
        return self.paths.get(route, OPENAI_PATHS[route]).format(model=quote(model, safe=""))

    def key_headers(self, key: str | None) -> dict[str, str]:
        return {self.key_header: f"{self.key_prefix}{key}"} if key else {}

    def knows(self, name: str) -> bool:
        """Whether a field of OpenAI's may be sent."""
        return self.takes is None or name in self.takes

    @property
    def lacks(self) -> tuple[Route, ...]:
        """The routes it does not have, in the order of OpenAI's reference."""
        return tuple(route for route in Route if route not in self.routes)
