"""Every field of a call is held against the model's facts, and what cannot be is said before anything is sent."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidRequest
from bot.image_api.call import Call
from bot.image_api.calls.checks import check
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.catalogue.facts import ModelFacts, SizeRule
from bot.model import Endpoint

OPENAI = Catalogue.load(has_openai_dates=False)
AIMLAPI = Catalogue.load(has_openai_dates=False, provider="aimlapi")
XAI = Catalogue.load(has_openai_dates=False, provider="xai")
STRANGER = ModelFacts(id="a-stranger")


@dataclass(frozen=True, slots=True)
class Picture:
    """An upload that tells its size."""

    media_type: str = "image/png"
    size_bytes: int = 1_000
    size_px: tuple[int, int] | None = (1024, 1024)
    file: Path = Path("picture")


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An upload of which only the kind is known."""

    media_type: str = "image/png"
    file: Path = Path("picture")


def call(model: str | ModelFacts = "gpt-image-2", endpoint: Endpoint = Endpoint.GENERATIONS, **fields: Any) -> Call:  # noqa: ANN401
    """A call that is as it should be, but for `fields`."""
    pictures = () if endpoint is Endpoint.GENERATIONS else (Picture(),)
    words = "" if endpoint is Endpoint.VARIATIONS else "a fox"
    name = model if isinstance(model, str) else model.id
    return Call(**{"endpoint": endpoint, "model": name, "prompt": words, "sources": pictures, **fields})


def edit(model: str | ModelFacts = "gpt-image-2", **fields: Any) -> Call:  # noqa: ANN401  any field of a call
    return call(model, Endpoint.EDITS, **fields)


def vary(model: str | ModelFacts = "dall-e-2", **fields: Any) -> Call:  # noqa: ANN401  any field of a call
    return call(model, Endpoint.VARIATIONS, **fields)


def refusal(made: Call, model: ModelFacts | None = None) -> str:
    with pytest.raises(InvalidRequest) as refused:
        check(made, model or OPENAI.get(made.model))
    return str(refused.value)


def passes(made: Call, model: ModelFacts | None = None) -> None:
    check(made, model or OPENAI.get(made.model))


