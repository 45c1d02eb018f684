"""What is known of one model. Everywhere here None is unknown, and empty means that the field does not exist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.model import Endpoint
from bot.request import Operation

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """Sizes that are not a list: edges in steps, a longest edge, a ratio and a number of pixels."""

    step_px: int
    edge_max_px: int
    ratio_max: int
    pixels_min: int
    pixels_max: int

    def allows(self, width_px: int, height_px: int) -> bool:
        long_px, short_px = max(width_px, height_px), min(width_px, height_px)
        return (
            width_px % self.step_px == 0
            and height_px % self.step_px == 0
            and long_px <= self.edge_max_px
            and long_px <= short_px * self.ratio_max
            and self.pixels_min <= width_px * height_px <= self.pixels_max
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimits:
    """Pictures that an edit or variation takes."""

    count_max: int | None = None
    bytes_max: int | None = None
    media_types: tuple[str, ...] | None = None
    square: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRates:
    """US dollars for a million tokens."""

    text_in: float
    image_in: float
    image_out: float
    text_out: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a picture costs; what is not known is None or empty.

    flat_usd            one price for every picture
    picture_usd         by quality and size
    rates               of tokens; a call's usage times these is what it did cost
    output_tokens       of one picture, by quality and size
    quality_factors     by quality, for the formula of gpt-image-2 (see cost.py)
    preview_tokens      output tokens that each preview costs more
    """

    flat_usd: float | None = None
    picture_usd: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rates: TokenRates | None = None
    output_tokens: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    quality_factors: Mapping[str, int] = field(default_factory=dict)
    preview_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a model takes.

    provider        whose record this is (`openai`, `aimlapi`, …); empty for a model that nothing is known of
    endpoints       where it can be used
    count_max       pictures a call
    sizes           in words, `auto` among them where it exists; `size_rule` allows more
    qualities, styles, backgrounds, output_formats, moderations, input_fidelities, complexities, response_formats
                    the values of those fields
    compression     whether `output_compression` exists
    previews_max    most `partial_images`; 0 for a model that does not stream
    sources         limits of the pictures for edits and variations
    mask, markup, gif, svg      whether these exist; `needs_mask` marks edits that change nothing without a mask
    names           fields that are called otherwise here: ours → the model's (`n` → `num_images`)
    size_form       how the size is said: `text` (1024x1024), `object` ({"width": …, "height": …}) or `ratio` (16:9)
    extra_fields    fields of this model alone
    retires_on      from that day on it is gone; `replacements`: what its maker names as successors
    """

    id: str
    provider: str = ""
    endpoints: frozenset[Endpoint] = frozenset({Endpoint.GENERATIONS, Endpoint.EDITS})
    count_max: int = 1
    prompt_max_chars: int | None = None
    sizes: tuple[str, ...] | None = None
    size_rule: SizeRule | None = None
    qualities: tuple[str, ...] | None = None
    styles: tuple[str, ...] | None = None
    backgrounds: tuple[str, ...] | None = None
    output_formats: tuple[str, ...] | None = None
    compression: bool | None = None
    moderations: tuple[str, ...] | None = None
    input_fidelities: tuple[str, ...] | None = None
    complexities: tuple[str, ...] | None = None
    response_formats: tuple[str, ...] | None = None
    previews_max: int | None = None
    sources: SourceLimits = SourceLimits()
    mask: bool | None = None
    needs_mask: bool = False
    markup: bool | None = None
    gif: bool | None = None
    svg: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    size_form: str = "text"
    extra_fields: tuple[str, ...] | None = None
    price: Price = Price()
    retires_on: date | None = None
    replacements: tuple[str, ...] = ()

    def endpoint_for(self, operation: Operation, *, has_words: bool, variations: bool = True) -> Endpoint | None:
        """The way to such a picture, or None. `variations`: whether the service has that endpoint."""
        if operation is Operation.IMAGINE:
            return Endpoint.GENERATIONS if Endpoint.GENERATIONS in self.endpoints else None
        if variations and not has_words and Endpoint.VARIATIONS in self.endpoints:
            return Endpoint.VARIATIONS
        return Endpoint.EDITS if Endpoint.EDITS in self.endpoints and not self.needs_mask else None

    def has_size(self, size: str) -> bool:
        match = _SIZE.fullmatch(size)
        by_rule = (
            self.size_rule is not None and match is not None and self.size_rule.allows(int(match[1]), int(match[2]))
        )
        return size in (self.sizes or ()) or by_rule
