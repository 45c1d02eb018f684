"""A picture is known by its first bytes."""

import pytest

from bot.image_api.answers.media_types import media_type_of, size_of
from bot.spool import HEAD_BYTES
from tests.image_api.answers import png

WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (png(12), "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (b"GIF89a" + bytes(10), "image/gif"),
        (b"GIF87a" + bytes(10), "image/gif"),
        (b"GIF88a" + bytes(10), None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"BM" + bytes(20), None),
        (b"", None),
        (SVG, None),
    ],
)
def test_pictures_that_discord_shows_are_told_by_their_magic(head: bytes, media_type: str | None) -> None:
    assert media_type_of(head) == media_type


@pytest.mark.parametrize(
    "head",
    [
        SVG,
        b"<svg>",
        b"\xef\xbb\xbf \n" + SVG,
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a <svg> of mine -->\n' + SVG,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">' + SVG,
    ],
)
def test_svg_is_told_however_it_begins(head: bytes) -> None:
    assert media_type_of(head, may_be_svg=True) == "image/svg+xml"


@pytest.mark.parametrize(
    "head",
    [
        b"<html><body><svg></svg></body></html>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>',
        b"<!-- <svg> -->",
        b"<!--" + b" " * HEAD_BYTES,
        b"<?xml " * 170,
        b"<svgx>",
        b"error: <svg>",
    ],
)
def test_other_text_is_no_svg(head: bytes) -> None:
    assert media_type_of(head, may_be_svg=True) is None


def test_the_size_of_other_kinds_is_not_guessed() -> None:
    assert size_of(JPEG + bytes(12)) is None
    assert size_of(png(20)) is None
