"""What each model can do; `models.toml` beside this file is the data, and its order is our preference."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from bot.image_api.catalogue.facts import ListField, ModelFacts, Price
from bot.image_api.catalogue.files import OPENAI, built_in, owners
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

    `near` are the provider's own and the owner's, by the ids that the service lists; `openai` are OpenAI's, which
    others list with a path before the name. `offered`, in our order, is what there is before the service has said
    what it has. `families` are, for ids that begin so, the model whose fields a newer relative surely has, too.
    `served` are the service's endpoints.
    """

    def __init__(
        self,
        *,
        near: Mapping[str, ModelFacts],
        openai: Mapping[str, ModelFacts],
        offered: Sequence[str],
        families: Mapping[str, ModelFacts],
        served: Collection[Endpoint] = tuple(Endpoint),
    ) -> None:
        self._near = near
        self._openai = openai
        self._offered = offered
        self._families = families
        self._served = served
        self._ranks = {model_id: rank for rank, model_id in enumerate(dict.fromkeys([*offered, *openai]))}

    @classmethod
    def load(cls, *, has_openai_dates: bool, provider: str = OPENAI, models_file: Path | None = None) -> "Catalogue":
        """Read the data that comes with the bot, and the owner's; blocks, so it is done once at the start.

        `has_openai_dates`: whether models retire here when OpenAI says so; `provider`: whose records count before
        OpenAI's (see dialects/records.py).

        Raises:
            SettingsError: with every mistake in the owner's file.
        """
        records = built_in()
        openai = records.of(OPENAI)
        if not has_openai_dates:
            openai = {key: replace(facts, retires_on=None, replacements=()) for key, facts in openai.items()}
        near = {} if provider == OPENAI else records.of(provider)
        families = records.families_of(OPENAI) | records.families_of(provider)
        ours = cls(near=near, openai=openai, offered=tuple(near or openai), families=families)
        if models_file is None:
            return ours
        known = {**records.models, **openai, **near}
        return ours.with_owners(owners(models_file, start=ours.get, elsewhere=known.get))

    def with_owners(self, models: Mapping[str, ModelFacts]) -> "Catalogue":
        """This catalogue with the owner's models: corrected ones keep their place, new ones come last."""
        return Catalogue(
            near={**self._near, **models},
            openai={key: models.get(key, facts) for key, facts in self._openai.items()},
            offered=tuple(dict.fromkeys([*self._offered, *models])),
            families=self._families,
            served=self._served,
        )

    def at(self, served: Collection[Endpoint]) -> "Catalogue":
        """This catalogue at a service that has these endpoints alone."""
        return Catalogue(
            near=self._near, openai=self._openai, offered=self._offered, families=self._families, served=served
        )

    def get(self, model_id: str) -> ModelFacts:
        """The facts of a model, under the id it was asked by.

        A dated snapshot is its model, and a path before the name of OpenAI's, such as `openai/`, does not count. A
        newer relative is taken for its family; of a stranger nothing is known.
        """
        return self._anywhere(model_id).within(self._served)

    def _anywhere(self, model_id: str) -> ModelFacts:
        known = self._known(model_id)
        if known is not None:
            return replace(known, id=model_id)
        family = self._family(model_id)
        if family is not None:
            more = frozenset(get_args(ListField))
            return replace(family, id=model_id, retires_on=None, replacements=(), price=Price(), may_have_more=more)
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
        """What can be used for an operation, best first; `listed` is None while the service's list is unknown.

        What is known to do it comes before what may not: at a relay that edits with one model, not with each.
        """
        if listed is None:
            known = map(self.get, self._offered)
            models = [model for model in known if model.retires_on is None or model.retires_on > today]
        else:
            models = sorted(map(self.facts, self._pictures(listed)), key=self._rank)
        ways = [(model.endpoint_for(operation, has_words=has_words, variations=variations), model) for model in models]
        sure = [model for way, model in ways if way in model.endpoints]
        return sure + [model for way, model in ways if way is not None and way not in model.endpoints]

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
        return self._near.get(model_id) or self._near.get(_model_of(model_id)) or self._openai.get(_name(model_id))

    def _family(self, model_id: str) -> ModelFacts | None:
        prefixes = [prefix for prefix in self._families if _name(model_id).startswith(prefix)]
        return self._families[max(prefixes, key=len)] if prefixes else None

    def _rank(self, model: ModelFacts) -> tuple[int, bool]:
        """By our preference, a snapshot after its model, strangers last in the service's order."""
        names = (model.id, _model_of(model.id), _name(model.id))
        rank = next((self._ranks[name] for name in names if name in self._ranks), None)
        return (len(self._ranks), False) if rank is None else (rank, _model_of(model.id) != model.id)


def stays(model: ModelFacts, today: date) -> bool:
    """Whether a model is there for another 30 days, so that it may be a default."""
    return model.retires_on is None or model.retires_on >= today + NOTICE


def best(models: Sequence[ModelFacts], today: date) -> ModelFacts | None:
    """The default among usable models: the first that stays, else the first."""
    staying = (model for model in models if stays(model, today))
    return next(staying, models[0] if models else None)


def _is_other(name: str) -> bool:
    return bool(_OTHER_KINDS.search(name) or _LANGUAGE.search(name))


def _model_of(model_id: str) -> str:
    """The model of a dated snapshot."""
    return _SNAPSHOT.sub("", model_id)


def _name(model_id: str) -> str:
    """An id as OpenAI lists it: without a path before it and the date behind it."""
    return _model_of(model_id.rsplit("/", 1)[-1].lower())
