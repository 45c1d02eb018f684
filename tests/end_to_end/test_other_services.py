"""The whole bot at services that are unlike OpenAI, with moderation at another one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.image_api.faults import errors
from sandbox.image_api.server import FakeImageApi
from tests.end_to_end.books import charged, jobs, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import ends, finished, public, refused
from tests.end_to_end.uploads import CAT
from tests.scene import Scene
from tests.shell import opened_shell

CANNOT_START = 78  # see docs/operations.md


@pytest.fixture
async def moderation() -> AsyncIterator[FakeImageApi]:
    service = FakeImageApi()
    await service.start()
    yield service
    await service.stop()


async def scene_at(open_scene: Open, moderation: FakeImageApi, dialect: str, model: str | None) -> Scene:
    return await open_scene(
        images={"dialect": dialect},
        image_dialect=dialect,
        image_model=model,
        moderation_base_url=moderation.base_url,
        moderation_api_key=moderation.api_key,
    )


async def test_at_azure_a_deployment_paints_and_edits_and_another_service_checks(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "azure", "painter")
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a badger wearing a tuxedo", count=2))
    await finished(await ada.slash("vary", image=CAT, prompt="at night"))

    paths = [request.path.partition("?")[0] for request in scene.images.requests if request.method == "POST"]
    assert set(paths) == {
        "/openai/deployments/painter/images/generations",
        "/openai/deployments/painter/images/edits",
    }
    assert {request.key for request in scene.images.requests} == {"right"}
    assert charged(scene, ada) == 3
    assert "painter" in public(ada)[0].text
    assert scene.images.unknown_routes == []
    assert {request.route for request in moderation.requests} == {"moderations"}


async def test_at_azure_the_services_own_filter_costs_nothing_and_is_said_in_private(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "azure", "painter")
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.trouble(scene.images.kind, "content"), times=None)

    card = await refused(await ada.slash("imagine", prompt="a quiet harbour"))

    assert card.ephemeral
    assert "The image service refused this request" in card.text
    await until_states(scene, "failed")
    assert charged(scene, ada) == 0


async def test_at_azure_no_other_model_is_offered_than_the_deployment(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "azure", "painter")

    answer = await (await scene.guest("Ada").slash("models")).answer()

    assert "painter" in answer.text
    assert "gpt-image" not in answer.text


async def test_at_sglang_without_a_key_pictures_are_painted_and_edited_and_another_service_checks(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "sglang", None)
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red fox"))
    await finished(await ada.slash("vary", image=CAT))
    words = await refused(await ada.slash("imagine", prompt="a forbidden fox"))

    assert "flagged" in words.text
    assert [request.route for request in scene.images.requests if request.method == "POST"] == ["generations", "edits"]
    assert charged(scene, ada) == 2
    assert scene.images.unknown_routes == []


async def test_a_service_that_cannot_edit_says_so_before_anything_is_sent(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "localai", None)
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red fox"))
    answer = await ends(await ada.slash("vary", image=CAT), "no model that can vary pictures")

    assert answer.ephemeral
    assert [request.route for request in scene.images.requests if request.method == "POST"] == ["generations"]
    assert charged(scene, ada) == 1


async def test_what_the_service_cannot_be_told_is_said_when_it_is_asked_for(
    open_scene: Open, moderation: FakeImageApi
) -> None:
    scene = await scene_at(open_scene, moderation, "gemini", "gpt-image-2")

    answer = await ends(
        await scene.guest("Ada").slash("imagine", prompt="a fox", size="1024x1024"), "takes no size. Leave it out"
    )

    assert answer.ephemeral
    assert jobs(scene) == []


async def test_a_service_without_moderations_stops_the_start_without_being_asked(tmp_path: Path) -> None:
    async with opened_shell(tmp_path, dialect="sglang") as shell:
        ended = await shell.easel(IMAGE_DIALECT="sglang")

    assert ended.status == CANNOT_START
    assert "has no moderations: set MODERATION_BASE_URL" in ended.err
    assert shell.images.requests == []
