"""What a call costs, in millionths of a dollar: at most, before it is made, and truly, when it has been answered. Pure.

None is «not known»: nothing is guessed where a price, a size or a count is missing. Every sum is rounded up.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from bot.image_api.call import Call
from bot.image_api.catalogue.facts import ModelFacts, Price, TokenRates, Values
from bot.image_api.events import Done, Usage
from bot.model import Endpoint

# A million tokens for so many dollars is one token for so many micro-dollars.
MICRO = Decimal(1_000_000)

# Counted beside the prompt: six tokens a call, and up to 39 for each source picture (measured with 1.5 in OpenAI's
# developer forum, thread 1382940; 32 for a source of gpt-image-1, thread 1281361). Rounded up generously.
CALL_TEXT_TOKENS = 16
SOURCE_TEXT_TOKENS = 128
# gpt-image-1.5 counts words of its own beside each picture. How many is not documented; 209 were seen (thread
# 1369511). Five times that is set aside, and a picture with more is charged as it was.
PICTURE_TEXT_TOKENS = 1_000
# Moving and drawn pictures have no documented price.
UNPRICED_FORMATS = ("gif", "svg")

_SIZE = re.compile(r"(\d+)x(\d+)")

T = TypeVar("T")


def most_microusd(call: Call, facts: ModelFacts) -> int | None:
    """The most that a call can cost, whatever the service makes of it; None when that cannot be known.

    What is left to the service counts as the dearest that it may choose. The sources of an edit may still be missing.
    """
    picture = max(_picture_prices(call, facts), default=None)
    beside = _most_beside(call, facts.price)
    if picture is None or beside is None:
        return None
    return _ceiling(call.count * (picture + beside))


def cost_microusd(call: Call, facts: ModelFacts, done: Done, *, previews: int = 0) -> int | None:
    """What an answered call did cost: its tokens where the service counted them, else its pictures by the price list.

    None when neither is known, as for a quality that the service chose without counting tokens. `previews` arrived.
    """
    rates = _rates(facts.price)
    if rates is not None and call.output_format == "svg":
        return None  # another model drew it, and its tokens have no documented price
    if rates is not None and done.usage is not None and _tells_all(call, done.usage, rates):
        return _ceiling(_of_tokens(done.usage, rates))
    if rates is not None and call.endpoint is not Endpoint.GENERATIONS:
        return None  # its sources cost, too, and nobody counted them
    prices = set(_picture_prices(without(call, done.left_out), facts))
    if len(prices) != 1:
        return None
    of_previews = Decimal(0) if rates is None else _of_tokens(_previews(previews, facts.price), rates)
    return _ceiling(done.count * prices.pop() + of_previews)


def knows_cost(facts: ModelFacts, endpoint: Endpoint) -> bool:
    """Whether the most that such calls can cost is known when size and quality are left to the service."""
    return most_microusd(Call(endpoint=endpoint, model=facts.id), facts) is not None


def _tells_all(call: Call, usage: Usage, rates: TokenRates) -> bool:
    """Whether a count tells what a call cost: one of an edit that has no picture in it does not say what was words."""
    return call.endpoint is Endpoint.GENERATIONS or usage.image_in > 0 or rates.image_in == rates.text_in


def _previews(count: int, price: Price) -> Usage:
    return Usage(image_out=count * price.preview_tokens)


def without(call: Call, left_out: Collection[str]) -> Call:
    """A quality or size that the service did not know was its own choice after all."""
    return replace(
        call,
        quality=None if "quality" in left_out else call.quality,
        size=None if "size" in left_out else call.size,
    )


def _rates(price: Price) -> TokenRates | None:
    """None for who pays by the picture, whatever tokens the service counts."""
    return price.rates if price.flat_usd is None else None


def _of_tokens(usage: Usage, rates: TokenRates) -> Decimal:
    return (
        usage.text_in * _decimal(rates.text_in)
        + usage.image_in * _decimal(rates.image_in)
        + usage.text_out * _decimal(rates.text_out)
        + usage.image_out * _decimal(rates.image_out)
    )


def _most_beside(call: Call, price: Price) -> Decimal | None:
    """What comes to the price of each picture: words, sources and previews. Who pays by the picture has paid for all.

    A call for several pictures is billed like several calls (thread 1382940), so this counts for each of them.
    """
    rates = _rates(price)
    if rates is None:
        return Decimal(0)
    sources = _most_sources(call)
    if sources and price.source_tokens is None:
        return None
    source_tokens = (price.source_tokens or 0) + (price.fidelity_tokens if call.input_fidelity == "high" else 0)
    text_in = len(call.prompt.encode()) + CALL_TEXT_TOKENS + sources * SOURCE_TEXT_TOKENS
    return _of_tokens(
        Usage(
            text_in=text_in,
            image_in=sources * source_tokens,
            text_out=PICTURE_TEXT_TOKENS,
            image_out=(call.partial_images or 0) * price.preview_tokens,
        ),
        rates,
    )


def _most_sources(call: Call) -> int:
    """Pictures that go in; one where they are still to come. Mask and markup may count like a source each."""
    if call.endpoint is Endpoint.GENERATIONS:
        return 0
    return max(1, len(call.sources)) + (call.mask is not None) + (call.markup is not None)


def _picture_prices(call: Call, facts: ModelFacts) -> list[Decimal]:
    """What each picture may cost, over all qualities and sizes that the service may choose; empty when unknown."""
    price, rates = facts.price, _rates(facts.price)
    if call.output_format in UNPRICED_FORMATS or call.frame_count is not None or call.svg is not None:
        return _flat(price)
    if rates is not None and price.quality_factors:
        if not _has_all(call.quality, facts.qualities, facts.default_quality, price.quality_factors):
            return []
        return [tokens * _decimal(rates.image_out) for tokens in _formula_tokens(call, facts)]
    if rates is not None and price.output_tokens:
        counts = _in_table(call, price.output_tokens) if _is_whole(call, facts, price.output_tokens) else []
        return [tokens * _decimal(rates.image_out) for tokens in counts]
    named = [_microusd(usd) for usd in _in_table(call, price.picture_usd)]
    if named and not {call.size, call.quality} & {None, "auto"}:
        return named
    is_known = price.flat_usd is not None or _is_whole(call, facts, price.picture_usd)
    return named + _flat(price) if is_known else []


def _is_whole(call: Call, facts: ModelFacts, table: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether a table has all that the service may choose for a call; of what is not known of a model it has all."""
    by_sizes = _chosen(call.quality, table)
    return _has_all(call.quality, facts.qualities, facts.default_quality, table) and all(
        _has_all(call.size, facts.sizes, facts.default_size, by_size) for by_size in by_sizes
    )


