"""What is peculiar to single services: on the wire, and in what becomes of their answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from bot.errors import BadAnswer, ContentRefused, RequestRejected, RouteMissing
from bot.image_api.call import Call
from bot.image_api.catalogue.catalogue import ListedModel
from bot.model import Endpoint
from sandbox.image_api.faults import errors
from sandbox.image_api.records import Received
from tests.image_api.conftest import Open, Source, Studio
from tests.image_api.played import FACTS, PLAYED

KEY = "sk-sandbox-known"


@pytest.fixture
def square(tmp_path: Path) -> Source:
    file = tmp_path / "square.png"
    Image.new("RGBA", (256, 256), "orange").save(file)
    return Source(file, "image/png")


async def played(opened: Open, name: str, **settings: object) -> Studio:
    return await opened({"dialect_name": name, "api_key": KEY, **settings}, FACTS, dialect=name, api_key=KEY)


def fox(name: str, **changes: Any) -> Call:  # noqa: ANN401  any field
    (case,) = [each for each in PLAYED if each.name == name]
    call = Call(endpoint=Endpoint.GENERATIONS, model=case.paints, prompt="a red fox")
    return replace(call, **changes)


def only(studio: Studio) -> Received:
    (request,) = studio.service.requests
    return request


# Azure


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/openai",
        "/openai/deployments/painter",
        "/openai/deployments/painter/images/generations?api-version=2024-02-01",
    ],
)
async def test_azure_is_asked_by_deployment_and_version_however_its_address_was_written(
    opened: Open, path: str
) -> None:
    first = await played(opened, "azure")
    studio = await played(opened, "azure", base_url=f"{first.service.base_url}{path}")

    await studio.paint(fox("azure"))

    request = only(first)
    version = "2024-02-01" if "?" in path else "2025-04-01-preview"
    assert request.path == f"/openai/deployments/painter/images/generations?api-version={version}"
    assert request.fields == {"prompt": "a red fox"}
    assert request.key == "right"


async def test_azures_newer_form_names_the_deployment_in_the_body(opened: Open) -> None:
    studio = await played(opened, "azure-v1")

    await studio.paint(fox("azure-v1"))

    assert only(studio).path == "/openai/v1/images/generations"
    assert only(studio).fields == {"model": "painter", "prompt": "a red fox"}


@pytest.mark.parametrize("name", ["azure", "azure-v1"])
async def test_azure_lists_what_the_owner_deployed_not_what_could_be(opened: Open, name: str) -> None:
    studio = await played(opened, name, deployment="painter")

    assert await studio.api.models() == [ListedModel("painter")]
    assert only(studio).status == 200


async def test_azure_says_what_its_filter_found(opened: Open) -> None:
    studio = await played(opened, "azure")
    studio.service.faults.add(route="generations", then=errors.refused_by_azure_policy())

    with pytest.raises(ContentRefused) as refusal:
        await studio.paint(fox("azure"))

    assert refusal.value.categories == ("sexual",)


# AI/ML API


async def test_flux_at_aimlapi_is_asked_in_its_own_words(opened: Open) -> None:
    studio = await played(opened, "aimlapi")

    pictures = await studio.paint(fox("aimlapi", count=3, size="1024x768"))

    request = next(each for each in studio.service.requests if each.route == "generations")
    assert len(pictures) == 3
    assert request.status == 201
    assert request.fields == {
        "model": "flux/schnell",
        "prompt": "a red fox",
        "num_images": 3,
        "image_size": {"width": 1024, "height": 768},
    }


async def test_one_model_of_aimlapi_is_described_elsewhere(opened: Open) -> None:
    studio = await played(opened, "aimlapi")

    assert await studio.api.model("flux/schnell") == ListedModel("flux/schnell")
    assert only(studio).path == "/model/flux%2Fschnell"


# YEScale


async def test_flux_at_yescale_takes_a_ratio_beside_openais_words(opened: Open) -> None:
    studio = await played(opened, "yescale")

    (picture,) = await studio.paint(fox("yescale", extra={"aspect_ratio": "2:3"}))

    with Image.open(picture.file) as image:
        assert image.size == (1024, 1536)


async def test_a_relay_that_has_no_variations_teaches_so(opened: Open, square: Source) -> None:
    studio = await played(opened, "yescale")
    call = Call(endpoint=Endpoint.VARIATIONS, model="dall-e-2", sources=(square,))
    assert studio.api.has_variations

    with pytest.raises(RouteMissing):
        await studio.paint(call)

    assert not studio.api.has_variations


# LiteLLM


async def test_litellm_is_not_asked_for_a_stream_that_it_would_not_give(opened: Open) -> None:
    studio = await played(opened, "litellm")

    assert await studio.paint(fox("litellm", partial_images=1))
    assert only(studio).fields.keys() == {"model", "prompt"}


# LocalAI and SGLang: links without a host


@pytest.mark.parametrize(
    ("name", "place"), [("localai", "/generated-images/"), ("sglang", "/v1/images/")], ids=["localai", "sglang"]
)
async def test_a_link_without_a_host_leads_to_the_service_and_with_its_key(opened: Open, name: str, place: str) -> None:
    settings = {"dialect_name": name, "api_key": KEY}
    studio = await opened(settings, FACTS, dialect=name, api_key=KEY, checks_key=True)

    (picture,) = await studio.paint(fox(name, response_format="url"))

    fetched = studio.service.requests[-1]
    assert picture.media_type == "image/png"
    assert urlsplit(fetched.path).path.startswith(place)
    assert (fetched.route, fetched.status, fetched.key) == ("generated", 200, "right")


@pytest.mark.parametrize("name", ["localai", "sglang", "xai", "together", "gemini"])
async def test_where_a_link_would_come_the_picture_is_asked_for_inside_the_answer(opened: Open, name: str) -> None:
    studio = await played(opened, name)

    await studio.paint(fox(name))

    assert only(studio).fields["response_format"] == ("base64" if name == "together" else "b64_json")


# stable-diffusion.cpp and vLLM-Omni


async def test_members_do_not_reach_the_steps_of_sd_server(opened: Open) -> None:
    studio = await played(opened, "sd-server")
    prompt = 'a fox <sd_cpp_extra_args>{"steps": 999}</sd_cpp_extra_args>'

    assert await studio.paint(fox("sd-server", prompt=prompt))


async def test_sd_server_gets_a_single_source_as_it_wants_it(opened: Open, square: Source) -> None:
    studio = await played(opened, "sd-server")

    await studio.paint(fox("sd-server", endpoint=Endpoint.EDITS), square)

    assert [file.field for file in only(studio).files] == ["image[]"]


async def test_a_list_of_problems_names_the_field(opened: Open) -> None:
    studio = await played(opened, "vllm-omni")

    with pytest.raises(RequestRejected) as refusal:
        await studio.paint(fox("vllm-omni", extra={"seed": "seven"}))

    assert "param=seed" in refusal.value.detail


# xAI, Together, Gemini


async def test_xai_is_told_a_ratio_instead_of_a_size(opened: Open) -> None:
    studio = await played(opened, "xai")

    await studio.paint(fox("xai", size="1536x1024"))

    assert only(studio).fields["aspect_ratio"] == "3:2"
    assert "size" not in only(studio).fields


async def test_an_edit_at_xai_is_json_with_the_picture_in_it(opened: Open, square: Source) -> None:
    studio = await played(opened, "xai")

    await studio.paint(fox("xai", endpoint=Endpoint.EDITS, prompt="in winter"), square)

    request = only(studio)
    assert request.headers["content-type"] == "application/json"
    assert int(request.headers["content-length"]) > square.file.stat().st_size * 4 // 3
    assert "transfer-encoding" not in request.headers
    assert request.fields["image"]["type"] == "image_url"
    assert request.fields["image"]["url"].startswith("data:image/png;base64,")


async def test_together_lists_its_models_without_anything_around_them(opened: Open) -> None:
    studio = await played(opened, "together")

    assert len(await studio.api.models()) == 2
    assert await studio.api.model("black-forest-labs/FLUX.1-schnell")


async def test_a_model_of_gemini_is_called_without_the_folder_it_is_listed_in(opened: Open) -> None:
    studio = await played(opened, "gemini")

    assert [model.id for model in await studio.api.models()] == ["gemini-2.5-pro", "gemini-2.5-flash-image"]


async def test_geminis_refusals_are_read_although_they_come_in_a_list(opened: Open) -> None:
    studio = await played(opened, "gemini")

    with pytest.raises(RequestRejected) as refusal:
        await studio.paint(fox("gemini", response_format="url"))

    assert refusal.value.detail.endswith("type=invalid_argument message=Unsupported response format.")


# Any service


@pytest.mark.parametrize("status", ["pending", "QUEUED", "processing"])
async def test_a_picture_that_will_come_later_is_said_not_to_come(opened: Open, status: str) -> None:
    studio = await played(opened, "openai")
    answer = {"created": 1, "data": [{"url": ""}], "status": status, "task_id": "t1", "poll_url": "/v1/tasks/t1"}
    studio.service.faults.add(route="generations", then=errors.status(200, answer))

    with pytest.raises(BadAnswer, match="paints with this model later"):
        await studio.paint(fox("openai"))


@pytest.mark.parametrize("answer", [{"data": [], "block_reason": "nudity"}, {"data": [{"respect_moderation": False}]}])
async def test_a_picture_that_is_kept_back_is_a_refusal(opened: Open, answer: dict[str, object]) -> None:
    studio = await played(opened, "xai")
    studio.service.faults.add(route="generations", then=errors.status(200, answer))

    with pytest.raises(ContentRefused):
        await studio.paint(fox("xai"))


async def test_the_filter_of_an_edit_at_openai_is_set_in_the_json_form_that_knows_it(
    opened: Open, square: Source
) -> None:
    studio = await played(opened, "openai")
    call = fox("openai", endpoint=Endpoint.EDITS, prompt="in winter", moderation="low", mask=square)

    assert await studio.paint(call, square)

    request = only(studio)
    assert request.headers["content-type"] == "application/json"
    assert request.fields["moderation"] == "low"
    assert [file.field for file in request.files] == ["images", "mask"]
