"""What is asked in a wrong way, flagged, or failed by a service: private words, no charge, and the bot goes on."""

import asyncio
import re
import socket
from collections.abc import Callable

import pytest

from sandbox.image_api import faults_answers as answers
from sandbox.image_api import faults_errors as errors
from sandbox.image_api import faults_wire as wire
from sandbox.image_api.faults import Fault
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import charged, jobs, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, finished, paints, pings, public, refused, says
from tests.scene import Scene

DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)

BAD_REQUESTS = {
    "empty": ({"prompt": ""}, "prompt is empty"),
    "blank": ({"prompt": "  \t \n "}, "prompt is empty"),
    "only control characters": ({"prompt": "\x00\x07\x1b"}, "prompt is empty"),
    "only invisible characters": ({"prompt": "\u202e\u2066\u200b\ufeff"}, "prompt is empty"),
    "too long": ({"prompt": "x" * 4001}, "4,001 characters"),
    "count 0": ({"prompt": "a fox", "count": 0}, "1 to 10 pictures"),
    "count 11": ({"prompt": "a fox", "count": 11}, "1 to 10 pictures"),
    "count -1": ({"prompt": "a fox", "count": -1}, "1 to 10 pictures"),
    "a size the model does not have": ({"prompt": "a fox", "size": "17x17"}, "1024x1024"),
    "a size that is no size": ({"prompt": "a fox", "size": "@everyone"}, "1024x1024"),
    "a quality the model does not have": ({"prompt": "a fox", "quality": "hd"}, "low, medium, high"),
    "an unknown model": ({"prompt": "a fox", "model": "dall-e-99"}, "no picture model called"),
    "a model that writes": ({"prompt": "a fox", "model": "gpt-5"}, "no picture model called"),
    "a model with a name to be afraid of": (
        {"prompt": "a fox", "model": "`@everyone` [x](http://x.y)"},
        "of that name",
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
async def test_a_request_that_cannot_be_done_gets_a_private_sentence_and_costs_nothing(scene: Scene, name: str) -> None:
    typed, sentence = BAD_REQUESTS[name]
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ben)

    asked = await ada.slash("imagine", raw=True, options=typed)
    card = await asked.answer()

    assert card.ephemeral
    assert sentence in card.text
    assert "http://" not in card.text
    assert card.buttons == []
    assert len(public(ben)) == 1
    assert [job.user_id for job in jobs(scene)] == [ben.id]
    assert len(scene.images.records.of("generations")) == 1
    await paints(scene, ada)
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)


async def test_words_that_would_ping_link_or_break_out_are_shown_as_plain_words(scene: Scene) -> None:
    ada, ben, pia = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Pia")
    patron = next(role for role in scene.discord.world.guild("The Atelier").roles.values() if role.name == "Patron")
    prompt = f"``` @everyone @here <@{ben.id}> <@&{patron.id}> [prize](https://evil.example) ```` `x` ||s||"

    asked = await ada.slash("imagine", prompt=prompt)
    card = await finished(asked)

    [post] = public(ada)
    body = post.content.partition("\n")[2]
    assert body.startswith("```\n")
    assert body.endswith("\n```")
    assert "`" not in body[4:-4], "nothing inside can end the code block"
    assert post.mentions == {ada.id}
    assert (pings(ben), pings(pia), pings(ada)) == ([], [], ["mention"])
    assert scene.images.records.of("generations")[0].prompt == prompt
    assert "evil" not in card.text


async def test_direction_overrides_and_control_characters_reach_neither_the_service_nor_the_channel(
    scene: Scene,
) -> None:
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt="a fox\u202e gnp.exe\u2069 in\x00the\x1b snow \u200b")
    await finished(asked)

    [post] = public(ada)
    assert "a fox gnp.exe in the snow" in post.text
    assert scene.images.records.of("generations")[0].prompt == "a fox gnp.exe in the snow"
    assert post.attachments[0].description == "a fox gnp.exe in the snow"


# Moderation


