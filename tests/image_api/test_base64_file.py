"""Base64 text becomes the picture's own bytes on the disk, or nothing does."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import BadAnswer
from bot.image_api.answers.base64_file import Base64File
from bot.model import Picture
from bot.spool import Spool
from tests.image_api.answers import in_base64, png, split

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def decoded(folder: Path, texts: list[bytes]) -> Picture:
    file = Base64File(0, Spool(folder).new(1, "0"))
    try:
        for text in texts:
            file.write([text])
        return file.finish()
    finally:
        file.discard()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@settings(deadline=None, max_examples=60)
@given(size_bytes=st.integers(12, 600), cuts=st.lists(st.integers(0, 900), max_size=6))
def test_the_file_holds_the_pictures_bytes_however_its_text_is_split(
    size_bytes: int, cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = png(size_bytes)

    painted = decoded(tmp_path_factory.mktemp("spool"), split(in_base64(picture).encode(), cuts))

    assert painted.file.read_bytes() == picture
    assert painted.size_bytes == size_bytes
    assert painted.sha256 == hashlib.sha256(picture).hexdigest()
    assert painted.media_type == "image/png"


@pytest.mark.parametrize("size_bytes", [100, 101, 102])
def test_line_breaks_and_missing_padding_do_not_cost_a_picture(tmp_path: Path, size_bytes: int) -> None:
    picture = png(size_bytes)
    text = base64.encodebytes(picture).replace(b"\n", b"\r\n").rstrip(b"=\r\n")

    assert decoded(tmp_path, [text]).file.read_bytes() == picture


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"iVBORw0KGgo*** this is not base64 ***",
        base64.b64encode(b"<html><body>oops</body></html>"),
        in_base64(png(100)).encode() + b"A",
        in_base64(png(100)).encode() + in_base64(png(100)).encode(),
        in_base64(png(300)).encode()[:201],
        in_base64(png(300)).encode().replace(b"A", "ä".encode()),
        base64.b64encode(b"\x89PNG\r\n\x1a\n")[:8],
        base64.b64encode(b"GIF88a" + bytes(40)),
        base64.b64encode(SVG),
        base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt "),
    ],
)
@pytest.mark.parametrize("piece_bytes", [7, 10_000])
def test_what_is_not_a_picture_in_base64_leaves_no_file(tmp_path: Path, text: bytes, piece_bytes: int) -> None:
    pieces = [text[at : at + piece_bytes] for at in range(0, len(text), piece_bytes)]

    with pytest.raises(BadAnswer):
        decoded(tmp_path, pieces)

    assert files(tmp_path) == []


def test_nothing_may_follow_the_padding(tmp_path: Path) -> None:
    padded = in_base64(png(100)).encode()
    assert padded.endswith(b"=")

    with pytest.raises(BadAnswer):
        decoded(tmp_path, [padded, padded])


def test_the_size_of_a_png_is_read_from_its_head(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.new("RGB", (300, 200)).save(content, "PNG")

    assert decoded(tmp_path, [base64.b64encode(content.getvalue())]).size_px == (300, 200)


def test_svg_is_a_picture_where_it_was_asked_for(tmp_path: Path) -> None:
    file = Base64File(0, Spool(tmp_path).new(1, "0"), may_be_svg=True)
    file.write([base64.b64encode(SVG)])

    picture = file.finish()

    assert (picture.media_type, picture.file.read_bytes()) == ("image/svg+xml", SVG)


def test_a_picture_gets_its_name_when_it_is_known_what_it_is(tmp_path: Path) -> None:
    file = Base64File(3, Spool(tmp_path).new(1, "arriving"))
    file.write([in_base64(png(100)).encode()])
    file.end()

    picture = file.finish("preview-3-0")

    assert (picture.index, picture.file.name) == (3, "preview-3-0")
    assert files(tmp_path) == [picture.file]
