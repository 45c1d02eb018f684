"""What members read about models."""

from collections.abc import Sequence
from datetime import date

from bot.image_api.facts import ModelFacts
from bot.model import Endpoint
from bot.ui.text import cut, plain

CONTENT_MAX_CHARS = 2_000  # Discord: Message
LISTED_MAX = 15


def overview(models: Sequence[ModelFacts], default: ModelFacts | None, today: date) -> str:
    """/models: what can be used here, a line each."""
    if not models:
        return "The image service lists no model that can paint."
    lines = ["**Models you can use**"]
    for model in models[:LISTED_MAX]:
        is_default = default is not None and model.id == default.id
        lines.append(f"- {plain(model.id)}{' (default)' * is_default}: {_summary(model, today)}")
    if len(models) > LISTED_MAX:
        lines.append(f"- … and {len(models) - LISTED_MAX} more")
    lines.append("-# `/models model:<name>` shows one in detail.")
    return cut("\n".join(lines), CONTENT_MAX_CHARS)


def _summary(model: ModelFacts, today: date) -> str:
    ways = [
        name
        for name, endpoints in (
            ("/imagine", {Endpoint.GENERATIONS}),
            ("/vary", {Endpoint.EDITS, Endpoint.VARIATIONS}),
        )
        if endpoints & model.endpoints
    ]
    parts = [" and ".join(ways)]
    if prices := [usd for by_size in model.price.picture_usd.values() for usd in by_size.values()]:
        parts.append(f"${min(prices):.3f} to ${max(prices):.2f} a picture")
    if end := _end(model, today):
        parts.append(end)
    return ", ".join(parts)


def _end(model: ModelFacts, today: date) -> str:
    if model.retires_on is None:
        return ""
    successor = f", then {plain(model.replacements[0])}" if model.replacements else ""
    word = "ended" if model.retires_on <= today else "ends"
    return f"**{word} {model.retires_on:%Y-%m-%d}**{successor}"


def details(model: ModelFacts, today: date) -> str:
    """/models model: everything a member can choose; what is unknown is left out."""
    lines = [f"**{plain(model.id)}**", f"- {_summary(model, today)}"]
    if model.sizes:
        lines.append(f"- Sizes: {', '.join(model.sizes)}{_rule(model)}")
    if model.qualities:
        lines.append(f"- Qualities: {', '.join(model.qualities)}")
    lines.append(f"- Pictures a call: up to {model.count_max}; more are painted in several calls.")
    if model.prompt_max_chars is not None:
        lines.append(f"- Prompt: up to {model.prompt_max_chars:,} characters")
    lines += [
        f"- Price, {quality}: {', '.join(f'{size} ${usd:.3f}' for size, usd in by_size.items())}"
        for quality, by_size in model.price.picture_usd.items()
    ]
    return cut("\n".join(lines), CONTENT_MAX_CHARS)


def _rule(model: ModelFacts) -> str:
    rule = model.size_rule
    if rule is None:
        return ""
    return (
        f"; or any with edges divisible by {rule.step_px}, up to {rule.edge_max_px:,} pixels long, "
        f"at most {rule.ratio_max}:1"
    )
