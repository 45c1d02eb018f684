"""The `usage` block of gpt-image models: how many tokens a call counts.

Output tokens: the fixed table of gpt-image-1 and 1.5 (OpenAI developer forum, thread 1371851), what OpenAI's price per
picture comes to for the mini model (OpenAI: Pricing), and the formula worked out for gpt-image-2 (thread 1382699). For
2.5 and 2.6 no source is known: they use that formula, with two more steps for `xhigh` and `max`.

Input tokens of pictures: tiles of 512 pixels after scaling (OpenAI, Images and vision, Calculating costs, GPT Image 1),
and for those with the formula patches of 32 pixels within a budget (measured, thread 1382940). Words are estimates, and
six more tokens than they have (the same thread).
"""

from math import ceil, floor, sqrt

from sandbox.image_api.models import TokenTable
from sandbox.image_api.validation import Order

FIXED = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
MINI = {"low": (625, 750, 750), "medium": (1375, 1875, 1875), "high": (4500, 6500, 6500)}
ORDER = ("1024x1024", "1024x1536", "1536x1024")
FACTORS = {"low": 16, "medium": 48, "high": 96, "xhigh": 128, "max": 160}
CHARS_PER_TOKEN = 4
TEXT_OVERHEAD_TOKENS = 6
TILE_PX, SQUARE_PX = 512, 2048
TOKENS_PER_TILE, TOKENS_PER_PICTURE = 129, 65
PATCH_PX, PATCHES_MAX = 32, 1536
CANVAS_PX, RATIO_MAX = 1024, 3
TOKENS_PER_PREVIEW = 100  # OpenAI: Image generation guide, Streaming


def usage(order: Order) -> dict[str, object] | None:
    """None for models that do not count tokens."""
    if order.rules.tokens is TokenTable.NONE:
        return None
    text_tokens = ceil(len(order.prompt) / CHARS_PER_TOKEN) + TEXT_OVERHEAD_TOKENS
    count_source = _patches if order.rules.tokens is TokenTable.FORMULA else _tile_tokens
    image_tokens = sum(count_source(source.width_px or 1, source.height_px or 1) for source in order.sources)
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


def _tile_tokens(width_px: int, height_px: int) -> int:
    """Scaled down to fit into a square, then down until the shorter side is one tile."""
    scale = min(1.0, SQUARE_PX / max(width_px, height_px))
    scale = min(scale, TILE_PX / min(width_px, height_px))
    tiles = ceil(max(1, round(width_px * scale)) / TILE_PX) * ceil(max(1, round(height_px * scale)) / TILE_PX)
    return TOKENS_PER_PICTURE + TOKENS_PER_TILE * tiles


def _patches(width_px: int, height_px: int) -> int:
    """Small pictures are enlarged, up to twice; narrow ones stand on a canvas of 1:3; large ones are scaled down."""
    scale = min(2.0, max(1.0, CANVAS_PX / max(width_px, height_px)))
    long_px = max(width_px, height_px) * scale
    short_px = max(min(width_px, height_px) * scale, long_px / RATIO_MAX)
    if ceil(short_px / PATCH_PX) * ceil(long_px / PATCH_PX) <= PATCHES_MAX:
        return ceil(short_px / PATCH_PX) * ceil(long_px / PATCH_PX)
    return _fitted(short_px, long_px)


def _fitted(short_px: float, long_px: float) -> int:
    """Scaled to the budget, then on to whole patches of the first side that is short of one (OpenAI, as above)."""
    shrink = sqrt(PATCH_PX**2 * PATCHES_MAX / (short_px * long_px))
    columns, rows = short_px * shrink / PATCH_PX, long_px * shrink / PATCH_PX
    shrink = min(floor(columns) / columns, floor(rows) / rows)
    return max(1, ceil(columns * shrink)) * max(1, ceil(rows * shrink))
