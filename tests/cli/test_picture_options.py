"""The options are those of a call, every one of them."""

from dataclasses import fields
from typing import Any

import pytest

from bot.cli.picture_options import PictureOptions
from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.model import Endpoint

TYPED_OTHERWISE = {"endpoint", "prompt", "first_index", "sources", "mask", "markup"}


NUMBERS = {"output_compression": 80, "partial_images": 2, "frame_count": 3, "frame_duration_ms": 40}


def test_every_field_of_a_call_can_be_said() -> None:
    shared = {each.name for each in fields(PictureOptions)} & {each.name for each in fields(Call)}
    words: dict[str, Any] = {name: f"a {name}" for name in shared - {"count", "extra"}}
    said = PictureOptions(**words | NUMBERS, count=2, svg_model="s", svg_effort="low", extra=["seed=42"])

    call = Call(endpoint=Endpoint.GENERATIONS, model="m", **said.call_fields)

    unsaid = {each.name for each in fields(Call) if getattr(call, each.name) in (None, "", {}, ())}
    assert unsaid <= TYPED_OTHERWISE
    assert call.svg == {"model": "s", "reasoning": {"effort": "low"}}
    assert call.extra == {"seed": 42}
    assert (call.style, call.count) == ("a style", 2)


def test_what_is_not_said_is_left_to_the_service() -> None:
    assert Call(endpoint=Endpoint.GENERATIONS, model="m", **PictureOptions().call_fields) == Call(
        endpoint=Endpoint.GENERATIONS, model="m"
    )


@pytest.mark.parametrize("text", ["seed", "seed=", "seed=many", 'a="b', "=1"])
def test_an_extra_field_must_be_json(text: str) -> None:
    with pytest.raises(InvalidRequest):
        _ = PictureOptions(extra=[text]).call_fields
