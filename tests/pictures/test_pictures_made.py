"""What a picture is turned into is what the endpoint takes and what a person expects."""

import hashlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin

from bot.pictures import Converted, Form, PictureFacts, Pictures

BRICK = (200, 60, 30)
WHITE = (255, 255, 255)


def brick(mode: str) -> Image.Image:
    """A plain brick-red picture as each kind of file stores it."""
    plain = Image.new("RGB", (90, 60), BRICK)
    match mode:
        case "P":
            return plain.quantize(8)
        case "RGBA":
            return plain.convert("RGBA")
        case _:
            return plain.convert(mode)


def noise(side_px: int) -> Image.Image:
    return Image.frombytes("RGB", (side_px, side_px), os.urandom(side_px * side_px * 3))


def opened(content: bytes | Path) -> Image.Image:
    with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as image:
        image.load()
    return image


async def uploaded(pictures: Pictures, source: Path, form: Form) -> Converted:
    return (await pictures.prepare(source, {form: source.with_name("upload")})).uploads[form]


def middle(image: Image.Image) -> tuple[int, ...]:
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def near(seen: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = 6) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(seen, wanted, strict=True))


@pytest.mark.parametrize(
    ("form", "mode", "colour"),
    [
        *[("PNG", mode, BRICK) for mode in ("RGB", "RGBA", "P")],
        *[("WEBP", mode, BRICK) for mode in ("RGB", "RGBA")],
        *[("JPEG", mode, BRICK) for mode in ("RGB", "CMYK", "YCbCr")],
        *[("PNG", mode, (98, 98, 98)) for mode in ("L", "LA")],
        ("JPEG", "L", (98, 98, 98)),
    ],
)
async def test_every_kind_of_file_keeps_its_colours_in_every_form(
    pictures: Pictures, tmp_path: Path, form: str, mode: str, colour: tuple[int, int, int]
) -> None:
    source = tmp_path / "source"
    brick(mode).save(source, form)

    made = await pictures.prepare(source, {each: tmp_path / each for each in Form})

    assert made.facts == PictureFacts(90, 60, f"image/{form.lower()}")
    for image in (opened(made.small_jpeg), *(opened(upload.file) for upload in made.uploads.values())):
        assert near(middle(image), colour)


async def test_sixteen_bits_of_grey_become_eight(pictures: Pictures, tmp_path: Path) -> None:
    image = Image.new("I;16", (20, 20), 0x4000)
    image.save(tmp_path / "source", "PNG")

    made = await uploaded(pictures, tmp_path / "source", Form.EDIT)

    assert near(middle(opened(made.file)), (64, 64, 64))


@pytest.mark.parametrize("size", [(90, 60), (60, 90), (1, 1), (8_000, 3), (3, 8_000), (3_000, 2_000)])
async def test_the_form_for_variations_is_a_small_square_rgba_png(
    pictures: Pictures, tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.new("RGB", size, BRICK).save(tmp_path / "source", "PNG")

    made = await uploaded(pictures, tmp_path / "source", Form.VARIATION)

    image = opened(made.file)
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (min(*size, 1024), min(*size, 1024)))
    assert (made.media_type, made.width_px, made.height_px) == ("image/png", *image.size)
    assert made.size_bytes == made.file.stat().st_size
    assert made.sha256 == hashlib.sha256(made.file.read_bytes()).hexdigest()


async def test_no_square_reaches_four_megabytes(pictures: Pictures, tmp_path: Path) -> None:
    noise(1_500).save(tmp_path / "source", "PNG")
    noise(1_024).save(tmp_path / "exact", "PNG")

    for name in ("source", "exact"):
        made = await uploaded(pictures, tmp_path / name, Form.VARIATION)
        assert made.width_px == 1_024
        assert 3_000_000 < made.size_bytes < 4_000_000


async def test_variations_see_the_middle_of_a_wide_picture(pictures: Pictures, tmp_path: Path) -> None:
    image = Image.new("RGB", (300, 100), "blue")
    image.paste(BRICK, (100, 0, 200, 100))
    image.save(tmp_path / "source", "PNG")

    square = opened((await uploaded(pictures, tmp_path / "source", Form.VARIATION)).file).convert("RGB")

    assert square.getcolors() == [(10_000, BRICK)]


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/jpeg")])
async def test_the_form_for_edits_is_the_whole_picture_within_reach(
    pictures: Pictures, tmp_path: Path, form: str, media_type: str
) -> None:
    Image.new("RGB", (4_000, 1_000), BRICK).save(tmp_path / "source", form)

    made = await uploaded(pictures, tmp_path / "source", Form.EDIT)

    assert (made.media_type, made.width_px, made.height_px) == (media_type, 2_048, 512)
    assert opened(made.file).size == (2_048, 512)


async def test_moderation_sees_what_is_uploaded_and_nothing_hides_behind_transparency(
    pictures: Pictures, tmp_path: Path
) -> None:
    image = Image.new("RGBA", (100, 100), (*BRICK, 0))
    image.save(tmp_path / "source", "PNG")

    made = await pictures.prepare(tmp_path / "source", {each: tmp_path / each for each in Form})

    seen = opened(made.small_jpeg)
    assert (seen.format, near(middle(seen), WHITE)) == ("JPEG", True)
    for upload in made.uploads.values():
        assert opened(upload.file).convert("RGBA").getcolors() == [(10_000, (*WHITE, 255))]


