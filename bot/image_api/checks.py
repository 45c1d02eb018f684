"""A call held against what its model takes, before anything is sent: a bad size costs no request."""

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.facts import ModelFacts


def check(call: Call, model: ModelFacts, *, added_chars: int = 0) -> None:
    """`added_chars` of the prompt are ours, not the person's.

    Raises:
        InvalidRequest: the model does not take this; the sentence says what it takes.
    """
    most_chars = model.prompt_max_chars
    if most_chars is not None and len(call.prompt) > most_chars:
        written, most_chars = len(call.prompt) - added_chars, most_chars - added_chars
        raise InvalidRequest(f"Your prompt has {written:,} characters; `{model.id}` takes {most_chars:,}. Shorten it.")
    if call.size is not None and not model.has_size(call.size):
        raise InvalidRequest(_sizes(model))
    if call.quality is not None and call.quality not in (model.qualities or ()):
        raise InvalidRequest(_qualities(model))


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