def test_a_call_with_every_field_that_the_model_has_passes() -> None:
    passes(
        call(
            count=1,
            size="2048x1152",
            quality="high",
            background="transparent",
            output_format="webp",
            output_compression=80,
            moderation="low",
            partial_images=3,
            user="4f2a",
            safety_identifier="4f2a",
            extra={"something_new": 1},
        )
    )
    passes(
        edit(
            "gpt-image-1.5",
            count=10,
            sources=(Picture(), Picture("image/jpeg", size_px=None), Unmeasured("image/webp")),
            mask=Picture(),
            input_fidelity="high",
        )
    )
    passes(edit("gpt-image-2.5-flare", markup=Picture()))
    passes(call("dall-e-3", style="vivid", quality="hd", response_format="b64_json"))
    passes(vary("dall-e-2", count=4, size="512x512", response_format="url", user="4f2a"))
    passes(call("gpt-image-2.6-flare", complexity="high", output_format="gif", frame_count=9, frame_duration_ms=200))
    wish = {"model": "gpt-5", "reasoning": {"effort": "xhigh"}}
    passes(call("gpt-image-2.6-flare", output_format="svg", svg=wish))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (vary("gpt-image-2"), "cannot vary pictures"),
        (edit("dall-e-3"), "cannot edit pictures"),
        (call(prompt=""), "the prompt is empty"),
        (edit(prompt=" \n "), "the prompt is empty"),
        (vary(prompt="at night"), "take no words"),
        (call(prompt="a" * 32_001), "32,001 characters; `gpt-image-2` takes 32,000"),
        (call(count=0), "one picture at least"),
        (call(count=11), "up to 10 pictures at a time"),
        (call("dall-e-3", count=2), "paints one picture at a time"),
        (call(quality="hd"), "these qualities: auto, low, medium, high"),
        (call(style="vivid"), "has no styles to choose from"),
        (edit(style="vivid"), "`style` is not for edits"),
        (call("dall-e-3", style="bold"), "these styles: vivid, natural"),
        (call(background="green"), "these backgrounds: auto, transparent, opaque"),
        (call("dall-e-3", background="opaque"), "has no backgrounds"),
        (call(background="transparent", output_format="jpeg"), "needs PNG or WebP"),
        (call(output_format="bmp"), "these formats: png, jpeg, webp"),
        (call("dall-e-3", output_format="png"), "has no formats to choose from"),
        (call("dall-e-3", output_format="gif"), "has no formats to choose from"),
        (call(output_compression=50), "for JPEG and WebP alone"),
        (call(output_compression=50, output_format="png"), "for JPEG and WebP alone"),
        (call(output_compression=101, output_format="jpeg"), "0 to 100 percent"),
        (call(output_compression=-1, output_format="jpeg"), "0 to 100 percent"),
        (call("dall-e-3", output_compression=50), "does not let its compression be chosen"),
        (call(moderation="off"), "values of `moderation`: auto, low"),
        (call(input_fidelity="low"), "`input_fidelity` is not for generations"),
        (edit(input_fidelity="low"), "has no values of `input_fidelity`"),
        (edit("gpt-image-1-mini", input_fidelity="high"), "values of `input_fidelity`: low"),
        (call("gpt-image-2.6-flare", complexity="max"), "complexities: low, medium, high"),
        (call(response_format="b64_json"), "has no values of `response_format`"),
        (call("dall-e-2", response_format="base64"), "values of `response_format`: url, b64_json"),
        (vary(quality="standard"), "`quality` is not for variations"),
        (vary(safety_identifier="4f2a"), "`safety_identifier` is not for variations"),
    ],
)
def test_what_the_model_is_known_not_to_take_is_said_with_what_it_takes(made: Call, words: str) -> None:
    assert words in refusal(made)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (call(partial_images=4), "0 to 3 previews"),
        (call(partial_images=-1), "0 to 3 previews"),
        (call(partial_images=2, count=2), "of one picture at a time"),
        (call("dall-e-3", partial_images=0), "shows no previews"),
        (call(frame_count=9), "Frames are for GIF alone"),
        (call(frame_duration_ms=100, output_format="webp"), "Frames are for GIF alone"),
        (call(output_format="gif", frame_count=1), "2 to 16 frames"),
        (call(output_format="gif", frame_count=17), "2 to 16 frames"),
        (call(output_format="gif", frame_duration_ms=655_351), "10 to 655,350 milliseconds"),
        (call(output_format="gif", frame_duration_ms=9), "10 to 655,350 milliseconds"),
        (call(output_format="gif", partial_images=0), "without previews"),
        (edit(output_format="gif", mask=Picture()), "without a mask"),
        (call(output_format="gif", output_compression=50), "for JPEG and WebP alone"),
        (call(output_format="gif", background="transparent"), "needs PNG or WebP"),
        (call(svg={"model": "gpt-5"}), "`svg` is for SVG alone"),
        (call(output_format="svg", count=2), "one picture at a time"),
        (call(output_format="svg", partial_images=1), "without previews"),
        (call(output_format="svg", output_compression=50), "for JPEG and WebP alone"),
        (call(output_format="svg", svg={}), "a model's name"),
        (call(output_format="svg", svg={"model": "gpt-5", "effort": "low"}), "a model's name"),
        (call(output_format="svg", svg={"model": "gpt-5", "reasoning": {"effort": 3}}), "an effort from none to max"),
    ],
)
def test_what_does_not_go_together_is_said(made: Call, words: str) -> None:
    assert words in refusal(made)


def test_gif_and_svg_are_refused_where_they_are_known_not_to_exist() -> None:
    model = ModelFacts(id="m", gif=False, svg=False)

    assert "does not paint GIF" in refusal(call(output_format="gif"), model)
    assert "does not paint SVG" in refusal(call(output_format="svg"), model)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (call(sources=(Picture(),)), "from words alone"),
        (edit(sources=()), "Give the picture"),
        (vary(sources=()), "Give the picture"),
        (vary(sources=(Picture(), Picture())), "one picture at a time"),
        (edit(sources=(Picture(),) * 17), "up to 16 pictures at a time"),
        (edit(sources=(Unmeasured("image/gif"),)), "a picture as PNG or WEBP or JPEG"),
        (edit(sources=(Picture(), Picture(size_bytes=50_000_001))), "up to 50 MB; yours has 50.0 MB"),
        (vary(sources=(Picture("image/jpeg"),)), "a picture as PNG"),
        (vary(sources=(Picture(size_bytes=4_000_001),)), "up to 4 MB"),
        (vary(sources=(Picture(size_px=(640, 480)),)), "square pictures alone"),
        (call(mask=Picture()), "`mask` is not for generations"),
        (call(markup=Picture()), "`markup` is not for generations"),
        (edit(mask=Picture("image/jpeg")), "a mask as PNG"),
        (edit(mask=Picture(size_bytes=4_000_001)), "a mask of up to 4 MB"),
        (edit(mask=Picture(size_px=(512, 512))), "The mask must be as large as the first picture, 1024 x 1024"),
        (edit(markup=Picture()), "`gpt-image-2` takes no markup"),
        (edit("gpt-image-2.5-flare", markup=Picture(), mask=Picture()), "do not go together"),
        (edit("gpt-image-2.5-flare", markup=Picture("image/webp")), "a markup as PNG"),
        (edit("gpt-image-2.5-flare", markup=Picture(size_px=(1, 1))), "The markup must be as large"),
    ],
)
def test_pictures_are_held_against_the_models_limits(made: Call, words: str) -> None:
    assert words in refusal(made)


