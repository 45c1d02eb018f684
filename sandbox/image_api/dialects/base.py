"""OpenAI itself, and the hooks where other services differ from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import orjson
from aiohttp import web

from sandbox.image_api.answers import JSON, Answer
from sandbox.image_api.errors import ApiError, no_key, wrong_key
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Family, Model, PictureRules

Json = dict[str, Any]

SIX_PATHS: Mapping[str, str] = {
    "models": "/v1/models",
    "model": "/v1/models/{model}",
    "generations": "/v1/images/generations",
    "edits": "/v1/images/edits",
    "variations": "/v1/images/variations",
    "moderations": "/v1/moderations",
}


def paths(*routes: str) -> Mapping[str, str]:
    """OpenAI's paths of these routes."""
    return {route: SIX_PATHS[route] for route in routes}


# Models of others: no words of OpenAI's but a size, and pictures of any shape as sources.
FOREIGN = PictureRules(
    family=Family.FOREIGN,
    sizes=("512x512", "768x768", "1024x1024", "1024x768", "1536x1024", "1024x1536", "1280x720", "2048x2048"),
    qualities=("standard", "low", "medium", "high"),
    most_pictures=10,
    prompt_max_chars=32_000,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal in a service's own words."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        return raw(self.body, self.status, self.headers)


class Dialect:
    """A service of a kind. `troubles` are its words for `content`, `busy` and `money`, where they are known."""

    name: ClassVar[str] = "openai"
    base_path: ClassVar[str] = "/v1"
    paths: ClassVar[Mapping[str, str]] = SIX_PATHS
    file_path: ClassVar[str] = "/generated/{name}"
    has_relative_links: ClassVar[bool] = False
    needs_key: ClassVar[bool] = True
    open_routes: ClassVar[frozenset[str]] = frozenset()
    models: ClassVar[Sequence[Model] | None] = None
    troubles: ClassVar[Mapping[str, Trouble]] = {}
    settings: ClassVar[Mapping[str, str]] = {}

    def key_in(self, headers: Mapping[str, str]) -> str | None:
        """The key that a call came with."""
        scheme, _, key = headers.get("Authorization", "").partition(" ")
        return key if scheme == "Bearer" else None

    def check(self, route: str, request: web.Request) -> None:
        """What a call must have besides a key. Raises ApiError."""

    def bad_key(self, key: str | None) -> ApiError:
        return no_key() if key is None else wrong_key(key)

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        """The body of a call for pictures in OpenAI's words. Raises ApiError for what this service would not take."""
        return form

    def listing(self, models: Sequence[Model]) -> Answer:
        return Answer(body={"object": "list", "data": [model.listing for model in models]})

    def one(self, model: Model) -> Answer:
        return Answer(body=model.listing)

    def id_of(self, name: str) -> str:
        """The id that it lists a model under."""
        return name

    def pictures_in(self, route: str, form: Form) -> Sequence[tuple[str, str]]:
        """(field, url) of the pictures in a JSON body that has them elsewhere than OpenAI's. Raises ApiError."""
        return ()

    def no_such_model(self, name: str) -> ApiError | None:
        """Where its words for that differ from OpenAI's."""
        return None

    def refused(self, error: ApiError, route: str) -> Answer:
        """A refusal in this service's form."""
        if error.code == "moderation_blocked" and "content" in self.troubles:
            return self.troubles["content"].answer
        if error.code == "model_not_found" and error.about is not None:
            error = self.no_such_model(error.about) or error
        return self.form_of(error)

    def form_of(self, error: ApiError) -> Answer:
        return Answer(body=error.body, status=error.status)

    def painted(self, answer: Answer) -> Answer:
        """A success in this service's form."""
        return answer


def raw(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Any JSON as an answer, a bare list too."""
    return Answer(file=orjson.dumps(body), status=status, headers=headers or {}, content_type=JSON)


def without(body: Mapping[str, Any] | None, *names: str) -> Json:
    return {name: value for name, value in (body or {}).items() if name not in names}


def reworded(form: Form, **changes: object) -> Form:
    """The form with fields of other names or values; None leaves one out."""
    fields = form.fields | changes
    return replace(form, fields={name: value for name, value in fields.items() if value is not None})


def url_in(value: object, field: str) -> str:
    """The address within a reference to a picture."""
    if not isinstance(value, str):
        raise ApiError(400, f"{field} must be a URL", param=field, code="invalid_type")
    return value
