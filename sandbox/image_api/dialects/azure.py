"""Azure OpenAI in its classic form: deployments in the path, `api-version` in the query, the key in `api-key`."""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web

from sandbox.image_api.answers import Answer
from sandbox.image_api.dialects.base import Dialect, Trouble, reworded
from sandbox.image_api.errors import ApiError
from sandbox.image_api.forms import Form
from sandbox.image_api.models import Model

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
# What somebody deployed here, and which model each is.
DEPLOYMENTS = {"painter": "gpt-image-2", "gpt-image-1.5": "gpt-image-1.5"}
NO_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
BLOCKED = "Your task failed as a result of our safety system."
RATE = (
    "Requests to the ImageGenerations_Create Operation under Azure OpenAI API have exceeded call rate limit of your "
    "current OpenAI S0 pricing tier. Please retry after 3 seconds."
)
QUOTA = "You exceeded your current quota, please check your plan and billing details."


class Azure(Dialect):
    name = "azure"
    base_path = ""
    paths = {
        "models": "/openai/models",
        "model": "/openai/models/{model}",
        "generations": "/openai/deployments/{deployment}/images/generations",
        "edits": "/openai/deployments/{deployment}/images/edits",
    }
    troubles = {
        "content": Trouble(400, {"error": {"code": "contentFilter", "message": BLOCKED}}),
        "busy": Trouble(429, {"error": {"code": "429", "message": RATE}}, {"Retry-After": "3"}),
        "money": Trouble(429, {"error": {"code": "insufficient_quota", "message": QUOTA}}),
    }
    settings = {"IMAGE_DIALECT": "azure", "IMAGE_MODEL": "painter"}

    def key_in(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("api-key")

    def check(self, route: str, request: web.Request) -> None:
        if not VERSION.fullmatch(request.query.get("api-version", "")):
            raise ApiError(404, "Resource not found", code="404")

    def bad_key(self, key: str | None) -> ApiError:
        return ApiError(401, NO_KEY, code="401")

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        if "model" in form.fields:
            raise ApiError(400, "Unknown parameter: 'model'.", code="BadRequest")
        return deployed(form, request.match_info["deployment"])

    def listing(self, models: Sequence[Model]) -> Answer:
        """What could be deployed. What is deployed, no key of the resource can ask for."""
        return Answer(body={"object": "list", "data": [_listed(model) for model in models]})

    def one(self, model: Model) -> Answer:
        return Answer(body=_listed(model))

    def form_of(self, error: ApiError) -> Answer:
        return Answer(
            body={"error": {"code": error.code or "BadRequest", "message": error.message}}, status=error.status
        )


class AzureV1(Azure):
    """The newer form: OpenAI's paths, and the deployment as `model`."""

    name = "azure-v1"
    base_path = "/openai/v1"
    paths = {
        "models": "/openai/v1/models",
        "model": "/openai/v1/models/{model}",
        "generations": "/openai/v1/images/generations",
        "edits": "/openai/v1/images/edits",
    }
    settings = {"IMAGE_DIALECT": "azure-v1", "IMAGE_MODEL": "painter"}

    def check(self, route: str, request: web.Request) -> None:
        """`api-version` may be there."""

    def read(self, route: str, form: Form, request: web.Request) -> Form:
        return deployed(form, str(form.fields.get("model")))


def deployed(form: Form, deployment: str) -> Form:
    """The form with the model behind a deployment."""
    model = DEPLOYMENTS.get(deployment)
    if model is None:
        raise ApiError(404, "The API deployment for this resource does not exist.", code="DeploymentNotFound")
    if form.fields.get("output_format") not in (None, "png", "jpeg"):
        raise ApiError(400, "output_format must be png or jpeg", code="InvalidPayload")
    return reworded(form, model=model)


def _listed(model: Model) -> dict[str, object]:
    return {
        "id": model.id,
        "object": "model",
        "status": "succeeded",
        "created_at": model.listing["created"],
        "lifecycle_status": "generally-available",
        "capabilities": {"fine_tune": False, "inference": True, "completion": False, "chat_completion": False},
    }
