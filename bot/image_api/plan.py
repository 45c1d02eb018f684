"""From a request to calls: what is sent, checked against the model before anything is sent."""

from dataclasses import dataclass

from bot.errors import InvalidRequest
from bot.image_api.catalogue import ModelFacts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the image service; `first_index` is the number of its first picture within the job.

    `size` and `quality` are None where the service chooses. `names_response_format`: the model must be told to answer
    with the pictures themselves.
    """

    endpoint: Endpoint
    model: str
    prompt: str
    count: int
    size: str | None = None
    quality: str | None = None
    first_index: int = 0
    names_response_format: bool = False


def plan(request: ImageRequest, model: ModelFacts, *, variations: bool) -> tuple[Call, ...]:
    """The calls that paint a request with a model, as few as its limits allow.

    `variations`: whether the service has that endpoint; where it or the model has not, or where the member gave
    directions, a variation is painted as an edit.

    Raises:
        InvalidRequest: the model cannot do this; the sentence says what it can.
    """
    has_words = bool(request.prompt)
    endpoint = model.endpoint_for(request.operation, has_words=has_words, variations=variations)
    if endpoint is None:
        raise InvalidRequest(_cannot(request, model, variations=variations))
    prompt = _prompt(request, endpoint)
    _check(request, model, prompt)
    return tuple(
        Call(
            endpoint=endpoint,
            model=model.id,
            prompt=prompt,
            count=min(model.count_max, request.count - first_index),
            size=request.size,
            quality=request.quality,
            first_index=first_index,
            names_response_format=model.takes_response_format,
        )
        for first_index in range(0, request.count, model.count_max)
    )


def _prompt(request: ImageRequest, endpoint: Endpoint) -> str:
    if request.operation is Operation.IMAGINE or endpoint is Endpoint.VARIATIONS:
        return request.prompt
    return DIRECTED_VARIATION.format(directions=request.prompt.rstrip(" .")) if request.prompt else VARIATION


def _check(request: ImageRequest, model: ModelFacts, prompt: str) -> None:
    most_chars = model.prompt_max_chars
    if most_chars is not None and len(prompt) > most_chars:
        most_chars -= len(prompt) - len(request.prompt)
        raise InvalidRequest(
            f"Your prompt has {len(request.prompt):,} characters; `{model.id}` takes {most_chars:,}. Shorten it."
        )
    if request.size is not None and not model.has_size(request.size):
        raise InvalidRequest(_sizes(model))
    if request.quality is not None and request.quality not in model.qualities:
        raise InvalidRequest(_qualities(model))


def _cannot(request: ImageRequest, model: ModelFacts, *, variations: bool) -> str:
    if request.operation is Operation.IMAGINE:
        return f"`{model.id}` does not paint from words alone. Pick another model: /models lists them."
    if request.prompt and model.endpoint_for(Operation.VARY, has_words=False, variations=variations):
        return f"`{model.id}` varies pictures without directions only. Leave the words out, or pick another model."
    return f"`{model.id}` cannot vary pictures here. Pick another model: /models lists them."


def _sizes(model: ModelFacts) -> str:
    if not model.sizes:
        return f"I do not know the sizes of `{model.id}`. Leave the size out and it takes its own."
    sentence = f"`{model.id}` paints in these sizes: {', '.join(model.sizes)}."
    if rule := model.size_rule:
        sentence += (
            f" Others may be up to {rule.edge_max_px:,} pixels long, with edges divisible by {rule.step_px}, at most "
            f"{rule.ratio_max} times as long as wide, and {rule.pixels_min:,} to {rule.pixels_max:,} pixels in all."
        )
    return sentence


def _qualities(model: ModelFacts) -> str:
    if not model.qualities:
        return f"I do not know the qualities of `{model.id}`. Leave the quality out and it takes its own."
    return f"`{model.id}` paints in these qualities: {', '.join(model.qualities)}."
