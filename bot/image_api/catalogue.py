"""What each model can do; `models.toml` beside this file is the data, and its order is our preference."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import resources
from typing import Any

from bot.image_api.facts import ModelFacts, Price, SizeRule
from bot.model import Endpoint
from bot.request import Operation

NOTICE = timedelta(days=30)

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
# Ids that tell what they are, for models we do not know.
_PICTURES = re.compile(
    r"image|dall|diffusion|flux|sdxl|(?:^|[^a-z])(?:sd|art)(?:[^a-z]|$)|recraft|ideogram|midjourney|kandinsky|seedream"
    r"|kolors|pixart|playground|dream|paint|draw|photo",
)
_OTHER_KINDS = re.compile(
    r"embed|whisper|tts|audio|speech|voice|transcri|moderation|guard|rerank|realtime|video|sora|veo"
)
_LANGUAGE = re.compile(
    r"chat|instruct|(?:^|[^a-z])(?:gpt|o\d|claude|llama|mistral|mixtral|qwen|gemma|gemini|phi|deepseek|davinci|babbage)",
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as the service lists it. `retires_on` is None where the service does not say."""

    id: str
    retires_on: date | None = None


class Catalogue:
    """The models we know, in the order of our preference.

    `families` names, for ids that begin so, the model whose fields a newer relative surely has, too.
    """

    def __init__(self, models: Sequence[ModelFacts], families: Mapping[str, str]) -> None:
        self._models = {model.id: model for model in models}
        self._families = families
        self._ranks = {model.id: rank for rank, model in enumerate(models)}

    @classmethod
    def load(cls, *, has_openai_dates: bool) -> "Catalogue":
        """Read the data that comes with the bot; blocks, so it is done once at the start.

        `has_openai_dates`: whether models retire here when OpenAI says so (see dialects.py).
        """
        data = tomllib.loads(resources.files(__package__).joinpath("models.toml").read_text("utf-8"))
        models = [_facts(name, row) for name, row in data["models"].items()]
        if not has_openai_dates:
            models = [replace(model, retires_on=None, replacements=()) for model in models]
        return cls(models, data["families"])

    def get(self, model_id: str) -> ModelFacts:
        """The facts of a model, under the id it was asked by.

        A dated snapshot is its model, and a path before the name, such as `openai/`, does not count. A newer relative
        is taken for its family; of a stranger nothing is known.
        """
        known = self._known(model_id)
        if known is not None:
            return replace(known, id=model_id)
        family = self._family(model_id)
        if family is not None:
            return replace(family, id=model_id, retires_on=None, replacements=(), price=Price())
        return ModelFacts(id=model_id)

    def usable(
        self,
        listed: Sequence[ListedModel] | None,
        operation: Operation,
        *,
        today: date,
        has_words: bool = True,
        variations: bool = True,
    ) -> list[ModelFacts]:
        """What can be used for an operation, best first; `listed` is None while the service's list is unknown."""
        if listed is None:
            models = [model for model in self._models.values() if model.retires_on is None or model.retires_on > today]
        else:
            models = sorted(map(self.facts, self._pictures(listed)), key=self._rank)
        return [
            model
            for model in models
            if model.endpoint_for(operation, has_words=has_words, variations=variations) is not None
        ]

    def facts(self, listed: ListedModel) -> ModelFacts:
        """A listed model's facts; what the service says of its end counts more than what we know."""
        facts = self.get(listed.id)
        return replace(facts, retires_on=listed.retires_on or facts.retires_on)

    def may_paint(self, model_id: str) -> bool:
        """Whether somebody who names this model means a picture model: not where its id clearly says otherwise."""
        return self._is_picture_model(model_id) or not _is_other(model_id.lower())

    def _pictures(self, listed: Sequence[ListedModel]) -> list[ListedModel]:
        """The picture models among them; where none can be told, all that are not obviously of another kind."""
        pictures = [model for model in listed if self._is_picture_model(model.id)]
        return pictures or [model for model in listed if not _is_other(model.id.lower())]

    def _is_picture_model(self, model_id: str) -> bool:
        if self._known(model_id) or self._family(model_id):
            return True
        return bool(_PICTURES.search(model_id.lower())) and not _OTHER_KINDS.search(model_id.lower())

    def _known(self, model_id: str) -> ModelFacts | None:
        return self._models.get(_SNAPSHOT.sub("", _name(model_id)))

    def _family(self, model_id: str) -> ModelFacts | None:
        prefixes = [prefix for prefix in self._families if _name(model_id).startswith(prefix)]
        return self._models[self._families[max(prefixes, key=len)]] if prefixes else None

    def _rank(self, model: ModelFacts) -> tuple[int, bool]:
        """By our preference, a snapshot after its model, strangers last in the service's order."""
        name = _SNAPSHOT.sub("", _name(model.id))
        return self._ranks.get(name, len(self._ranks)), name in self._ranks and model.id != name


def stays(model: ModelFacts, today: date) -> bool:
    """Whether a model is there for another 30 days, so that it may be a default."""
    return model.retires_on is None or model.retires_on >= today + NOTICE


def best(models: Sequence[ModelFacts], today: date) -> ModelFacts | None:
    """The default among usable models: the first that stays, else the first."""
    staying = (model for model in models if stays(model, today))
    return next(staying, models[0] if models else None)


def _is_other(name: str) -> bool:
    return bool(_OTHER_KINDS.search(name) or _LANGUAGE.search(name))


def _name(model_id: str) -> str:
    return model_id.rsplit("/", 1)[-1].lower()


def _facts(model_id: str, row: Mapping[str, Any]) -> ModelFacts:
    """A model from its table in the file, whose keys are the names of our fields."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    values["endpoints"] = frozenset(map(Endpoint, row["endpoints"]))
    if "size_rule" in row:
        values["size_rule"] = SizeRule(**row["size_rule"])
    if "price" in row:
        values["price"] = Price(**row["price"])
    return ModelFacts(id=model_id, provider="openai", **values)