def test_what_is_no_picture_is_refused_even_where_nothing_is_known() -> None:
    unmarked = Unmeasured("application/octet-stream")

    assert "is no picture" in refusal(edit(STRANGER, sources=(unmarked,)), STRANGER)
    assert "is no picture" in refusal(edit(STRANGER, mask=unmarked), STRANGER)


def test_a_mask_is_refused_where_there_is_none() -> None:
    assert "takes no mask" in refusal(edit(STRANGER, mask=Picture()), replace(STRANGER, mask=False))


def test_pictures_whose_size_nobody_knows_are_left_to_the_service() -> None:
    passes(vary(sources=(Unmeasured(),)))
    passes(vary(sources=(Picture(size_px=None),)))
    passes(edit(mask=Unmeasured()))
    passes(edit(mask=Picture(size_px=None)))


def test_while_the_picture_is_still_to_come_all_else_is_checked() -> None:
    check(edit(sources=()), OPENAI.get("gpt-image-2"), awaits_sources=True)

    with pytest.raises(InvalidRequest, match="these qualities"):
        check(edit(sources=(), quality="hd"), OPENAI.get("gpt-image-2"), awaits_sources=True)


def test_a_strangers_call_passes_with_whatever_is_well_formed() -> None:
    passes(
        call(
            STRANGER,
            count=30,
            prompt="a" * 100_000,
            size="640x480",
            quality="ultra",
            style="realistic_image/b_and_w",
            background="checked",
            output_format="webp",
            output_compression=30,
            moderation="none",
            response_format="base64",
            extra={"seed": 7},
        ),
        STRANGER,
    )
    passes(edit(STRANGER, sources=(Unmeasured("image/avif"),) * 20, mask=Picture("image/jpeg"), input_fidelity="max"))
    passes(call(STRANGER, partial_images=3, complexity="extreme"), STRANGER)
    passes(vary(STRANGER), STRANGER)
    passes(call(STRANGER, output_format="gif", frame_count=16), STRANGER)


@pytest.mark.parametrize("size", ["640x480", "16:9", "auto", "square_hd", "2K", "99999x1"])
def test_of_a_stranger_every_well_formed_size_is_sent(size: str) -> None:
    passes(call(STRANGER, size=size), STRANGER)


@pytest.mark.parametrize("size", ["", "512", "1024X1024", "1024 x 1024", "0x5", "16:0", "@everyone", "a\nb", "x" * 99])
def test_a_size_that_is_none_is_refused_and_not_repeated(size: str) -> None:
    told = refusal(call(STRANGER, size=size), STRANGER)

    assert "such as 1024x1024" in told
    assert "everyone" not in told


@pytest.mark.parametrize("field", ["quality", "style", "background", "moderation", "complexity", "response_format"])
@pytest.mark.parametrize("value", ["", "two words", "@everyone", "`x`", "a\nb", "[x](http://y)"])
def test_a_value_that_is_no_word_is_refused_and_not_repeated(field: str, value: str) -> None:
    told = refusal(call(STRANGER, Endpoint.GENERATIONS, **{field: value}), STRANGER)

    assert f"`{field}`" in told
    assert not value or value not in told


