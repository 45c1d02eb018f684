"""The catalogue's files, ours and the owner's: from their tables into facts, each mistake in one plain line."""

import difflib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.image_api.catalogue.facts import ModelFacts
from bot.settings import SettingsError

OPENAI, OWNER = "openai", "owner"

_FACTS = TypeAdapter(ModelFacts)
_NAMES = frozenset(each.name for each in fields(ModelFacts)) - {"id", "provider"}
_BESIDE = frozenset({"like", "known_from"})
_UNKNOWN_FIELD = "unexpected_keyword_argument"

Like = Callable[[str], ModelFacts | None]


@dataclass(frozen=True, slots=True)
class Records:
    """Ours. `models` by key: `gpt-image-2` is OpenAI's, `aimlapi:flux/dev` another provider's; `families` by prefix."""

    models: Mapping[str, ModelFacts]
    families: Mapping[str, str]

    def of(self, provider: str) -> dict[str, ModelFacts]:
        """A provider's own records by the ids that it lists."""
        return {facts.id: facts for facts in self.models.values() if facts.provider == provider}

    def families_of(self, provider: str) -> dict[str, ModelFacts]:
        """A provider's own families by prefix."""
        return {
            split(prefix)[1]: self.models[key] for prefix, key in self.families.items() if split(prefix)[0] == provider
        }


def built_in() -> Records:
    """The records that come with the bot; blocks."""
    data = tomllib.loads(resources.files(__package__).joinpath("models.toml").read_text("utf-8"))
    tables = _Tables(data["shared"] | data["models"], start=_nothing_known, elsewhere=lambda _: None)
    models = {key: tables.facts(key) for key in data["models"]}
    assert not tables.problems, tables.problems
    return Records(models, data["families"])


def owners(file: Path, *, start: Callable[[str], ModelFacts], elsewhere: Like) -> dict[str, ModelFacts]:
    """The owner's models by id: what `start` knows of each (or what `like` names), corrected; blocks.

    Raises:
        SettingsError: with every mistake in the file.
    """
    data = _document(file)
    problems = [f'MODELS_FILE: "{name}" has no place in it; write [models."name"]' for name in data if name != "models"]
    rows = data.get("models", {})
    if not isinstance(rows, dict):
        raise SettingsError([*problems, 'MODELS_FILE: models is not a table; write [models."name"]'])
    tables = _Tables(rows, start=start, elsewhere=elsewhere)
    models = {model_id: replace(tables.facts(model_id), id=model_id, provider=OWNER) for model_id in rows}
    problems += [f"MODELS_FILE: {problem}" for problem in tables.problems]
    if problems:
        raise SettingsError(problems)
    return models


def _document(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"), parse_float=_finite)
    except FileNotFoundError:
        problem = "MODELS_FILE: there is no such file"
    except OSError as error:
        problem = f"MODELS_FILE cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "MODELS_FILE is not a text in UTF-8"
    except ValueError as error:  # that of TOML among them, which names the line
        problem = f"MODELS_FILE is not TOML as it is needed here: {error}"
    raise SettingsError([problem])


def _finite(text: str) -> float:
    """TOML has infinity and «not a number»; a price has not."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number in it has no value")
    return number


class _Tables:
    """Tables that may be `like` one another; what is wrong in them is gathered in `problems`.

    `start` is what is known of a model that is like no other, `elsewhere` finds what no table here is called.
    """

    def __init__(self, rows: Mapping[str, Any], *, start: Callable[[str], ModelFacts], elsewhere: Like) -> None:
        self._rows = rows
        self._start = start
        self._elsewhere = elsewhere
        self._done: dict[str, ModelFacts] = {}
        self._under_way: list[str] = []
        self.problems: list[str] = []

    def facts(self, key: str) -> ModelFacts:
        """What a table says together with what it is like; its mistakes are left out of it."""
        if key not in self._done:
            self._under_way.append(key)
            row = self._rows[key]
            if not isinstance(row, dict):
                self.problems.append(f'"{key}" is not a table; write [models."{key}"]')
                row = {}
            self._done[key] = self._merged(key, self._base(key, row.get("like")), row)
            self._under_way.remove(key)
        return self._done[key]

    def _base(self, key: str, like: object) -> ModelFacts:
        """What the table begins with; an end is nobody else's."""
        if like is None:
            return self._start(key)
        found = self._named(key, like) if isinstance(like, str) else None
        if found is None:
            near = difflib.get_close_matches(str(like), self._rows, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            self.problems.append(f'"{key}" is like "{like}", which I do not know{hint}')
            found = ModelFacts(id=key)
        return replace(found, retires_on=None, replacements=())

    def _named(self, key: str, like: str) -> ModelFacts | None:
        if like == key or like not in self._rows:
            return self._elsewhere(like)
        if like in self._under_way:
            self.problems.append(f'"{key}" is like "{like}", which is like "{key}"')
            return ModelFacts(id=key)
        return self.facts(like)

    def _merged(self, key: str, base: ModelFacts, row: Mapping[str, Any]) -> ModelFacts:
        provider, model_id = split(key)
        given = {name: value for name, value in row.items() if name not in _BESIDE}
        mistakes = _mistakes_in(given)
        self.problems += [f'"{key}": {mistake}' for mistake in mistakes]
        if mistakes:
            return base
        said = _FACTS.validate_json(orjson.dumps({"id": model_id, **given}), strict=True)
        merged = replace(base, id=model_id, provider=provider, **{name: getattr(said, name) for name in given})
        if "endpoints" in given and "endpoints_unsure" not in given:
            merged = replace(merged, endpoints_unsure=frozenset())  # whoever lists them lists them all
        self.problems += [f'"{key}": {mistake}' for mistake in _misplaced_prices(merged, given)]
        return merged


def _mistakes_in(given: Mapping[str, Any]) -> list[str]:
    strangers = [_unknown_field(name, _NAMES | {"like"}) for name in given if name not in _NAMES]
    known = {name: value for name, value in given.items() if name in _NAMES}
    try:
        _FACTS.validate_json(orjson.dumps({"id": "", **known}), strict=True)
    except ValidationError as error:
        return [*strangers, *map(_in_words, error.errors(include_url=False, include_input=False))]
    except TypeError as error:  # TOML has numbers of any length
        return [*strangers, f"a value in it is of no use here ({error})"]
    return strangers


def _unknown_field(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"there is no field {name}" + (f"; did you mean {near[0]}?" if near else "")


def _in_words(error: ErrorDetails) -> str:
    place = ".".join(map(str, error["loc"]))
    if error["type"] == _UNKNOWN_FIELD:
        return _unknown_field(place, ())
    if error["type"] == "missing":
        return f"{place} is missing"
    words = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    for ours, theirs in (("valid list", "valid array"), ("table", "valid object"), ("table", "object")):
        words = words.replace(theirs, ours)
    return f"{place} {words.partition(' or an instance of')[0]}"


def _misplaced_prices(facts: ModelFacts, given: Mapping[str, Any]) -> list[str]:
    """A price under a quality that the model does not have would never be found."""
    if "price" not in given or not facts.qualities or "qualities" in facts.may_have_more:
        return []
    strangers = sorted(set(facts.price.picture_usd) - set(facts.qualities))
    return [f"price.picture_usd.{name}: the model has no such quality" for name in strangers]


def _nothing_known(key: str) -> ModelFacts:
    return ModelFacts(id=key)


def split(key: str) -> tuple[str, str]:
    """Provider and id of a key in our file."""
    provider, colon, model_id = key.partition(":")
    return (provider, model_id) if colon else (OPENAI, key)
