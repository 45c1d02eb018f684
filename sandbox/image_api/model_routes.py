"""GET /v1/models and /v1/models/{model}."""

from collections.abc import Mapping

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.errors import unknown_model
from sandbox.image_api.forms import Form
from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_2, Model
from sandbox.image_api.switches import Switches


def listed_models(switches: Switches) -> Mapping[str, Model]:
    """By id; dall-e-2 is there where variations are."""
    is_default = switches.models is DEFAULT_MODELS and switches.kind.models is not None
    models = {model.id: model for model in (switches.kind.models or () if is_default else switches.models)}
    if switches.variations:
        models.setdefault(RETIRED_DALL_E_2.id, RETIRED_DALL_E_2)
    return models


class ModelRoutes:
    """What can be used here."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    async def all(self, _: web.Request, __: Form) -> Answer:
        return self._switches.kind.listing(tuple(listed_models(self._switches).values()))

    async def one(self, request: web.Request, _: Form) -> Answer:
        name = request.match_info["model"]
        model = listed_models(self._switches).get(self._switches.kind.id_of(name))
        if model is None:
            raise unknown_model(name)
        return self._switches.kind.one(model)
