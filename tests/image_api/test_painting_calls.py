"""Pictures come from a real service over a real socket to real files; what is sent is what the plan says."""

import hashlib
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import BadAnswer, InvalidRequest, RouteMissing
from bot.image_api.call import Call
from bot.image_api.events import Accepted, Done, Painted
from bot.model import Endpoint
from sandbox.image_api.faults import answers, errors
from sandbox.image_api.models import DEFAULT_MODELS, RETIRED_DALL_E_3
from tests.image_api.answers import in_base64, png
from tests.image_api.conftest import Open, Source, Studio


@pytest.fixture
def square(tmp_path: Path) -> Source:
    file = tmp_path / "square.png"
    Image.new("RGBA", (256, 256), (200, 120, 40, 255)).save(file)
    return Source(file, "image/png")


async def test_pictures_land_on_the_spool_as_the_service_sent_them(studio: Studio) -> None:
    call = Call(
        endpoint=Endpoint.GENERATIONS, model="gpt-image-2", prompt="a red fox", count=3, size="1024x1536", quality="low"
    )

    pictures = await studio.paint(call)

    assert [picture.index for picture in pictures] == [0, 1, 2]
    assert studio.files == ["0", "1", "2"]
    for picture in pictures:
        content = picture.file.read_bytes()
        assert (picture.size_bytes, picture.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert picture.media_type == "image/png"
        assert picture.size_px == (1024, 1536)
        with Image.open(picture.file) as image:
            assert image.size == (1024, 1536)
    assert len({picture.sha256 for picture in pictures}) == 3


async def test_only_what_was_asked_for_is_sent(studio: Studio, fox: Call) -> None:
    await studio.paint(fox)

    (request,) = studio.service.requests
    assert request.fields == {"model": "gpt-image-2", "prompt": "a red fox in the snow"}
    assert request.key == "right"
    assert request.headers["accept-encoding"] == "identity"
    assert "openai-organization" not in request.headers
    assert studio.service.paid_pictures == 1


async def test_what_the_model_does_not_take_costs_no_request(studio: Studio, square: Source, fox: Call) -> None:
    edit = replace(fox, endpoint=Endpoint.EDITS, sources=(square,))

    for call in (
        replace(fox, size="1000x1000"),
        replace(fox, style="vivid"),
        replace(fox, model="dall-e-3", count=2),
        replace(edit, input_fidelity="high"),
        replace(edit, mask=replace(square, media_type="image/jpeg")),
        replace(edit, sources=()),
    ):
        with pytest.raises(InvalidRequest):
            await studio.paint(call)

    assert studio.service.requests == []
    assert studio.files == []


async def test_organization_and_project_are_named(opened: Open, fox: Call) -> None:
    studio = await opened({"organization": "org-1", "project": "proj-2"})

    await studio.paint(fox)

    (request,) = studio.service.requests
    assert request.headers["openai-organization"] == "org-1"
    assert request.headers["openai-project"] == "proj-2"


async def test_the_base_url_may_lack_its_version(opened: Open, fox: Call) -> None:
    studio = await opened()
    shorter = await opened({"base_url": studio.service.base_url.removesuffix("/v1"), "api_key": studio.service.api_key})

    await shorter.paint(fox)

    assert len(studio.service.requests) == 1


async def test_a_second_call_of_a_job_continues_its_numbers(opened: Open) -> None:
    studio = await opened(models=(*DEFAULT_MODELS, RETIRED_DALL_E_3))
    calls = [
        Call(
            endpoint=Endpoint.GENERATIONS,
            model="dall-e-3",
            prompt="a fox",
            count=1,
            first_index=index,
        )
        for index in range(2)
    ]

    pictures = [picture for call in calls for picture in await studio.paint(call)]

    assert [picture.index for picture in pictures] == [0, 1]
    assert studio.files == ["0", "1"]


async def test_an_edit_uploads_the_picture_with_its_type(studio: Studio, square: Source) -> None:
    call = Call(endpoint=Endpoint.EDITS, model="gpt-image-2", prompt="a new variation", count=2)

    pictures = await studio.paint(call, square)

    (request,) = studio.service.requests
    (file,) = request.files
    assert (file.field, file.filename, file.content_type) == ("image", "picture.png", "image/png")
    assert file.sha256 == hashlib.sha256(square.file.read_bytes()).hexdigest()
    assert request.fields == {"model": "gpt-image-2", "prompt": "a new variation", "n": "2"}
    assert len(pictures) == 2


async def test_variations_are_painted_where_the_service_has_them(opened: Open, square: Source) -> None:
    studio = await opened(variations=True)
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", prompt="", count=4)

    pictures = await studio.paint(call, square)

    assert len(pictures) == 4
    assert studio.service.requests[0].fields == {"model": "dall-e-2", "n": "4", "response_format": "b64_json"}
    assert studio.api.has_variations


async def test_a_service_without_variations_is_remembered(studio: Studio, square: Source) -> None:
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", prompt="", count=1)
    assert studio.api.has_variations

    with pytest.raises(RouteMissing):
        await studio.paint(call, square)

    assert not studio.api.has_variations
    assert len(studio.service.requests) == 1


@pytest.mark.parametrize("relative", [False, True])
async def test_pictures_by_link_are_fetched_at_once(opened: Open, relative: bool) -> None:
    studio = await opened(models=(*DEFAULT_MODELS, RETIRED_DALL_E_3), relative_urls=relative)
    call = Call(endpoint=Endpoint.GENERATIONS, model="dall-e-3", prompt="a fox", response_format="url")

    (picture,) = await studio.paint(call)

    assert picture.media_type == "image/png"
    with Image.open(picture.file) as image:
        assert image.size == (1024, 1024)


async def test_a_data_url_is_a_picture_too(studio: Studio, fox: Call, square: Source) -> None:
    content = square.file.read_bytes()
    studio.service.faults.add(route="generations", then=answers.urls([f"data:image/png;base64,{in_base64(content)}"]))

    (picture,) = await studio.paint(fox)

    assert picture.file.read_bytes() == content


async def test_svg_is_a_picture_where_the_call_asked_for_it(studio: Studio, fox: Call) -> None:
    drawing = replace(fox, model="a-model-that-draws", output_format="svg")
    content = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1z"/></svg>'
    )
    address = f"data:image/svg+xml;base64,{in_base64(content)}"
    studio.service.faults.add(route="generations", then=answers.urls([address]), times=2)

    (picture,) = await studio.paint(drawing)
    with pytest.raises(BadAnswer):
        await studio.paint(fox)

    assert picture.media_type == "image/svg+xml"
    assert picture.file.read_bytes() == content


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/secret.png",
        "http://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/x.png",
        "file:///etc",
    ],
)
async def test_a_link_into_a_private_network_is_not_followed(studio: Studio, fox: Call, address: str) -> None:
    studio.service.faults.add(route="generations", then=answers.urls([address]))

    with pytest.raises(BadAnswer):
        await studio.paint(fox)

    assert studio.files == []


