"""What is sent holds only what was asked for and the model knows."""

import json

from bot.image_api.bodies import body, call_fields
from bot.image_api.call import Call
from bot.image_api.facts import ModelFacts
from bot.model import Endpoint

NOTHING_KNOWN = ModelFacts(id="m")
LINKS_BY_DEFAULT = ModelFacts(id="m", response_formats=("url", "b64_json"))


def test_a_plain_call_sends_model_and_prompt_alone() -> None:
    call = Call(endpoint=Endpoint.GENERATIONS, model="m", prompt="a fox \u05e9\U0001f98a", count=1)

    assert json.loads(body(call_fields(call, NOTHING_KNOWN))) == {"model": "m", "prompt": "a fox \u05e9\U0001f98a"}


def test_a_full_call_sends_what_was_asked_for() -> None:
    call = Call(
        endpoint=Endpoint.EDITS,
        model="m",
        prompt="a fox",
        count=3,
        size="512x512",
        quality="hd",
    )

    assert call_fields(call, LINKS_BY_DEFAULT) == {
        "model": "m",
        "prompt": "a fox",
        "n": 3,
        "size": "512x512",
        "quality": "hd",
        "response_format": "b64_json",
    }


def test_a_variation_has_no_prompt() -> None:
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", prompt="", count=2)

    assert call_fields(call, LINKS_BY_DEFAULT) == {"model": "dall-e-2", "n": 2, "response_format": "b64_json"}
