"""GET /v1/models and /v1/models/{model}."""

from collections.abc import Mapping

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.errors import unknown_model
from sandbox.image_api.forms import Form
from sandbox.image_api.models import RETIRED_DALL_E_2, Model
from sandbox.image_api.switches import Switches


def listed_models(switches: Switches) -> Mapping[str, Model]:
    """By id; dall-e-2 is there where variations are."""
    models = {model.id: model for model in switches.models}
    if switches.variations:
        models.setdefault(RETIRED_DALL_E_2.id, RETIRED_DALL_E_2)
    return models


class ModelRoutes:
    """What can be used here."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    async def all(self, _: web.Request, __: Form) -> Answer:
        models = listed_models(self._switches).values()
        return Answer(body={"object": "list", "data": [model.listing for model in models]})

    async def one(self, request: web.Request, _: Form) -> Answer:
        name = request.match_info["model"]
        model = listed_models(self._switches).get(name)
        if model is None:
            raise unknown_model(name)
        return Answer(body=model.listing)