async def test_a_link_that_leads_elsewhere_is_not_followed(studio: Studio, fox: Call) -> None:
    target = f"{studio.service.base_url}/models"
    studio.service.faults.add(route="generations", then=answers.redirecting_url(target))

    with pytest.raises(BadAnswer):
        await studio.paint(fox)

    assert [request.route for request in studio.service.requests] == ["generations"]


async def test_what_a_link_brings_must_be_a_picture(opened: Open) -> None:
    studio = await opened(models=(*DEFAULT_MODELS, RETIRED_DALL_E_3))
    studio.service.faults.add(route="generated", then=errors.status(200, "<html>gone</html>"))
    call = Call(endpoint=Endpoint.GENERATIONS, model="dall-e-3", prompt="a fox", response_format="url")

    with pytest.raises(BadAnswer) as failure:
        await studio.paint(call)

    assert "not a picture" in failure.value.detail
    assert studio.files == []


async def test_fewer_pictures_than_asked_are_still_pictures(studio: Studio, fox: Call) -> None:
    studio.service.faults.add(route="generations", then=answers.fewer(2))
    call = Call(endpoint=fox.endpoint, model=fox.model, prompt=fox.prompt, count=4)

    assert len(await studio.paint(call)) == 2


async def test_an_error_behind_the_pictures_says_why_there_are_fewer(
    studio: Studio, fox: Call, caplog: pytest.LogCaptureFixture
) -> None:
    then = answers.pictures(png(300), error={"message": "the second one was too much", "code": "worn_out"})
    studio.service.faults.add(route="generations", then=then)

    caplog.set_level("WARNING")
    events = await studio.report(replace(fox, count=2))

    assert [type(event) for event in events] == [Accepted, Painted, Done]
    assert "worn_out" in caplog.text


async def test_a_wrong_content_type_does_not_cost_a_picture(studio: Studio, fox: Call) -> None:
    studio.service.faults.add(route="generations", then=answers.wrong_content_type())

    assert len(await studio.paint(fox)) == 1


async def test_leaving_early_ends_the_request_and_leaves_no_half_file(studio: Studio, fox: Call) -> None:
    call = Call(endpoint=fox.endpoint, model=fox.model, prompt=fox.prompt, count=4)

    async with aclosing(studio.events(call)) as events:
        async for event in events:
            if isinstance(event, Painted):
                assert event.picture.index == 0
                break

    assert "0" in studio.files
    assert all(not name.startswith(".") for name in studio.files)


async def test_the_key_is_in_no_representation(studio: Studio) -> None:
    assert studio.service.api_key not in repr(studio.api._http.service)
