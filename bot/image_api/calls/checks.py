"""A call held against what its model takes, before anything is sent: a bad size costs no request.

Pure: what a check must know of a picture stands in the call (see `Measured`). The answer is the same everywhere: what
the model is known to take passes, what it is known not to take or not to have is refused in words, and where nothing
is known whatever is well-formed is sent, since members and owners may know more than we do.
"""

from bot.errors import InvalidRequest
from bot.image_api.call import OPTIONS, Call
from bot.image_api.calls.check_formats import check_forms
from bot.image_api.calls.check_pictures import check_pictures
from bot.image_api.calls.check_values import check_values
from bot.image_api.catalogue.facts import ModelFacts
from bot.model import Endpoint

_DOINGS = {
    Endpoint.GENERATIONS: "paint from words alone",
    Endpoint.EDITS: "edit pictures",
    Endpoint.VARIATIONS: "vary pictures without words",
}


def check(call: Call, model: ModelFacts, *, added_chars: int = 0, awaits_sources: bool = False) -> None:
    """`added_chars` of the prompt are ours, not the person's. `awaits_sources`: the pictures are still to come.

    Raises:
        InvalidRequest: the model does not take this; the sentence says what it takes.
    """
    if not model.may_use(call.endpoint):
        raise InvalidRequest(f"`{model.id}` cannot {_DOINGS[call.endpoint]}. Pick another model.")
    for name in ("mask", "markup", *OPTIONS):
        endpoints = OPTIONS[name].endpoints if name in OPTIONS else {Endpoint.EDITS}
        if getattr(call, name) is not None and call.endpoint not in endpoints:
            raise InvalidRequest(f"`{name}` is not for {call.endpoint}. Leave it out.")
    _check_prompt(call, model, added_chars)
    _check_count(call, model)
    check_values(call, model)
    check_forms(call, model)
    check_pictures(call, model, awaits_sources=awaits_sources)


def _check_prompt(call: Call, model: ModelFacts, added_chars: int) -> None:
    if call.endpoint is Endpoint.VARIATIONS:
        if call.prompt:
            raise InvalidRequest("Variations take no words. Leave them out, or edit the picture instead.")
        return
    if not call.prompt.strip():
        raise InvalidRequest("Tell me what to paint: the prompt is empty.")
    most_chars = model.prompt_max_chars
    if most_chars is not None and len(call.prompt) > most_chars:
        written, most_chars = len(call.prompt) - added_chars, most_chars - added_chars
        raise InvalidRequest(f"Your prompt has {written:,} characters; `{model.id}` takes {most_chars:,}. Shorten it.")


def _check_count(call: Call, model: ModelFacts) -> None:
    if call.count < 1:
        raise InvalidRequest("Ask for one picture at least.")
    if model.count_max is not None and call.count > model.count_max:
        most = "one picture" if model.count_max == 1 else f"up to {model.count_max} pictures"
        raise InvalidRequest(f"`{model.id}` paints {most} at a time.")
