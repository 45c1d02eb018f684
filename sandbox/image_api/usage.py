"""The `usage` block of gpt-image models: how many tokens a call counts.

Output tokens: the fixed table of gpt-image-1 and 1.5 (OpenAI developer forum, thread 1371851), what OpenAI's price per
picture comes to for the mini model (OpenAI: Pricing), and the formula worked out for gpt-image-2 (thread 1382699). For
2.5 and 2.6 no source is known: they use that formula, with two more steps for `xhigh` and `max`. Input tokens are
estimates.
"""

from math import ceil

from sandbox.image_api.models import TokenTable
from sandbox.image_api.validation import Order

FIXED = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
MINI = {"low": (625, 750, 750), "medium": (1375, 1875, 1875), "high": (4500, 6500, 6500)}
ORDER = ("1024x1024", "1024x1536", "1536x1024")
FACTORS = {"low": 16, "medium": 48, "high": 96, "xhigh": 128, "max": 160}
CHARS_PER_TOKEN = 4
TILE_PX = 512
TOKENS_PER_TILE, TOKENS_PER_PICTURE = 129, 65
TOKENS_PER_PREVIEW = 100  # OpenAI: Image generation guide, Streaming


def usage(order: Order) -> dict[str, object] | None:
    """None for models that do not count tokens."""
    if order.rules.tokens is TokenTable.NONE:
        return None
    text_tokens = ceil(len(order.prompt) / CHARS_PER_TOKEN)
    image_tokens = sum(_source_tokens(source.width_px or 1, source.height_px or 1) for source in order.sources)
    output_tokens = order.count * tokens_per_picture(order) + order.previews * TOKENS_PER_PREVIEW
    return {
        "total_tokens": text_tokens + image_tokens + output_tokens,
        "input_tokens": text_tokens + image_tokens,
        "output_tokens": output_tokens,
        "input_tokens_details": {"text_tokens": text_tokens, "image_tokens": image_tokens},
        "output_tokens_details": {"image_tokens": output_tokens, "text_tokens": 0},
    }


def tokens_per_picture(order: Order) -> int:
    if order.rules.tokens is TokenTable.FORMULA:
        return formula_tokens(order.width_px, order.height_px, order.quality)
    table = MINI if order.rules.tokens is TokenTable.MINI else FIXED
    return table[order.quality][ORDER.index(order.size)]


def formula_tokens(width_px: int, height_px: int, quality: str) -> int:
    factor = FACTORS[quality]
    short_px, long_px = sorted((width_px, height_px))
    short_steps = (2 * factor * short_px + long_px) // (2 * long_px)
    return ceil(factor * short_steps * (2_000_000 + width_px * height_px) / 4_000_000)


def _source_tokens(width_px: int, height_px: int) -> int:
    return TOKENS_PER_PICTURE + TOKENS_PER_TILE * ceil(width_px / TILE_PX) * ceil(height_px / TILE_PX)
