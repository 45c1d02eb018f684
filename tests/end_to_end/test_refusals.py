"""What is asked in a wrong way or flagged: private words, no charge, and the bot goes on."""

import asyncio
from collections.abc import Callable

import pytest

from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault
from tests.end_to_end.books import charged, jobs, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import (
    finished,
    paints,
    pings,
    public,
    refused,
)
from tests.scene import Scene

BAD_REQUESTS: dict[str, tuple[dict[str, str | int], str]] = {
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
    "prompt",
    [
        "f\u043erbidd\u0435n",
        "FORBIDDEN",
        "".join(chr(ord(letter) + 0xFEE0) for letter in "forbidden"),
        "for\u200bbidden",
        "f\u202eorbidden",
    ],
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
