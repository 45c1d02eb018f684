"""What is known of one model. Everywhere here None is unknown, and empty means that the field does not exist."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from bot.model import Endpoint
from bot.request import Operation

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")

Whole = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1)]
# Bounds that no price comes near: what is beyond them is a slip, and its sums would not fit into the books.
Usd = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0, le=1_000_000)]
Factor = Annotated[int, Field(ge=1, le=1_000)]

# What `records` validates tables of a file by.
NOTHING_ELSE = ConfigDict(extra="forbid")


def pixels_in(size: str) -> tuple[int, int] | None:
    """Width and height of `1024x1024`; None where the size is said in another form."""
    match = _SIZE.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """Sizes that are not a list: edges in steps, their least and most, a ratio, a number of pixels; None is no limit.

    `experimental_above` is the size beyond which the maker promises less.
    """

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    step_px: Number = 1
    edge_min_px: Number | None = None
    edge_max_px: Number | None = None
    ratio_max: Number | None = None
    pixels_min: Number | None = None
    pixels_max: Number | None = None
    experimental_above: str | None = None

    def allows(self, width_px: int, height_px: int) -> bool:
        long_px, short_px = max(width_px, height_px), min(width_px, height_px)
        pixels = width_px * height_px
        return (
            width_px % self.step_px == 0
            and height_px % self.step_px == 0
            and (self.edge_min_px is None or short_px >= self.edge_min_px)
            and (self.edge_max_px is None or long_px <= self.edge_max_px)
            and (self.ratio_max is None or long_px <= short_px * self.ratio_max)
            and (self.pixels_min is None or pixels >= self.pixels_min)
            and (self.pixels_max is None or pixels <= self.pixels_max)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimits:
    """Pictures that an edit or variation takes; `count_max` 0 is none at all, `bytes_max` that of each."""

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    count_max: Whole | None = None
    bytes_max: Number | None = None
    media_types: tuple[str, ...] | None = None
    square: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskLimits:
    """A mask; `same_size`: it must be as large as the first source."""

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    bytes_max: Number | None = None
    media_types: tuple[str, ...] | None = None
    same_size: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraField:
    """A field of one service alone, and what it takes."""

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    type: Literal["text", "integer", "number", "boolean", "list"] | None = None
    least: float | None = None
    most: float | None = None
    values: tuple[Any, ...] | None = None
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRates:
    """US dollars for a million tokens. `text_out` is 0 where no price for it is named."""

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    text_in: Usd
    image_in: Usd
    image_out: Usd
    text_out: Usd = 0.0
    text_in_cached: Usd | None = None
    image_in_cached: Usd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a picture costs; what is not known is None or empty.

    flat_usd            one price for every picture that `picture_usd` does not name, with all that goes in
    picture_usd         by quality and size
    rates               of tokens; a call's usage times these is what it did cost
    output_tokens       of one picture, by quality and size
    quality_factors     by quality, for the formula of gpt-image-2 (see cost.py)
    preview_tokens      output tokens that each preview costs more
    source_tokens       most input tokens of one picture to edit; None: unknown, and so is what edits cost
    fidelity_tokens     more of them with `input_fidelity` high
    """

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    flat_usd: Usd | None = None
    picture_usd: Mapping[str, Mapping[str, Usd]] = field(default_factory=dict)
    rates: TokenRates | None = None
    output_tokens: Mapping[str, Mapping[str, Tokens]] = field(default_factory=dict)
    quality_factors: Mapping[str, Factor] = field(default_factory=dict)
    preview_tokens: Tokens = 0
    source_tokens: Tokens | None = None
    fidelity_tokens: Tokens = 0