async def test_a_transparent_colour_of_a_palette_is_transparent(pictures: Pictures, tmp_path: Path) -> None:
    brick("P").save(tmp_path / "source", "PNG", transparency=0)

    assert near(middle(opened((await pictures.prepare(tmp_path / "source", {})).small_jpeg)), WHITE)


@pytest.mark.parametrize("size", [(4_000, 3_000), (3_000, 4_000), (8_000, 3), (20, 10)])
async def test_the_picture_for_moderation_is_small_and_whole(
    pictures: Pictures, tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.new("RGB", size, BRICK).save(tmp_path / "source", "JPEG")

    image = opened((await pictures.prepare(tmp_path / "source", {})).small_jpeg)

    scale = min(1, 512 / max(size))
    assert image.size == (round(size[0] * scale), max(1, round(size[1] * scale)))
    assert near(middle(image), BRICK)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_photo_taken_sideways_comes_out_upright(pictures: Pictures, tmp_path: Path, orientation: int) -> None:
    image = Image.new("RGB", (120, 80), "blue")
    image.paste(BRICK, (0, 0, 60, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "source", "JPEG", exif=exif, quality=95)
    with Image.open(tmp_path / "source") as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")

    made = await pictures.prepare(tmp_path / "source", {each: tmp_path / each for each in Form})
    fitted = await pictures.fit(tmp_path / "source", tmp_path / "fitted", 1_000_000)

    assert (made.facts.width_px, made.facts.height_px) == upright.size
    square = ImageOps.fit(upright, (80, 80))
    for content, wanted in (
        (made.small_jpeg, upright),
        (made.uploads[Form.EDIT].file, upright),
        (made.uploads[Form.VARIATION].file, square),
        (fitted.file, upright),
    ):
        seen = opened(content).convert("RGB").resize((8, 8), Image.Resampling.BOX)
        difference = ImageChops.difference(seen, wanted.resize((8, 8), Image.Resampling.BOX))
        assert max(highest for _, highest in difference.getextrema()) < 40  # type: ignore[misc] # RGB has three bands


async def test_nothing_but_pixels_leaves_the_house(pictures: Pictures, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "CANARY in the description"
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "CANARY")
    profile = b"CANARY profile"
    image = brick("RGB")
    image.save(tmp_path / "photo", "JPEG", exif=exif, comment=b"CANARY", xmp=b"CANARY", icc_profile=profile)
    image.save(tmp_path / "drawing", "PNG", exif=exif, pnginfo=words, icc_profile=profile, dpi=(72, 72))
    image.save(tmp_path / "web", "WEBP", exif=exif, xmp=b"CANARY", icc_profile=profile)

    for name in ("photo", "drawing", "web"):
        assert b"CANARY" in (tmp_path / name).read_bytes()
        made = await pictures.prepare(tmp_path / name, {each: tmp_path / each for each in Form})
        for content in (made.small_jpeg, *(upload.file.read_bytes() for upload in made.uploads.values())):
            assert b"CANARY" not in content
        fitted = opened((await pictures.fit(tmp_path / name, tmp_path / "fitted", 100_000)).file)
        assert not {"exif", "xmp", "comment"} & fitted.info.keys()


@pytest.mark.parametrize("limit_bytes", [2_000_000, 900_000, 100_000, 2_000])
async def test_a_picture_too_big_for_the_place_is_made_to_fit(
    pictures: Pictures, tmp_path: Path, limit_bytes: int
) -> None:
    noise(800).resize((1_600, 1_200), Image.Resampling.BICUBIC).save(tmp_path / "painted", "PNG")
    assert (tmp_path / "painted").stat().st_size > 2_000_000

    made = await pictures.fit(tmp_path / "painted", tmp_path / "fitted", limit_bytes)

    image = opened(made.file)
    assert made.file.stat().st_size == made.size_bytes <= limit_bytes
    assert (image.format, made.media_type) == ("WEBP", "image/webp")
    assert abs(image.width / image.height - 4 / 3) < 0.05


async def test_a_picture_that_fits_as_webp_keeps_its_size_transparency_and_profile(
    pictures: Pictures, tmp_path: Path
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGBA", (300, 200), (*BRICK, 0)).save(tmp_path / "painted", "PNG", icc_profile=profile)

    image = opened((await pictures.fit(tmp_path / "painted", tmp_path / "fitted", 100_000)).file)

    assert (image.size, image.mode, image.info["icc_profile"]) == ((300, 200), "RGBA", profile)
    assert image.getchannel("A").getextrema() == (0, 0)


async def test_files_that_are_made_belong_to_the_bot_alone(pictures: Pictures, tmp_path: Path) -> None:
    brick("RGB").save(tmp_path / "source", "PNG")

    made = await uploaded(pictures, tmp_path / "source", Form.EDIT)

    assert made.file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "upload"]
