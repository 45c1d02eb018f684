"""What a member may send instead of a picture, and the words it is answered with."""

import io
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import BadPicture
from bot.pictures import Form, Limits, PictureFacts, Pictures
from tests.hostile_pictures import animated_png, chunk, png

Maker = Callable[[], bytes]


def picture(form: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, form, **options)
    return stream.getvalue()


def animated(form: str) -> bytes:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), (shade, 0, 0)) for shade in range(0, 250, 50)]
    frames[0].save(stream, form, save_all=True, append_images=frames[1:])
    return stream.getvalue()


def inflating_text(times: int) -> bytes:
    """A small file whose compressed text chunks want to become a megabyte each."""
    text = chunk(b"zTXt", b"words\0\0" + zlib.compress(b"a" * 1_000_000, 9))
    return png((8, 8), *[text] * times)


def long_gif(frames: int) -> bytes:
    """A whole GIF whose one frame is there again and again: 20 bytes each."""
    still = picture("GIF", mode="L", size=(8, 8))
    begin = still.index(b"\x2c")  # the first image
    return still[:begin] + still[begin:-1] * frames + still[-1:]


def swollen_jpeg() -> bytes:
    """A small JPEG that claims 65,000 by 65,000 in its frame header."""
    content = picture("JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + (65_000).to_bytes(2, "big") * 2 + content[at + 4 :]


def noisy(form: str) -> bytes:
    stream = io.BytesIO()
    Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(stream, form, quality=90)
    return stream.getvalue()


def broken(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'

NOT_PICTURES: list[tuple[str, Maker, str]] = [
    ("zero bytes", lambda: b"", "That file is empty."),
    ("a text file", lambda: b"I am a text file named picture.png\n", "not a picture I can use"),
    ("random bytes", lambda: os.urandom(5_000), "not a picture I can use"),
    ("only a signature", lambda: b"\x89PNG\r\n\x1a\n", "not a picture I can use"),
    ("a GIF of five frames", lambda: animated("GIF"), "I cannot use GIF files."),
    ("a TIFF", lambda: picture("TIFF"), "I cannot use TIFF files."),
    ("a BMP", lambda: picture("BMP"), "I cannot use BMP files."),
    ("an EPS", lambda: picture("EPS"), "I cannot use PostScript files."),
    ("a PDF", lambda: b"%PDF-1.7\n", "I cannot use PDF files."),
    ("an SVG", lambda: SVG, "I cannot use SVG files."),
    ("an SVG with a prologue", lambda: b'<?xml version="1.0"?>' + SVG, "I cannot use SVG files."),
    ("a photo of an iPhone", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "I cannot use HEIC files."),
    ("an icon", lambda: picture("ICO"), "not a picture I can use"),
    ("a JPEG 2000", lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), "not a picture I can use"),
    ("a Photoshop file", lambda: b"8BPS\0\1" + bytes(99), "not a picture I can use"),
    ("a PDF with a PNG in it", lambda: b"%PDF-1.7\n" + picture("PNG"), "I cannot use PDF files."),
    ("a page with a PNG in it", lambda: b"<html><script>" + picture("PNG"), "not a picture I can use"),
    ("an archive with a PNG in it", lambda: b"PK\x03\x04" + picture("PNG"), "not a picture I can use"),
    ("a GIF of 10,000 frames", lambda: long_gif(10_000), "I cannot use GIF files."),
    ("an AVIF", lambda: picture("AVIF"), "I cannot use AVIF files."),
]

BAD_PICTURES: list[tuple[str, Maker, str]] = [
    ("13000 by 13000 in 160 KiB", lambda: png((13_000, 13_000)), "more than 25 megapixels"),
    ("one row above 25 megapixels", lambda: png((5_000, 5_001)), "more than 25 megapixels"),
    ("a WebP above 25 megapixels", lambda: picture("WEBP", size=(5_000, 5_001), method=0), "more than 25 megapixels"),
    ("a JPEG above 25 megapixels", lambda: picture("JPEG", size=(5_000, 5_001)), "more than 25 megapixels"),
    ("a JPEG whose header says 4 gigapixels", swollen_jpeg, "more than 25 megapixels"),
    ("only a header, of 4 gigapixels", lambda: png((65_000, 65_000), rows=b""), "more than 25 megapixels"),
    ("too wide", lambda: picture("JPEG", size=(8_193, 4)), "8,193 × 4 pixels, and I can take 8,192 a side"),
    ("too high", lambda: png((4, 8_193)), "4 × 8,193 pixels"),
    ("30 MB", lambda: picture("PNG") + bytes(30_000_000), "larger than 20 MB"),
    ("text chunks of 20 MB", lambda: png((8, 8), *[chunk(b"tEXt", b"a\0" + bytes(999_998))] * 21), "larger than 20 MB"),
    ("text that inflates to 300 MB", lambda: inflating_text(300), "damaged or cut off"),
    (
        "a profile that inflates",
        lambda: png((8, 8), chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
        "damaged",
    ),
    ("an APNG of 10,000 frames", lambda: animated_png(10_000), "animated (10,000 frames). Send a still one."),
    ("a WebP of five frames", lambda: animated("WEBP"), "animated (5 frames)"),
    ("a PNG cut off", lambda: noisy("PNG")[:5_000], "damaged or cut off"),
    ("a JPEG cut off", lambda: noisy("JPEG")[:2_000], "damaged or cut off"),
    ("a WebP cut off", lambda: noisy("WEBP")[:2_000], "damaged or cut off"),
    ("a PNG with a broken byte", lambda: broken(noisy("PNG"), 3_000), "damaged or cut off"),
]


@pytest.mark.parametrize(("make", "words"), [each[1:] for each in NOT_PICTURES], ids=[each[0] for each in NOT_PICTURES])
async def test_what_is_not_a_picture_is_answered_with_what_to_send(
    pictures: Pictures, tmp_path: Path, make: Maker, words: str
) -> None:
    source = tmp_path / "source.png"
    source.write_bytes(make())

    with pytest.raises(BadPicture) as caught:
        await pictures.prepare(source, {})

    assert words in str(caught.value)
    assert str(caught.value).endswith("Send a PNG, JPEG or WebP. This cost you nothing.")


@pytest.mark.parametrize(("make", "words"), [each[1:] for each in BAD_PICTURES], ids=[each[0] for each in BAD_PICTURES])
async def test_a_picture_that_cannot_be_used_is_answered_with_why(
    pictures: Pictures, tmp_path: Path, make: Maker, words: str
) -> None:
    source, upload = tmp_path / "source", tmp_path / "upload"
    source.write_bytes(make())

    with pytest.raises(BadPicture) as caught:
        await pictures.prepare(source, {Form.EDIT: upload})

    assert words in str(caught.value)
    assert str(caught.value).endswith("This cost you nothing.")
    assert not upload.exists()


@pytest.mark.parametrize(
    ("make", "facts"),
    [
        (lambda: png((5_000, 5_000)), PictureFacts(5_000, 5_000, "image/png")),
        (lambda: picture("JPEG", size=(8_192, 3_000)), PictureFacts(8_192, 3_000, "image/jpeg")),
        (lambda: picture("WEBP", size=(1, 1)), PictureFacts(1, 1, "image/webp")),
        (lambda: picture("PNG") + bytes(19_000_000), PictureFacts(64, 48, "image/png")),
        (lambda: animated("MPO"), PictureFacts(16, 16, "image/jpeg")),
        (lambda: png((8, 8), *[chunk(b"tEXt", b"a\0words")] * 99), PictureFacts(8, 8, "image/png")),
    ],
    ids=[
        "25 megapixels",
        "the longest side",
        "one pixel",
        "just below 20 MB",
        "a phone's photo with more views",
        "some text",
    ],
)
async def test_what_is_just_within_the_limits_is_taken(
    pictures: Pictures, tmp_path: Path, make: Maker, facts: PictureFacts
) -> None:
    source = tmp_path / "source"
    source.write_bytes(make())

    assert (await pictures.prepare(source, {})).facts == facts


async def test_a_painted_picture_may_be_larger_than_a_members_and_is_posted_by_its_first_frame(
    pictures: Pictures, tmp_path: Path
) -> None:
    (tmp_path / "painted").write_bytes(animated_png(3) + bytes(30_000_000))

    made = await pictures.fit(tmp_path / "painted", tmp_path / "fitted", 1_000_000)

    assert (made.width_px, made.size_bytes < 1_000_000) == (8, True)


async def test_a_painted_gif_of_a_million_frames_is_taken_by_its_first_without_reading_the_rest(tmp_path: Path) -> None:
    """To count its frames takes many times as long as it may take."""
    (tmp_path / "painted").write_bytes(long_gif(1_000_000))

    async with Pictures(limits=Limits(cpu_s=2)) as pictures:
        made = await pictures.fit(tmp_path / "painted", tmp_path / "fitted", 1_000_000)

    assert made.width_px == 8


async def test_what_hangs_on_behind_a_picture_stays_behind(pictures: Pictures, tmp_path: Path) -> None:
    """A picture that is an archive or a page as well: only its pixels go on."""
    for name, form in (("drawing", "PNG"), ("photo", "JPEG"), ("web", "WEBP")):
        (tmp_path / name).write_bytes(picture(form) + b"PK\x03\x04 <script>CANARY</script>")
        made = await pictures.prepare(tmp_path / name, {each: tmp_path / each for each in Form})
        for content in (made.small_jpeg, *(upload.file.read_bytes() for upload in made.uploads.values())):
            assert b"CANARY" not in content
            assert b"PK" not in content


async def test_a_refused_picture_does_not_spoil_the_next(pictures: Pictures, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_bytes(b"bad")
    good.write_bytes(picture("PNG"))

    for _ in range(3):
        with pytest.raises(BadPicture):
            await pictures.prepare(bad, {})
        assert (await pictures.prepare(good, {})).facts.width_px == 64
