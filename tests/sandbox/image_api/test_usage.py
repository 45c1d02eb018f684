"""Tokens of pictures that go in: as OpenAI documents them for tiles, and as they were measured for patches."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.image_api.forms import Upload
from sandbox.image_api.models import DEFAULT_MODELS, GPT_IMAGE_1_5, GPT_IMAGE_2, PictureRules
from sandbox.image_api.usage import usage
from sandbox.image_api.validation import Order

ORDER = Order(
    route="edits",
    model=DEFAULT_MODELS[0],
    rules=GPT_IMAGE_2,
    prompt="a fox!!!",
    count=1,
    width_px=1024,
    height_px=1024,
    quality="low",
    output_format="png",
    compression=100,
    transparent=False,
    as_url=False,
)
SIDES = st.integers(1, 8_000)


def image_tokens(rules: PictureRules, *sizes_px: tuple[int, int]) -> int:
    sources = [
        Upload(
            field="image",
            filename="a.png",
            content_type="image/png",
            size_bytes=1,
            sha256="",
            file=Path("a.png"),
            width_px=width_px,
            height_px=height_px,
        )
        for width_px, height_px in sizes_px
    ]
    counted = usage(replace(ORDER, rules=rules, sources=tuple(sources)))
    assert counted is not None
    assert counted["input_tokens"] == counted["input_tokens_details"]["image_tokens"] + 8  # type: ignore[index]
    return int(counted["input_tokens_details"]["image_tokens"])  # type: ignore[index]


@pytest.mark.parametrize(
    ("rules", "size_px", "tokens"),
    [
        (GPT_IMAGE_1_5, (1024, 1024), 65 + 129),
        (GPT_IMAGE_1_5, (1024, 1025), 65 + 129),
        (GPT_IMAGE_1_5, (512, 513), 65 + 2 * 129),
        (GPT_IMAGE_1_5, (2048, 4096), 65 + 2 * 129),
        (GPT_IMAGE_1_5, (480, 1408), 65 + 3 * 129),
        (GPT_IMAGE_2, (1024, 1024), 1024),
        (GPT_IMAGE_2, (1800, 2400), 1452),
        (GPT_IMAGE_2, (512, 512), 1024),
        (GPT_IMAGE_2, (100, 100), 49),
    ],
)
def test_a_source_counts_as_published(rules: PictureRules, size_px: tuple[int, int], tokens: int) -> None:
    assert image_tokens(rules, size_px) == tokens
    assert image_tokens(rules, size_px, size_px) == 2 * tokens


@given(SIDES, SIDES)
def test_no_source_counts_more_than_four_tiles_or_1536_patches(width_px: int, height_px: int) -> None:
    assert 65 + 129 <= image_tokens(GPT_IMAGE_1_5, (width_px, height_px)) <= 65 + 4 * 129
    assert 1 <= image_tokens(GPT_IMAGE_2, (width_px, height_px)) <= 1536
