"""Pictures that members upload."""

import io

from PIL import Image

from sandbox.guest import Upload


def picture(size: tuple[int, int] = (300, 200), form: str = "PNG", colour: str = "orange") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, form)
    return stream.getvalue()


CAT = Upload("cat.png", picture())
