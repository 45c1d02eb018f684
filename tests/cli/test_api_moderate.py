"""`easel api moderate`: verdicts, and a status that scripts can ask for."""

import orjson

from sandbox.image_api.moderation import marked_picture
from sandbox.image_api.server import FakeImageApi
from tests.shell import Shell

FLAGGED = 3


async def test_words_and_pictures_are_judged_one_by_one(shell: Shell) -> None:
    (shell.folder / "bad.png").write_bytes(marked_picture("sexual"))
    subjects = ("a tree", "a forbidden tree", "--image", "bad.png")

    shown = await shell.easel("api", "moderate", *subjects, DISCORD_TOKEN=None)
    told = await shell.easel("api", "moderate", *subjects, "--json")

    assert (shown.status, told.status) == (FLAGGED, FLAGGED)
    assert shown.out.splitlines() == [
        "«a tree»: fine",
        "«a forbidden tree»: flagged for violence",
        "bad.png: flagged for sexual content",
    ]
    assert shown.err == told.err == ""
    assert orjson.loads(told.out) == {
        "flagged": True,
        "results": [
            {"text": "a tree", "flagged": False, "categories": []},
            {"text": "a forbidden tree", "flagged": True, "categories": ["violence"]},
            {"image": "bad.png", "flagged": True, "categories": ["sexual"]},
        ],
    }


async def test_what_is_fine_ends_with_nothing(shell: Shell) -> None:
    ended = await shell.easel("api", "moderate", "a tree")

    assert ended.status == 0


async def test_nothing_to_judge_is_told(shell: Shell) -> None:
    nothing = await shell.easel("api", "moderate")
    blank = await shell.easel("api", "moderate", " ")

    assert (nothing.status, blank.status) == (2, 2)
    assert shell.images.requests == []


async def test_what_is_no_picture_is_told(shell: Shell) -> None:
    (shell.folder / "letter.png").write_text("to my aunt")

    ended = await shell.easel("api", "moderate", "--image", "letter.png")

    assert ended.status == 2
    assert len(ended.err.splitlines()) == 1


async def test_moderation_may_live_elsewhere(shell: Shell) -> None:
    elsewhere = FakeImageApi(flagged_words=("tree",))
    await elsewhere.start()
    try:
        ended = await shell.easel(
            *("api", "moderate", "a tree"),
            MODERATION_BASE_URL=elsewhere.base_url,
            MODERATION_API_KEY=elsewhere.api_key,
        )
    finally:
        await elsewhere.stop()

    assert ended.status == FLAGGED
    assert shell.images.requests == []
    assert elsewhere.requests[0].key == "right"


async def test_a_service_without_moderations_has_a_status_of_its_own(shell: Shell) -> None:
    shell.images.moderations = False

    ended = await shell.easel("api", "moderate", "a tree")

    assert ended.status == 5
