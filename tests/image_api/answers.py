"""Answers of an image service for tests, and what a cutter makes of them."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from bot.image_api.answers.cutter import PictureCutter, PictureEnd, PictureText

PNG = b"\x89PNG\r\n\x1a\n"


def png(size_bytes: int, seed: int = 0) -> bytes:
    """Bytes that begin like a PNG."""
    return PNG + bytes((seed + at * at) % 256 for at in range(size_bytes - len(PNG)))


def in_base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@dataclass(slots=True)
class Cut:
    """What was cut out of an answer: the text of each picture, and the rest."""

    pictures: list[bytes] = field(default_factory=list)
    rest: object = None


def cut(chunks: Iterable[bytes]) -> Cut:
    cutter, result, text = PictureCutter(), Cut(), b""
    for chunk in chunks:
        for event in cutter.feed(chunk):
            match event:
                case PictureText(piece):
                    text += piece
                case PictureEnd():
                    result.pictures.append(text)
                    text = b""
    result.rest = cutter.finish()
    return result


def split(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(body) + 1) for place in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(places)]