def _has_all(choice: str | None, listed: Values | None, default: str | None, named: Collection[str]) -> bool:
    if choice not in (None, "auto") or (choice is None and default in named):
        return True
    return set(listed or ()) - {"auto"} <= set(named)


def _flat(price: Price) -> list[Decimal]:
    return [] if price.flat_usd is None else [_microusd(price.flat_usd)]


def _in_table(call: Call, table: Mapping[str, Mapping[str, T]]) -> list[T]:
    return [value for by_size in _chosen(call.quality, table) for value in _chosen(call.size, by_size)]


def _chosen(choice: str | None, values: Mapping[str, T]) -> list[T]:
    """The value of a choice, or all where the choice is the service's."""
    if choice in (None, "auto"):
        return list(values.values())
    return [values[choice]] if choice in values else []


def _formula_tokens(call: Call, facts: ModelFacts) -> list[int]:
    sizes = (facts.sizes or ()) if call.size in (None, "auto") else (call.size,)
    return [
        picture_tokens(*size_px, factor)
        for size_px in _in_px(sizes)
        for factor in _chosen(call.quality, facts.price.quality_factors)
    ]


def _in_px(sizes: Iterable[str | None]) -> list[tuple[int, int]]:
    matches = [_SIZE.fullmatch(size) for size in sizes if size]
    return [(int(match[1]), int(match[2])) for match in matches if match]


def picture_tokens(width_px: int, height_px: int, factor: int) -> int:
    """Output tokens of a picture of gpt-image-2 (worked out in OpenAI's developer forum, thread 1382699)."""
    short_px, long_px = sorted((width_px, height_px))
    short_steps = (2 * factor * short_px + long_px) // (2 * long_px)
    return -(-factor * short_steps * (2_000_000 + width_px * height_px) // 4_000_000)


def _microusd(usd: float) -> Decimal:
    return _decimal(usd) * MICRO


def _decimal(number: float) -> Decimal:
    """As it was written: 0.053 dollars are 53,000 micro-dollars, and not one more."""
    return Decimal(str(number))


def _ceiling(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))
