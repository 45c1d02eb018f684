"""What members read about models: what is known is shown, what is not known is left out."""

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil

from bot.image_api.calls.check_values import in_words
from bot.image_api.catalogue.departures import Ending
from bot.image_api.catalogue.facts import ModelFacts, Price, Values
from bot.request import Operation
from bot.ui.endings import what_ends, what_then
from bot.ui.text import cut, dollars, plain

CONTENT_MAX_CHARS = 2_000  # Discord: Message
LISTED_MAX = 15
_MEGA = 1_000_000
WHO_PAYS = "-# Prices are what the bot's owner pays. Pictures cost you nothing."


def overview(
    models: Sequence[ModelFacts], default: ModelFacts | None, today: date, endings: Sequence[Ending] = ()
) -> str:
    """/models: what can be used here, a line each, and which defaults go."""
    if not models:
        return "The image service lists no model that can paint."
    lines = ["**Models you can use**"]
    for model in models[:LISTED_MAX]:
        is_default = default is not None and model.id == default.id
        lines.append(f"- {plain(model.id)}{' (default)' * is_default}: {_summary(model, today)}")
    if len(models) > LISTED_MAX:
        lines.append(f"- … and {len(models) - LISTED_MAX} more")
    lines += [f"{what_ends(ending)} {what_then(ending)}" for ending in endings]
    lines += [WHO_PAYS] * any(map(_has_price, models[:LISTED_MAX]))
    lines.append("-# `/models model:<name>` shows one in detail.")
    return cut("\n".join(lines), CONTENT_MAX_CHARS)


def _summary(model: ModelFacts, today: date) -> str:
    imagine = model.endpoint_for(Operation.IMAGINE, has_words=True)
    vary = model.endpoint_for(Operation.VARY, has_words=False)
    ways = [name for name, endpoint in (("/imagine", imagine), ("/vary", vary)) if endpoint]
    parts = [" and ".join(ways) or "neither /imagine nor /vary", _price_range(model.price), _end(model, today)]
    return ", ".join(filter(None, parts))


def _price_range(price: Price) -> str:
    prices = [usd for by_size in price.picture_usd.values() for usd in by_size.values()]
    if price.flat_usd is not None:
        prices.append(price.flat_usd)
    if not prices:
        return "priced by tokens" if price.rates else ""
    least, most = min(prices), max(prices)
    if most == 0:
        return "free"
    return f"{_usd(least)} a picture" if least == most else f"{_usd(least)} to {_usd(most)} a picture"


def _has_price(model: ModelFacts) -> bool:
    price = model.price
    return bool(price.flat_usd or price.picture_usd or price.rates)


def _usd(amount: float) -> str:
    return f"${amount:.2f}" if amount >= 0.1 else _tenths_of_a_cent(amount)


def _tenths_of_a_cent(amount: float) -> str:
    """What is less than one of them is not nothing."""
    return dollars(ceil(amount * _MEGA)) if 0 < amount < 0.001 else f"${amount:.3f}"


def _end(model: ModelFacts, today: date) -> str:
    if model.retires_on is None:
        return ""
    successors = f", then {' or '.join(map(plain, model.replacements))}" if model.replacements else ""
    word = "ended" if model.retires_on <= today else "ends"
    return f"**{word} {model.retires_on:%Y-%m-%d}**{successors}"


def details(model: ModelFacts, today: date) -> str:
    """/models model: everything that is known of one."""
    lines = [f"**{plain(model.id)}**", f"- {_summary(model, today)}"]
    lines += [f"- {fact}" for fact in facts(model)]
    lines += [WHO_PAYS] * _has_price(model)
    return cut("\n".join(lines), CONTENT_MAX_CHARS)


def facts(model: ModelFacts) -> tuple[str, ...]:
    """What it takes and costs, a line each, without any marks of Discord's."""
    return (*_choices(model), *_limits(model), *_prices(model.price))


def _choices(model: ModelFacts) -> Iterator[str]:
    if model.sizes or model.size_rule:
        sizes = _listed(model, "sizes", model.sizes or (), model.default_size)
        yield f"Sizes: {'; or any with '.join(filter(None, (sizes, _rule(model))))}"
    for name, field, values, default in (
        ("Qualities", "qualities", model.qualities, model.default_quality),
        ("Styles", "styles", model.styles, model.default_style),
        ("Backgrounds", "backgrounds", model.backgrounds, None),
        ("Formats", "output_formats", _formats(model), model.default_format),
    ):
        if values:
            yield f"{name}: {_listed(model, field, values, default)}"


def _listed(model: ModelFacts, field: str, values: Values, default: str | None) -> str:
    text = ", ".join(values)
    if field in model.may_have_more:
        text += ", perhaps others"
    return f"{text} ({default} unless you choose)" if default in values and len(values) > 1 else text


def _rule(model: ModelFacts) -> str:
    if model.size_rule is None:
        return ""
    beyond = model.size_rule.experimental_above
    return in_words(model.size_rule) + (f" (above {beyond} is experimental)" if beyond else "")


def _formats(model: ModelFacts) -> Values:
    return (*(model.output_formats or ()), *(["gif"] if model.gif else []), *(["svg"] if model.svg else []))


def _limits(model: ModelFacts) -> Iterator[str]:
    if model.count_max is not None:
        most = "one" if model.count_max == 1 else f"up to {model.count_max}"
        yield f"Pictures a call: {most}; more are painted in several calls"
    if model.prompt_max_chars is not None:
        yield f"Prompt: up to {model.prompt_max_chars:,} characters"
    if model.revises_prompt:
        yield "Rewrites the prompt before it paints"
    if model.previews_max:
        yield f"Previews: up to {model.previews_max} while it paints{_preview_price(model.price)}"
    if pictures := _sources(model):
        yield f"Edits: {pictures}"


def _preview_price(price: Price) -> str:
    if price.rates is None or not price.preview_tokens:
        return ""
    return f", each {_usd(price.preview_tokens * price.rates.image_out / _MEGA)} more"


def _sources(model: ModelFacts) -> str:
    """What can be edited, and with what."""
    limits, parts = model.sources, []
    if limits.count_max:
        parts.append("one picture" if limits.count_max == 1 else f"up to {limits.count_max} pictures")
        if limits.media_types:
            parts[0] += f" ({', '.join(kind.removeprefix('image/') for kind in limits.media_types)})"
    if limits.bytes_max is not None:
        parts.append(f"up to {limits.bytes_max / _MEGA:g} MB each")
    if limits.square:
        parts.append("square")
    extras = [name for name, exists in (("a mask", model.mask), ("markup", model.markup)) if exists]
    if extras:
        parts.append(f"with {' or '.join(extras)}")
    return ", ".join(parts)


def _prices(price: Price) -> Iterator[str]:
    for quality, by_size in price.picture_usd.items():
        yield f"Price, {quality}: {', '.join(f'{size} {_tenths_of_a_cent(usd)}' for size, usd in by_size.items())}"
    if price.flat_usd and price.picture_usd:
        yield f"Price of every other picture: {_usd(price.flat_usd)}"
    if price.rates is not None:
        rates = price.rates
        yield (
            f"Price of a million tokens: ${rates.text_in:g} for words and ${rates.image_in:g} for pictures that it "
            f"reads, ${rates.image_out:g} for pictures that it paints"
        )
