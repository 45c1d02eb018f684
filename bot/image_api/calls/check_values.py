"""Checks of what is said in words and numbers: size, quality and their like, and the fields of one service alone."""

import re
from collections.abc import Sequence

from bot.errors import InvalidRequest
from bot.image_api.call import OPTIONS, Call
from bot.image_api.catalogue.facts import ExtraField, ModelFacts, SizeRule, pixels_in

_WORD = re.compile(r"[A-Za-z0-9][\w./-]{0,63}")
_RATIO = re.compile(r"[1-9]\d{0,2}:[1-9]\d{0,2}")
_PRESET = re.compile(r"[A-Za-z]\w{0,39}|[1-9]\d?[kK]")  # auto, square_hd, 2K

# field of the call → the facts' list, and what people call several of them
_CHOICES = {
    "quality": ("qualities", "qualities"),
    "style": ("styles", "styles"),
    "background": ("backgrounds", "backgrounds"),
    "moderation": ("moderations", "values of `moderation`"),
    "input_fidelity": ("input_fidelities", "values of `input_fidelity`"),
    "complexity": ("complexities", "complexities"),
    "response_format": ("response_formats", "values of `response_format`"),
}
_SAID_ELSEWHERE = frozenset({"model", "prompt", "n", "stream", "image", "image[]", "mask", "markup", *OPTIONS})
_TYPES = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list, tuple),
}


def check_values(call: Call, model: ModelFacts) -> None:
    """Raises InvalidRequest."""
    check_size(call.size, model)
    for field, (known, plural) in _CHOICES.items():
        check_choice(getattr(call, field), model, known, field, plural)
    _check_extras(call, model)


def check_choice(value: str | None, model: ModelFacts, known: str, field: str, plural: str) -> None:
    """A value of a field whose values the facts list under `known`."""
    values: Sequence[str] | None = getattr(model, known)
    if value is None or value in (values or ()):
        return
    if values is None or known in model.may_have_more:
        if not _WORD.fullmatch(value):
            raise InvalidRequest(f"That is no `{field}`: it is one word. Leave it out and the model takes its own.")
        return
    if not values:
        raise InvalidRequest(f"`{model.id}` has no {plural} to choose from. Leave `{field}` out.")
    raise InvalidRequest(f"`{model.id}` takes these {plural}: {', '.join(values)}.")


def check_size(size: str | None, model: ModelFacts) -> None:
    if size is None or model.has_size(size):
        return
    if model.has_size(size) is False:
        raise InvalidRequest(_sizes(model))
    if pixels_in(size) is None and not _PRESET.fullmatch(size) and not _RATIO.fullmatch(size):
        raise InvalidRequest(
            "A size is width x height in pixels, such as 1024x1024, a ratio such as 16:9, or a word such as auto. "
            "Leave it out and the model takes its own."
        )


def _sizes(model: ModelFacts) -> str:
    if not model.sizes and model.size_rule is None:
        return f"`{model.id}` has no sizes to choose from. Leave the size out."
    sentence = f"`{model.id}` paints in these sizes: {', '.join(model.sizes)}." if model.sizes else ""
    if model.size_rule:
        sentence += f"{' Others' if sentence else f'Sizes of `{model.id}`'} must have {in_words(model.size_rule)}."
    return sentence


def in_words(rule: SizeRule) -> str:
    """What edges of a size must be: «edges divisible by 16, at most 3,840 pixels long»."""
    parts = []
    if rule.step_px > 1:
        parts.append(f"divisible by {rule.step_px}")
    if rule.edge_min_px is not None:
        parts.append(f"at least {rule.edge_min_px:,} pixels long")
    if rule.edge_max_px is not None:
        parts.append(f"at most {rule.edge_max_px:,} pixels long")
    if rule.ratio_max is not None:
        parts.append(f"one at most {rule.ratio_max} times the other")
    if rule.pixels_min is not None or rule.pixels_max is not None:
        parts.append(f"with {_range(rule.pixels_min, rule.pixels_max)} pixels in all")
    return f"edges {', '.join(parts) or 'of any length'}"


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return f"up to {most:,}"
    return f"{least:,} or more" if most is None else f"{least:,} to {most:,}"


def _check_extras(call: Call, model: ModelFacts) -> None:
    known = model.extra_fields or {}
    is_closed = model.extra_fields is not None and "extra_fields" not in model.may_have_more
    for name, value in call.extra.items():
        if name in _SAID_ELSEWHERE or name in model.names.values():
            raise InvalidRequest(f"`{name}` is not a further field: this call says it in a field of its own.")
        if name not in known and is_closed:
            raise InvalidRequest(
                f"`{model.id}` has no field of that name; its further fields are: {', '.join(known)}."
                if known
                else f"`{model.id}` has no further fields."
            )
        if name in known and value is not None and not _fits(value, known[name]):
            raise InvalidRequest(f"`{name}` of `{model.id}` must be {_wanted(known[name])}.")


def _fits(value: object, extra: ExtraField) -> bool:
    if extra.type is not None:
        if not isinstance(value, _TYPES[extra.type]) or (isinstance(value, bool) and extra.type != "boolean"):
            return False
        if extra.type in ("integer", "number") and not _is_within(value, extra):
            return False
    return extra.values is None or value in extra.values


def _is_within(value: object, extra: ExtraField) -> bool:
    assert isinstance(value, int | float), "its type was looked at before"
    return (extra.least is None or value >= extra.least) and (extra.most is None or value <= extra.most)


def _wanted(extra: ExtraField) -> str:
    if extra.values is not None:
        return f"one of {', '.join(str(value) for value in extra.values)}"
    words = {"text": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    wanted = words.get(extra.type or "", "a list")
    if extra.least is not None:
        wanted += f", {extra.least:g} or more"
    if extra.most is not None:
        wanted += f", {extra.most:g} or less"
    return wanted
