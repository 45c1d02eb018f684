"""POST /v1/images/edits and /variations: pictures in, pictures out."""

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from sandbox.image_api.drawing.painting import Commission, paint
from sandbox.image_api.server import FakeImageApi
from tests.sandbox.image_api.calls import MODEL, data_url, form, opened, picture, post, read
from tests.sandbox.image_api.conftest import Start

EDIT = {"model": MODEL, "prompt": "make it night"}
PNG = "image/png"
SCENE = paint(Commission(prompt="a lighthouse by the sea", width_px=256, height_px=256))
STRANGER = paint(Commission(prompt="a fox in the woods", width_px=256, height_px=256))
FAR = 35  # variations of SCENE come to 15…30, other scenes to more than 40


def unlikeness(one: bytes, other: bytes) -> float:
    """How far two pictures' shapes are apart, 0…255, whichever of them is mirrored."""
    small, target = (ImageOps.autocontrast(opened(content).convert("L").resize((24, 24))) for content in (one, other))
    both = (small, ImageOps.mirror(small))
    return min(float(ImageStat.Stat(ImageChops.difference(image, target)).mean[0]) for image in both)


async def test_an_edit_keeps_the_source_recognisable_and_changes_it(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    reply = await post(service, client, "edits", form(("image", SCENE, PNG), model=MODEL, prompt="again", n="2"))

    assert reply.status == 200
    assert len(set(reply.pictures)) == 2
    assert all(5 < unlikeness(content, SCENE) < FAR for content in reply.pictures)
    assert unlikeness(STRANGER, SCENE) > FAR
    assert service.requests[0].files[0].size_bytes == len(SCENE)
    assert service.requests[0].files[0].content_type == PNG


async def test_only_the_clear_places_of_a_mask_change(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 128, 256))
    cut = io.BytesIO()
    mask.save(cut, "PNG")

    reply = await post(
        service, client, "edits", form(("image", SCENE, PNG), ("mask", cut.getvalue(), PNG), **EDIT, size="1024x1024")
    )

    before = opened(SCENE).convert("RGB").resize((1024, 1024), Image.Resampling.LANCZOS)
    changed = ImageChops.difference(before, opened(reply.pictures[0]).convert("RGB"))
    left, right = changed.crop((0, 0, 500, 600)), changed.crop((530, 0, 1024, 600))
    assert ImageStat.Stat(left).mean[0] > 20
    assert ImageStat.Stat(right).mean[0] < 2


async def test_sixteen_sources_are_taken_and_seventeen_are_not(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    sixteen = [("image[]", picture(), PNG)] * 16

    taken = await post(service, client, "edits", form(*sixteen, **EDIT))
    refused = await post(service, client, "edits", form(*sixteen, ("image[]", picture(), PNG), **EDIT))

    assert taken.status == 200
    assert len(service.requests[0].files) == 16
    assert refused.status == 400


async def test_the_json_form_takes_data_urls(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    body: dict[str, Any] = EDIT | {"images": [{"image_url": data_url(SCENE)}], "moderation": "low"}

    reply = await post(service, client, "edits", body)

    assert reply.status == 200
    assert service.requests[0].files[0].size_bytes == len(SCENE)
    assert len(str(service.requests[0].fields)) < 500, "the record is not filled with base64"


@pytest.mark.parametrize(
    "images",
    [
        [],
        "x",
        [{"image_url": data_url(SCENE), "file_id": "file-1"}],
        [{"url": "x"}],
        [{"image_url": "https://example.com/cat.png"}],
        [{"image_url": "data:image/png;base64,%%%"}],
        [{"image_url": data_url(b"not a picture")}],
    ],
)
async def test_a_wrong_reference_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, images: object
) -> None:
    reply = await post(service, client, "edits", EDIT | {"images": images})

    assert reply.status == 400


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (SCENE, "application/octet-stream", "unsupported_file_mimetype"),
        (SCENE, "image/gif", "unsupported_file_mimetype"),
        (b"not a picture", PNG, "invalid_image_file"),
        (SCENE[:2000], PNG, "invalid_image_file"),
        (picture(mode="P", kind="GIF"), PNG, "invalid_image_file"),
    ],
)
async def test_a_file_that_is_no_usable_picture_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, content: bytes, content_type: str, code: str
) -> None:
    reply = await post(service, client, "edits", form(("image", content, content_type), **EDIT))

    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, code, "image")
    assert service.paid_pictures == 0


async def test_the_mimetype_refusal_has_openais_words(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    reply = await post(service, client, "edits", form(("image", SCENE, "application/octet-stream"), **EDIT))

    assert reply.error["message"].startswith("Invalid file 'image': unsupported mimetype ('application/octet-stream')")


@pytest.mark.parametrize(
    "mask",
    [picture((64, 64)), picture((256, 256), mode="RGB"), picture((256, 256), mode="RGB", kind="JPEG")],
)
async def test_a_mask_that_does_not_fit_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, mask: bytes
) -> None:
    reply = await post(service, client, "edits", form(("image", SCENE, PNG), ("mask", mask, PNG), **EDIT))

    assert (reply.status, reply.error["param"]) == (400, "mask")


