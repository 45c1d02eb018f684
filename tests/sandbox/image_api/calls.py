"""Calls of the image service as a plain client makes them."""

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from sandbox.image_api.server import FakeImageApi

MODEL = "gpt-image-2"
DRAWING = {"model": MODEL, "prompt": "a badger in a tuxedo"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    json: Any

    @property
    def error(self) -> Any:  # noqa: ANN401  JSON
        return self.json["error"]

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Name and data of each event of a stream that is written as OpenAI writes it."""
        texts = self.body.decode().removesuffix("\n\n").split("\n\n")
        lines = [text.split("\n") for text in texts]
        return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in lines]

    @property
    def pictures(self) -> list[bytes]:
        return [base64.b64decode(item["b64_json"], validate=True) for item in self.json["data"]]


async def post(
    service: FakeImageApi, client: aiohttp.ClientSession, route: str, body: dict[str, Any] | aiohttp.FormData
) -> Reply:
    """POST to «generations», «edits», «variations» or «moderations»."""
    path = route if route == "moderations" else f"images/{route}"
    data = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
    headers = {"Authorization": f"Bearer {service.api_key}"}
    async with client.post(f"{service.base_url}/{path}", headers=headers, **data) as response:
        return await read(response)


async def get(service: FakeImageApi, client: aiohttp.ClientSession, path: str) -> Reply:
    headers = {"Authorization": f"Bearer {service.api_key}"}
    async with client.get(f"{service.base_url}/{path}", headers=headers) as response:
        return await read(response)


async def read(response: aiohttp.ClientResponse) -> Reply:
    body = await response.read()
    is_json = response.content_type == "application/json" and body
    return Reply(
        response.status,
        {name.lower(): value for name, value in response.headers.items()},
        body,
        await response.json() if is_json else None,
    )


def form(*files: tuple[str, bytes, str | None], **fields: str) -> aiohttp.FormData:
    """A multipart form; a file is (field, content, content type)."""
    data = aiohttp.FormData(default_to_multipart=True)
    for name, text in fields.items():
        data.add_field(name, text)
    for name, content, content_type in files:
        data.add_field(name, content, filename="picture.png", content_type=content_type)
    return data


def picture(size: tuple[int, int] = (64, 64), *, mode: str = "RGBA", colour: str = "teal", kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, colour).save(content, kind)
    return content.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def data_url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