Values = tuple[str, ...]
ListField = Literal[
    "sizes",
    "qualities",
    "styles",
    "backgrounds",
    "output_formats",
    "moderations",
    "input_fidelities",
    "complexities",
    "response_formats",
    "extra_fields",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What a model takes.

    provider        whose record this is (`openai`, `aimlapi`, …, `owner`); empty for a model that nothing is known of
    endpoints       where it can be used; `endpoints_unsure` are those of which nobody says whether they exist
    count_max       pictures a call
    sizes           in words, `auto` among them where it exists; `size_rule` allows more
    qualities, styles, backgrounds, output_formats, moderations, input_fidelities, complexities, response_formats
                    the values of those fields
    may_have_more   which of these lists may be incomplete: a value that is not in them is tried
    default_…       what the service takes where nothing is said
    compression     whether `output_compression` exists
    previews_max    most `partial_images`; 0 for a model that does not stream
    sources         limits of the pictures for edits and variations
    edit_bodies     how an edit may be sent: `multipart`, `json`
    mask, markup, gif, svg      whether these exist; `needs_mask` marks edits that change nothing without a mask
    revises_prompt  whether it rewrites the words and says how
    names           fields that are called otherwise here: ours → the model's (`n` → `num_images`); with one for
                    `image`, the pictures of an edit go into a generation
    size_form       how the size is said: `text` (1024x1024), `object` ({"width": …, "height": …}), `edges` (two
                    fields), `ratio` (16:9) or `ratio_and_resolution` (and 1k or 2k)
    extra_fields    fields of this model alone, by name
    retires_on      from that day on it is gone; `replacements`: what its maker names as successors
    """

    __pydantic_config__: ClassVar[ConfigDict] = NOTHING_ELSE

    id: str
    provider: str = ""
    endpoints: frozenset[Endpoint] = frozenset()
    endpoints_unsure: frozenset[Endpoint] = frozenset(Endpoint)
    count_max: Number | None = None
    prompt_max_chars: Number | None = None
    sizes: Values | None = None
    default_size: str | None = None
    size_rule: SizeRule | None = None
    qualities: Values | None = None
    default_quality: str | None = None
    styles: Values | None = None
    default_style: str | None = None
    backgrounds: Values | None = None
    output_formats: Values | None = None
    default_format: str | None = None
    compression: bool | None = None
    moderations: Values | None = None
    input_fidelities: Values | None = None
    complexities: Values | None = None
    response_formats: Values | None = None
    may_have_more: frozenset[ListField] = frozenset()
    previews_max: Annotated[int, Field(ge=0, le=3)] | None = None
    sources: SourceLimits = SourceLimits()
    edit_bodies: tuple[Literal["multipart", "json"], ...] | None = None
    mask: bool | None = None
    mask_limits: MaskLimits = MaskLimits()
    needs_mask: bool = False
    markup: bool | None = None
    gif: bool | None = None
    svg: bool | None = None
    revises_prompt: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    size_form: Literal["text", "object", "edges", "ratio", "ratio_and_resolution"] = "text"
    extra_fields: Mapping[str, ExtraField] | None = None
    price: Price = Price()
    retires_on: date | None = None
    replacements: Values = ()

    @property
    def count_at_once(self) -> int:
        """Pictures that one call surely paints."""
        return self.count_max or 1

    def may_use(self, endpoint: Endpoint) -> bool:
        """Whether a call is worth sending: nobody says that the endpoint does not exist for this model."""
        return endpoint in self.endpoints or endpoint in self.endpoints_unsure

    def endpoint_for(self, operation: Operation, *, has_words: bool, variations: bool = True) -> Endpoint | None:
        """The way to such a picture, or None. `variations`: whether the service has that endpoint.

        Generations and edits are tried where nobody says whether they exist, variations are not: an edit does the same.
        """
        if operation is Operation.IMAGINE:
            return Endpoint.GENERATIONS if self.may_use(Endpoint.GENERATIONS) else None
        if variations and not has_words and Endpoint.VARIATIONS in self.endpoints:
            return Endpoint.VARIATIONS
        return Endpoint.EDITS if self.may_use(Endpoint.EDITS) and not self.needs_mask else None

    def has_size(self, size: str) -> bool | None:
        """Whether the model takes a size; None where that is not known."""
        pixels = pixels_in(size)
        if size in (self.sizes or ()) or (self.size_rule and pixels and self.size_rule.allows(*pixels)):
            return True
        is_known = (self.sizes is not None or self.size_rule is not None) and "sizes" not in self.may_have_more
        return False if is_known else None

    def within(self, served: Collection[Endpoint]) -> "ModelFacts":
        """The same at a service that has these endpoints alone. Pictures among the words need no endpoint of theirs."""
        here = frozenset(served)
        if "image" in self.names and Endpoint.GENERATIONS in here:
            here |= {Endpoint.EDITS}
        return replace(self, endpoints=self.endpoints & here, endpoints_unsure=self.endpoints_unsure & here)