async def test_the_marks_of_a_markup_are_seen_where_the_model_knows_it(
    service: FakeImageApi, client: aiohttp.ClientSession
) -> None:
    marks = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    marks.paste((255, 0, 0, 255), (0, 0, 128, 256))
    drawn = io.BytesIO()
    marks.save(drawn, "PNG")
    words = {"model": "gpt-image-2.5-flare", "prompt": "again"}

    plain = await post(service, client, "edits", form(("image", SCENE, PNG), **words))
    marked = await post(
        service, client, "edits", form(("image", SCENE, PNG), ("markup", drawn.getvalue(), PNG), **words)
    )

    assert unlikeness(marked.pictures[0], plain.pictures[0]) > FAR


@pytest.mark.parametrize(
    "others", [[("markup", picture((64, 64)))], [("markup", picture((256, 256))), ("mask", picture((256, 256)))]]
)
async def test_a_markup_that_does_not_fit_is_refused(
    service: FakeImageApi, client: aiohttp.ClientSession, others: list[tuple[str, bytes]]
) -> None:
    files = [("image", SCENE, PNG), *((name, content, PNG) for name, content in others)]

    reply = await post(service, client, "edits", form(*files, model="gpt-image-2.5-flare", prompt="again"))

    assert (reply.status, reply.error["param"]) == (400, "markup")


@pytest.mark.parametrize("name", ["picture", "markup"])
async def test_a_file_under_another_name_is_an_unknown_parameter(
    service: FakeImageApi, client: aiohttp.ClientSession, name: str
) -> None:
    reply = await post(service, client, "edits", form(("image", SCENE, PNG), (name, SCENE, PNG), **EDIT))

    assert (reply.error["code"], reply.error["param"]) == ("unknown_parameter", name)


async def test_an_edit_without_a_picture_is_refused(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    assert (await post(service, client, "edits", form(**EDIT))).error["param"] == "image"


@pytest.mark.parametrize("switch", ["variations", "moderations"])
async def test_a_closed_route_is_an_empty_404_even_without_a_key(
    start: Start, client: aiohttp.ClientSession, switch: str
) -> None:
    service = await start(variations=False, moderations=False)
    path = "moderations" if switch == "moderations" else "images/variations"

    async with client.post(f"{service.base_url}/{path}", data=b"x") as response:
        assert (response.status, await response.read()) == (404, b"")
        assert "Content-Type" not in response.headers
        assert "x-request-id" not in response.headers


async def test_variations_resemble_their_source_and_differ_from_each_other(
    start: Start, client: aiohttp.ClientSession
) -> None:
    service = await start(variations=True)
    source = picture_of(SCENE)

    body = form(("image", source, PNG), model="dall-e-2", n="3", size="256x256", response_format="b64_json")
    reply = await post(service, client, "variations", body)

    assert reply.status == 200
    assert len(set(reply.pictures)) == 3
    assert {opened(content).size for content in reply.pictures} == {(256, 256)}
    assert all(5 < unlikeness(content, SCENE) < FAR for content in reply.pictures)
    assert service.paid_pictures == 3


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (picture((64, 32)), "square"),
        (picture(mode="RGB"), "format must be in ['RGBA', 'LA', 'L'], got RGB"),
        (picture(mode="RGB", kind="JPEG"), "must be a PNG and less than 4 MB"),
    ],
)
async def test_dall_e_2_is_particular_about_its_source(
    start: Start, client: aiohttp.ClientSession, source: bytes, says: str
) -> None:
    service = await start(variations=True)

    reply = await post(service, client, "variations", form(("image", source, PNG), model="dall-e-2"))

    assert reply.status == 400
    assert says in reply.error["message"]


async def test_only_dall_e_2_makes_variations(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(variations=True)

    reply = await post(service, client, "variations", form(("image", picture(), PNG), model=MODEL))
    extra = await post(service, client, "variations", form(("image", picture(), PNG), model="dall-e-2", prompt="x"))

    assert (reply.error["param"], extra.error["param"]) == ("model", "prompt")


def picture_of(content: bytes) -> bytes:
    """The same with an alpha channel, as dall-e-2 wants it."""
    file = io.BytesIO()
    opened(content).convert("RGBA").save(file, "PNG")
    return file.getvalue()


async def test_dall_e_2_edits_with_alpha_or_with_a_mask(start: Start, client: aiohttp.ClientSession) -> None:
    service = await start(variations=True)
    fields = {"model": "dall-e-2", "prompt": "a hat", "size": "256x256", "response_format": "b64_json"}
    plain, mask = ("image", picture(mode="RGB"), PNG), ("mask", picture(), PNG)

    clear = await post(service, client, "edits", form(("image", picture(), PNG), **fields))
    masked = await post(service, client, "edits", form(plain, mask, **fields))
    neither = await post(service, client, "edits", form(plain, **fields))
    as_json = await post(service, client, "edits", fields | {"images": [{"image_url": data_url(picture())}]})

    assert [opened(reply.pictures[0]).size for reply in (clear, masked)] == [(256, 256), (256, 256)]
    assert neither.status == 400
    assert (as_json.error["code"], as_json.error["param"]) == ("unknown_parameter", "images")


async def test_a_part_without_any_type_is_told_apart(service: FakeImageApi, client: aiohttp.ClientSession) -> None:
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in ((b"model", b"", b"gpt-image-2"), (b"prompt", b"", b"x"), (b"image", b'; filename="a.png"', SCENE))
    )
    headers = {"Authorization": f"Bearer {service.api_key}", "Content-Type": "multipart/form-data; boundary=x"}

    async with client.post(f"{service.base_url}/images/edits", data=parts + b"--x--\r\n", headers=headers) as response:
        reply = await read(response)

    assert (reply.status, reply.error["code"]) == (400, "missing_file_mimetype")