@pytest.mark.parametrize(
    ("model", "size", "words"),
    [
        (OPENAI.get("gpt-image-1.5"), "512x512", "these sizes: auto, 1024x1024, 1536x1024, 1024x1536."),
        (
            OPENAI.get("gpt-image-2"),
            "1000x1000",
            "edges divisible by 16, at most 3,840 pixels long, one at most 3 times",
        ),
        (AIMLAPI.get("flux/schnell"), "4096x4096", "square_hd, square"),
        (AIMLAPI.get("flux/dev"), "480x1024", "at least 512 pixels long"),
        (AIMLAPI.get("flux/schnell"), "4096x4096", "at least 64 pixels long, at most 1,536 pixels long"),
        (AIMLAPI.get("flux-pro/v1.1-ultra"), "1024x1024", "21:9, 16:9"),
        (ModelFacts(id="m", size_rule=SizeRule(step_px=8)), "100x100", "Sizes of `m` must have edges divisible by 8"),
        (ModelFacts(id="m", sizes=()), "1024x1024", "has no sizes to choose from"),
    ],
)
def test_a_size_the_model_lacks_is_refused_with_those_it_has(model: ModelFacts, size: str, words: str) -> None:
    assert words in refusal(call(model, size=size), model)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (AIMLAPI.get("flux/schnell"), "landscape_16_9"),
        (AIMLAPI.get("flux/schnell"), "1024x768"),
        (AIMLAPI.get("flux-pro/v1.1-ultra"), "21:9"),
        (XAI.get("grok-imagine-image"), "16:9"),
        (XAI.get("grok-imagine-image"), "1536x1024"),
        (OPENAI.get("gpt-image-2.6-flare"), "2048x2048"),
        (OPENAI.get("gpt-image-9"), "4096x4096"),
    ],
)
def test_sizes_in_every_form_pass_and_unknown_ones_where_the_list_may_have_more(model: ModelFacts, size: str) -> None:
    passes(call(model, size=size), model)


def test_a_value_beyond_a_list_that_may_have_more_is_tried() -> None:
    relative = OPENAI.get("gpt-image-9")

    passes(call(relative, quality="xhigh", background="glass", output_format="avif"), relative)
    assert "one word" in refusal(call(relative, quality="very high"), relative)


@given(width_px=st.integers(1, 5_000), height_px=st.integers(1, 5_000))
def test_free_sizes_are_taken_exactly_where_all_documented_limits_hold(width_px: int, height_px: int) -> None:
    documented = (
        width_px % 16 == height_px % 16 == 0
        and max(width_px, height_px) <= 3_840
        and max(width_px, height_px) <= 3 * min(width_px, height_px)
        and 655_360 <= width_px * height_px <= 8_294_400
    )

    assert OPENAI.get("gpt-image-2").has_size(f"{width_px}x{height_px}") is documented


@given(text=st.text(max_size=30), field=st.sampled_from(["size", "quality", "style", "background", "complexity"]))
def test_a_value_with_a_blank_a_mention_or_a_control_character_is_neither_sent_nor_repeated(
    text: str, field: str
) -> None:
    made = call(STRANGER, Endpoint.GENERATIONS, **{field: text})

    if text.isprintable() and not set(text) & set(" @`<>"):
        return  # looked at above
    assert refusal(made, STRANGER) == refusal(call(STRANGER, Endpoint.GENERATIONS, **{field: "@everyone"}), STRANGER)


def test_fields_of_one_service_alone_are_held_against_its_schema() -> None:
    flux, sdxl = AIMLAPI.get("flux/dev"), AIMLAPI.get("stabilityai/stable-diffusion-xl-base-1.0")
    pro = AIMLAPI.get("flux-pro")

    passes(call(flux, extra={"seed": 7, "guidance_scale": 3.5, "enable_safety_checker": False, "unheard_of": 1}), flux)
    passes(call(sdxl, extra={"steps": "30"}), sdxl)
    assert "a whole number, 1 or more" in refusal(call(flux, extra={"seed": 0}), flux)
    assert "a whole number, 1 or more" in refusal(call(flux, extra={"seed": True}), flux)
    assert "a whole number, 1 or more" in refusal(call(flux, extra={"seed": 1.5}), flux)
    assert "a number, 1 or more, 20 or less" in refusal(call(flux, extra={"guidance_scale": 21}), flux)
    assert "true or false" in refusal(call(flux, extra={"enable_safety_checker": "yes"}), flux)
    assert "one of 1, 2, 3, 4, 5, 6" in refusal(call(pro, extra={"safety_tolerance": "7"}), pro)
    assert "text" in refusal(call(sdxl, extra={"steps": 30}), sdxl)
    assert "further fields are: steps" in refusal(call(sdxl, extra={"seed": 7}), sdxl)


@pytest.mark.parametrize(
    "name", ["n", "size", "stream", "model", "prompt", "image", "quality", "num_images", "image_size"]
)
def test_a_field_that_the_call_has_cannot_come_in_by_the_back_door(name: str) -> None:
    flux = AIMLAPI.get("flux/dev")

    assert "says it in a field of its own" in refusal(call(flux, extra={name: 9}), flux)