async def test_flagged_words_are_refused_in_plain_categories_and_nothing_is_painted(open_scene: Open) -> None:
    scene = await open_scene(images={"flagged_words": {"gore": "violence/graphic", "nude": "sexual"}})
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash("imagine", prompt="gore and a nude")
    card = await refused(asked)

    assert card.ephemeral
    assert "graphic violence" in card.text
    assert "sexual content" in card.text
    assert card.buttons == []
    assert ben.sees() == []
    assert scene.images.records.of("generations") == []
    assert (states(scene), charged(scene), reserved(scene)) == (["refused"], 0, 0)
    await paints(scene, ada)


@pytest.mark.parametrize(
    "prompt", ["f\u043erbidd\u0435n", "FORBIDDEN", "ｆｏｒｂｉｄｄｅｎ", "for\u200bbidden", "f\u202eorbidden"]
)
async def test_a_forbidden_word_in_disguise_is_still_seen(scene: Scene, prompt: str) -> None:
    ada = scene.guest("Ada")

    card = await refused(await ada.slash("imagine", prompt=prompt))

    assert "flagged for violence" in card.text
    assert scene.images.paid_pictures == 0


BROKEN_MODERATION: dict[str, Callable[[], Fault]] = {
    "500": errors.server_error,
    "502 page": errors.html_page,
    "silence": lambda: wire.silence(0.05),
    "html": answers.text_in_success,
    "an answer without a verdict": lambda: errors.status(200, {"id": "modr-1", "results": []}),
    "half an answer": wire.half_body,
    "wrong key": errors.wrong_key,
    "no such route": lambda: errors.status(404),
}


@pytest.mark.parametrize("name", BROKEN_MODERATION)
async def test_what_cannot_be_checked_is_not_painted(open_scene: Open, hurried: HurriedClock, name: str) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="moderations", then=BROKEN_MODERATION[name](), times=None)

    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await refused(asked)

    assert card.ephemeral
    assert "could not be checked" in card.text
    assert card.buttons == ["Try again"]
    assert scene.images.records.of("generations") == []
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)
    scene.images.faults.clear()
    await finished(await ada.click(card, "Try again"))
    assert charged(scene, ada) == 1


async def test_a_burst_that_moderation_turns_away_waits_and_is_painted(open_scene: Open) -> None:
    scene = await open_scene(images_at_once_per_user=8)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="moderations", then=errors.rate_limited("0.05"), times=8)

    asked = [await ada.slash("imagine", prompt=f"fox number {number}") for number in range(4)]
    await asyncio.gather(*(finished(each) for each in asked))

    assert states(scene) == ["delivered"] * 4
    assert charged(scene, ada) == 4


async def test_moderation_that_the_owner_switched_off_is_not_asked(open_scene: Open) -> None:
    scene = await open_scene(moderation="off")

    await paints(scene, scene.guest("Ada"), "forbidden fruit")

    assert scene.images.records.of("moderations") == []


# The image service

FAILURES: dict[str, tuple[Callable[[], Fault], str]] = {
    "no money": (errors.insufficient_quota, "owner has to look into it"),
    "billing limit": (errors.billing_hard_limit, "owner has to look into it"),
    "wrong key": (errors.wrong_key, "owner has to look into it"),
    "safety system": (lambda: errors.refused_by_safety("sexual"), "refused this request for sexual content"),
    "policy": (errors.refused_by_policy, "image service refused this request"),
    "refused as sent": (lambda: errors.message_error(400), "does not take this as it is"),
    "model gone": (lambda: errors.detail_error(404, "model not found"), "no longer has this model"),
    "come back in an hour": (lambda: errors.rate_limited("3600"), "too busy"),
    "a proxy's page": (errors.html_page, "image service failed"),
    "corrupt": (answers.corrupt_base64, "without a usable picture"),
    "html as a picture": (answers.html_as_base64, "without a usable picture"),
    "nothing": (answers.no_pictures, "without a usable picture"),
    "half an answer": (wire.half_body, "did not answer in time"),
    "lost after sending": (wire.reset, "did not answer in time"),
    "lost after the work": (lambda: wire.reset(after_the_work=True), "did not answer in time"),
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
