"""Which models the service lists and what each one takes, as OpenAI documents them in November 2026."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum


class Family(Enum):
    """The two kinds of OpenAI's image models, and those of others."""

    GPT_IMAGE = "gpt-image"
    DALL_E = "dall-e"
    FOREIGN = "foreign"


class TokenTable(Enum):
    """How many output tokens a picture counts (OpenAI: Pricing; developer forum threads 1371851 and 1382699)."""

    NONE = "none"
    FIXED = "fixed"
    MINI = "mini"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """What an image model takes. An empty tuple means that the field does not exist for it."""

    family: Family
    sizes: tuple[str, ...]
    free_sizes: bool = False
    qualities: tuple[str, ...]
    styles: tuple[str, ...] = ()
    complexities: tuple[str, ...] = ()
    input_fidelities: tuple[str, ...] = ()
    markup: bool = False
    most_pictures: int = 10
    prompt_max_chars: int = 32_000
    edits: bool = True
    variations: bool = False
    tokens: TokenTable = TokenTable.NONE

    @property
    def most_sources(self) -> int:
        return 1 if self.family is Family.DALL_E else 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One line of GET /v1/models. `rules` is None for models that do not paint; `released` becomes `created`."""

    id: str
    released: date
    shutdown_date: str | None = None
    rules: PictureRules | None = None
    owned_by: str = "system"

    @property
    def listing(self) -> dict[str, object]:
        midnight = datetime(self.released.year, self.released.month, self.released.day, tzinfo=UTC)
        line: dict[str, object] = {
            "id": self.id,
            "object": "model",
            "created": int(midnight.timestamp()),
            "owned_by": self.owned_by,
        }
        if self.shutdown_date is not None:
            line["shutdown_date"] = self.shutdown_date
        return line


THREE_SIZES = ("1024x1024", "1536x1024", "1024x1536")
GPT_IMAGE_1_5 = PictureRules(
    family=Family.GPT_IMAGE,
    sizes=("auto", *THREE_SIZES),
    qualities=("low", "medium", "high", "auto"),
    input_fidelities=("high", "low"),
    tokens=TokenTable.FIXED,
)
GPT_IMAGE_1_MINI = replace(GPT_IMAGE_1_5, input_fidelities=("low",), tokens=TokenTable.MINI)
GPT_IMAGE_2 = replace(GPT_IMAGE_1_5, free_sizes=True, input_fidelities=(), tokens=TokenTable.FORMULA)
GPT_IMAGE_2_5 = replace(GPT_IMAGE_2, qualities=("low", "medium", "high", "xhigh", "max", "auto"), markup=True)
GPT_IMAGE_2_6 = replace(GPT_IMAGE_2_5, free_sizes=False, complexities=("low", "medium", "high"), markup=False)
DALL_E_2 = PictureRules(
    family=Family.DALL_E,
    sizes=("256x256", "512x512", "1024x1024"),
    qualities=("standard",),
    prompt_max_chars=1000,
    variations=True,
)
DALL_E_3 = PictureRules(
    family=Family.DALL_E,
    sizes=("1024x1024", "1792x1024", "1024x1792"),
    qualities=("standard", "hd"),
    styles=("vivid", "natural"),
    most_pictures=1,
    prompt_max_chars=4000,
    edits=False,
)

END_OF_1_5 = "2026-12-01"
DEFAULT_MODELS = (
    Model(id="gpt-5", released=date(2025, 8, 5)),
    Model(id="gpt-5-mini", released=date(2025, 8, 5)),
    Model(id="gpt-4o-mini", released=date(2024, 7, 16)),
    Model(id="text-embedding-3-small", released=date(2024, 1, 22)),
    Model(id="whisper-1", released=date(2023, 2, 27), owned_by="openai-internal"),
    Model(id="omni-moderation-latest", released=date(2024, 11, 15)),
    Model(id="omni-moderation-2024-09-26", released=date(2024, 11, 27)),
    Model(id="gpt-image-1-mini", released=date(2025, 9, 26), shutdown_date=END_OF_1_5, rules=GPT_IMAGE_1_MINI),
    Model(id="gpt-image-1.5", released=date(2025, 12, 16), shutdown_date=END_OF_1_5, rules=GPT_IMAGE_1_5),
    Model(id="chatgpt-image-latest", released=date(2025, 12, 16), shutdown_date=END_OF_1_5, rules=GPT_IMAGE_1_5),
    Model(id="gpt-image-2", released=date(2026, 4, 21), rules=GPT_IMAGE_2),
    Model(id="gpt-image-2-2026-04-21", released=date(2026, 4, 21), rules=GPT_IMAGE_2),
    Model(id="gpt-image-2.5-sunburst", released=date(2026, 9, 8), rules=GPT_IMAGE_2_5),
    Model(id="gpt-image-2.5-flare", released=date(2026, 9, 8), rules=GPT_IMAGE_2_5),
    Model(id="gpt-image-2.6-sunburst", released=date(2026, 11, 3), rules=GPT_IMAGE_2_6),
    Model(id="gpt-image-2.6-flare", released=date(2026, 11, 3), rules=GPT_IMAGE_2_6),
)

# Retired at OpenAI on 2026-05-12; other services still serve them.
RETIRED_DALL_E_2 = Model(id="dall-e-2", released=date(2023, 11, 1), rules=DALL_E_2)
RETIRED_DALL_E_3 = Model(id="dall-e-3", released=date(2023, 10, 31), rules=DALL_E_3)
