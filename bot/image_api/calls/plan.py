"""From a request to calls: what is sent, checked against the model before anything is sent."""

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.checks import check
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint
from bot.request import ImageRequest, Operation

VARIATION = (
    "Paint a new variation of this picture. Keep its subject, style, palette and mood, but change composition, "
    "viewpoint and details, so that it looks like another picture of the same series."
)
DIRECTED_VARIATION = (
    "Paint a new version of this picture: {directions}. Keep its subject and style wherever these words do not ask "
    "for something else."
)


def plan(request: ImageRequest, model: ModelFacts, *, variations: bool, previews: int = 0) -> tuple[Call, ...]:
    """The calls that paint a request with a model, as few as its limits allow.

    `variations`: whether the service has that endpoint; where it or the model has not, or where the member gave
    directions, a variation is painted as an edit. `previews`: how many of each picture are wanted.

    Raises:
        InvalidRequest: the model cannot do this; the sentence says what it can.
    """
    has_words = bool(request.prompt)
    endpoint = model.endpoint_for(request.operation, has_words=has_words, variations=variations)
    if endpoint is None:
        raise InvalidRequest(_cannot(request, model, variations=variations))
    prompt = _prompt(request, endpoint)
    calls = tuple(
        Call(
            endpoint=endpoint,
            model=model.id,
            prompt=prompt,
            count=min(model.count_at_once, request.count - first_index),
            size=request.size,
            quality=request.quality,
            partial_images=_partial_images(request, model, endpoint, previews),
            first_index=first_index,
        )
        for first_index in range(0, request.count, model.count_at_once)
    )
    check(calls[0], model, added_chars=len(prompt) - len(request.prompt), awaits_sources=True)
    return calls


def _partial_images(request: ImageRequest, model: ModelFacts, endpoint: Endpoint, previews: int) -> int | None:
    """Previews for calls of one picture each, where the model is known to have them; variations have none.

    Several pictures that the model paints at once stay one call without previews: nothing documents a stream with
    `n` above 1, and a call for each picture would take longer, since a member has only a few calls at a time.
    """
    if min(model.count_at_once, request.count) > 1 or endpoint is Endpoint.VARIATIONS:
        return None
    return min(previews, model.previews_max or 0) or None


def _prompt(request: ImageRequest, endpoint: Endpoint) -> str:
    if request.operation is Operation.IMAGINE or endpoint is Endpoint.VARIATIONS:
        return request.prompt
    return DIRECTED_VARIATION.format(directions=request.prompt.rstrip(" .")) if request.prompt else VARIATION


def _cannot(request: ImageRequest, model: ModelFacts, *, variations: bool) -> str:
    if request.operation is Operation.IMAGINE:
        return f"`{model.id}` does not paint from words alone. Pick another model: /models lists them."
    if request.prompt and model.endpoint_for(Operation.VARY, has_words=False, variations=variations):
        return f"`{model.id}` varies pictures without directions only. Leave the words out, or pick another model."
    return f"`{model.id}` cannot vary pictures here. Pick another model: /models lists them."
