"""What is painted: different where it should be, the same where it should be, readable print."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.image_api.drawing.captions import fitting, font_of
from sandbox.image_api.drawing.painting import Commission, paint
from sandbox.image_api.drawing.scenes import SCENES, scene_for
from tests.sandbox.image_api.calls import opened

PROMPTS = ("a badger in a tuxedo", "a city at night", "the sea at dawn", "desert", "a planet", "snowy mountains")


FOX = Commission(prompt="a fox", width_px=128, height_px=128)


def test_the_same_commission_is_the_same_picture() -> None:
    assert paint(FOX) == paint(replace(FOX))


@pytest.mark.parametrize("change", [{"prompt": "a cat"}, {"index": 1}, {"seed": 1}, {"height_px": 64}])
def test_words_number_seed_and_size_change_the_picture(change: dict[str, Any]) -> None:
    assert paint(replace(FOX, **change)) != paint(FOX)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_scene_has_depth_and_colour(prompt: str) -> None:
    image = opened(paint(replace(FOX, prompt=prompt)))

    colours = image.getcolors(maxcolors=128 * 128)
    assert colours is not None
    assert len(colours) > 500


@pytest.mark.parametrize(
    ("words", "scene"),
    [
        ("a red boat on a lake", "sea"),
        ("neon street", "city"),
        ("badger", "forest"),
        ("camel", "dunes"),
        ("alps", "mountains"),
    ],
)
def test_words_choose_the_scene(words: str, scene: str) -> None:
    assert scene_for(set(words.split()), FOX.dice()) is SCENES[scene]


@pytest.mark.parametrize("size_px", [(256, 256), (3840, 1280), (1024, 3072), (1792, 1024)])
def test_any_shape_can_be_painted(size_px: tuple[int, int]) -> None:
    assert opened(paint(replace(FOX, width_px=size_px[0], height_px=size_px[1]))).size == size_px


@pytest.mark.parametrize("text", ["", "short", "word " * 60, "W" * 500, "חתול על הירח", "猫と月", "a\nb\tc"])
def test_print_fits_its_room_whatever_was_typed(text: str) -> None:
    font = font_of(14)

    line = fitting(text, font, 200)

    assert font.getlength(line) <= 200
    assert "\n" not in line


def test_marks_without_a_letterform_become_dots() -> None:
    assert fitting("cat 猫", font_of(14), 200) == "cat ·"
