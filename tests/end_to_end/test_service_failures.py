"""What the image service fails: private words, no charge, and `Try again`."""

import re
import socket
from collections.abc import Callable

import pytest

from sandbox.image_api.faults import answers, errors, stream_wire, wire
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import call_states, charged, jobs, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, finished, paints, public, refused, says
from tests.scene import Scene

DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)


FAILURES: dict[str, tuple[Callable[[], Fault], str]] = {
    "no money": (errors.insufficient_quota, "owner has to look into it"),
    "billing limit": (errors.billing_hard_limit, "owner has to look into it"),
    "wrong key": (errors.wrong_key, "owner has to look into it"),
    "safety system": (lambda: errors.refused_by_safety("sexual"), "refused this request for sexual content"),
    "policy": (errors.refused_by_policy, "image service refused this request"),
    "refused as sent": (lambda: errors.message_error(400), "does not take this as it is"),
    "come back in an hour": (lambda: errors.rate_limited("3600"), "too busy"),
    "a proxy's page": (errors.html_page, "image service failed"),
    "corrupt": (answers.corrupt_base64, "without a usable picture"),
    "html as a picture": (answers.html_as_base64, "without a usable picture"),
    "nothing": (answers.no_pictures, "without a usable picture"),
    "half an answer": (wire.half_body, "did not answer in time"),
    "lost after sending": (wire.reset, "did not answer in time"),
    "lost after the work": (lambda: wire.reset(after_the_work=True), "did not answer in time"),
    "an empty 404": (lambda: errors.empty(404), "does not offer this"),
    "an empty 201": (errors.empty, "without a usable picture"),
    "html": (answers.text_in_success, "without a usable picture"),
    "200 with an error": (answers.error_in_success, "without a usable picture"),
    "a link into this machine": (lambda: answers.urls(["http://127.0.0.1:1/x.png"]), "without a usable picture"),
    "a redirect": (lambda: errors.status(302, headers={"Location": "/v1/models"}), "owner has to look into it"),
    "2 GiB": (lambda: wire.huge_body(2 * 1024**3), "without a usable picture"),
    "a gzip bomb": (lambda: wire.gzip_bomb(200 * 1024**2), "without a usable picture"),
    "a stream with an error": (
        lambda: stream_wire.just(b'data: {"error": {"message": "no", "code": "moderation_blocked"}}\n\n'),
        "image service refused this request",
    ),
    "a stream without a picture": (lambda: stream_wire.just(b"data: [DONE]\n\n"), "did not answer in time"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_of_the_image_service_is_said_privately_and_not_repeated_by_itself(
    scene: Scene, name: str
) -> None:
    fault, sentence = FAILURES[name]
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.faults.add(route="generations", then=fault())

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await refused(asked)

    assert card.ephemeral
    assert sentence in card.text
    assert card.buttons == ["Try again"]
    assert ben.sees() == []
    assert len(scene.images.records.of("generations")) == 1, "it may have been paid already"
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)
    assert [file for file in (scene.settings.data_dir / "spool").rglob("*") if file.is_file()] == []
    again = await ada.click(card, "Try again")
    await finished(again)
    assert len(public(ben)[0].attachments) == 1
    assert charged(scene, ada) == 1


@pytest.mark.parametrize(
    "fault", [lambda: errors.overloaded("0.05"), lambda: errors.rate_limited("0.05"), errors.slow_down]
)
async def test_a_busy_service_is_asked_again(
    open_scene: Open, hurried: HurriedClock, fault: Callable[[], Fault]
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=fault(), times=2)

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    assert len(scene.images.records.of("generations")) == 3
    assert (charged(scene, ada), scene.images.paid_pictures) == (1, 1)


async def test_fewer_pictures_than_asked_are_posted_and_only_they_are_charged(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=answers.fewer(2))

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", count=4))

    [post] = public(ada)
    assert len(post.attachments) == 2
    assert "18 left today" in post.text
    assert "2 pictures did not come" in card.text
    assert (charged(scene, ada), reserved(scene, ada)) == (2, 0)


async def test_three_of_four_calls_that_go_well_are_posted_and_charged(open_scene: Open) -> None:
    scene = await open_scene(images={"models": (*DEFAULT_MODELS, DALL_E)})
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.refused_by_safety())

    card = await finished(await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=4))

    [post] = public(ada)
    assert len(post.attachments) == 3
    assert post.buttons[-2:] == ["Again", "Delete"]
    assert "1 picture did not come" in card.text
    assert (charged(scene, ada), reserved(scene, ada)) == (3, 0)


async def test_a_service_that_cannot_be_reached_is_said_so(open_scene: Open, hurried: HurriedClock) -> None:
    with socket.socket() as reserved_port:
        reserved_port.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it, and it refuses
        base_url = f"http://127.0.0.1:{reserved_port.getsockname()[1]}/v1"
        scene = await open_scene(clock=hurried, moderation="off", openai_base_url=base_url)
        ada = scene.guest("Ada")

        card = await refused(await ada.slash("imagine", prompt="a red bicycle"))

        assert "cannot be reached" in card.text
        assert card.buttons == ["Try again"]
        assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)


async def test_an_unknown_failure_shows_a_number_that_finds_the_log_line(
    open_scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(start=False)
    scene.settings.data_dir.mkdir(parents=True)
    (scene.settings.data_dir / "spool").write_text("a file where a folder should be", encoding="utf-8")
    await scene.start()
    ada = scene.guest("Ada")

    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))

    number = re.search(r"number: (\w+)", card.text)
    assert number is not None
    assert number[1] in caplog.text
    assert "Error" not in card.text
    assert NOT_CHARGED in card.text
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)
    assert call_states(scene) == ["failed"]


async def test_try_again_is_for_the_person_who_asked(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))
    custom_id = card.control("Try again").custom_id
    assert custom_id is not None

    pressed = await ben.click(card, custom_id, raw=True)
    answer = await pressed.answer()

    assert answer.ephemeral
    assert "Only the person who asked" in answer.text
    assert len(jobs(scene)) == 1


async def test_a_refusal_is_the_last_word_of_the_card(scene: Scene) -> None:
    """`Painting…` is shown by a task of its own and must not come after."""
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await refused(asked)
    await paints(scene, ada)

    assert asked.message is not None
    assert says(NOT_CHARGED)(asked.message)
