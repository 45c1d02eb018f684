"""Words of strangers, from wherever they come: they call nobody, lead nowhere and change nothing but their own line.

Whom each message may call is checked for every world when it closes (tests/mentions.py); here is what stands in it.
"""

import re
from collections.abc import Awaitable, Callable

import pytest

from sandbox.guest import Asked, SeenMessage, Upload
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, jobs, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, has_result, pings, public, refused, results, says
from tests.end_to_end.uploads import CAT, picture
from tests.scene import Scene

LURE = "``` @everyone <@&1> [prize](https://evil.example) \u202ereversed\u2069 ||gone|| # loud"
STATEMENTS = [
    "'); DROP TABLE jobs; --",
    '" OR 1=1; --',
    "fox' UNION SELECT token FROM jobs --",
    "?1 :id @id $id %s {0} \\' ;",
    "a; ATTACH DATABASE '/tmp/x' AS x; VACUUM INTO 'y'",
]


def outside_of_code(seen: SeenMessage) -> str:
    """What Discord would render: everything that stands in no code block and between no backticks."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", seen.text, flags=re.DOTALL)


@pytest.mark.parametrize("words", STATEMENTS)
async def test_words_that_are_sql_are_words(scene: Scene, words: str) -> None:
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt=words))
    [post] = public(ada)
    await finished(await ada.click(post, "Again"))

    assert [each.prompt for each in scene.images.records.of("generations")] == [words, words]
    assert words in post.text
    assert (states(scene), charged(scene, ada)) == (["delivered", "delivered"], 2)


async def test_what_the_service_made_of_the_words_is_shown_nowhere(scene: Scene) -> None:
    ada = scene.guest("Ada")

    card = await finished(await ada.slash("imagine", prompt="a fox"))

    [post] = public(ada)
    for seen in (card, post):
        assert "carefully lit" not in seen.text, "as it stands in the revised prompt"


async def test_what_the_service_says_calls_and_leads_nobody_anywhere(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, start=False)
    ada, olga = scene.guest("Ada"), scene.guest("Olga")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    await scene.start()
    complaint = {"error": {"message": f"{LURE} <@{ada.id}>", "type": LURE, "code": LURE}}
    scene.images.faults.add(route="generations", then=errors.status(401, complaint))

    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))
    [told] = await olga.until_sees("dm", says("only you can mend that"))

    assert "evil" not in card.text
    for lure in ("@everyone", "<@", "evil", "||", "# loud", "\u202e"):
        assert lure not in outside_of_code(told)
    assert "\u202e" not in told.text
    assert (pings(olga), pings(ada)) == (["direct message"], [])


async def test_names_of_files_and_people_are_not_repeated(scene: Scene) -> None:
    ada = scene.guest("Ada")
    ada.person.name = "@everyone <@&1> [prize](https://evil.example)"

    card = await finished(await ada.slash("vary", image=Upload("@everyone <@1> `x`.png", picture()), raw=True))

    [post] = results(ada)
    for seen in (card, post):
        assert "evil" not in seen.text
        assert "@everyone" not in seen.text
    assert [each.filename for each in post.attachments] == ["easel-1.png"]
    assert ada.id in post.mentions


WayIn = Callable[[Scene, SeenMessage], Awaitable[Asked | None]]


async def by_slash(scene: Scene, _: SeenMessage) -> Asked:
    return await scene.guest("Ben").slash("imagine", prompt="a boat")


async def by_upload(scene: Scene, _: SeenMessage) -> Asked:
    return await scene.guest("Ben").slash("vary", image=CAT)


async def by_menu(scene: Scene, post: SeenMessage) -> Asked:
    return await scene.guest("Ben").menu("Vary image", post)


async def by_reply(scene: Scene, post: SeenMessage) -> None:
    await scene.guest("Ben").reply(post, "vary at night")


async def by_v(scene: Scene, post: SeenMessage) -> Asked:
    return await scene.guest("Ben").click(post, "V1")


async def by_again(scene: Scene, post: SeenMessage) -> Asked:
    return await scene.guest("Ben").click(post, "Again")


async def by_another_try(scene: Scene, _: SeenMessage) -> Asked:
    ben = scene.guest("Ben")
    card = await refused(await ben.slash("imagine", prompt="a boat"))
    return await ben.click(card, "Try again")


WAYS_IN: dict[str, WayIn] = {
    "/imagine": by_slash,
    "/vary": by_upload,
    "the menu": by_menu,
    "a reply": by_reply,
    "V1": by_v,
    "Again": by_again,
    "Try again": by_another_try,
}


@pytest.mark.parametrize("way", WAYS_IN)
async def test_every_way_in_passes_the_same_gate(scene: Scene, way: str) -> None:
    """With moderation out of order nothing is painted, by whatever way it is asked for, and everything is asked."""
    await finished(await scene.guest("Ada").slash("imagine", prompt="a quiet harbour"))
    [post] = [seen for seen in public(scene.guest("Ada")) if has_result(seen)]
    asked_before, painted_before = len(scene.images.records.of("moderations")), scene.images.paid_pictures
    scene.images.faults.add(route="moderations", then=errors.status(400, {"error": {"message": "no"}}), times=None)

    asked = await WAYS_IN[way](scene, post)

    if asked is None:
        await scene.guest("Ben").until_sees("general", says("I cannot do that."))
    else:
        await refused(asked)
    assert len(scene.images.records.of("moderations")) > asked_before
    assert scene.images.paid_pictures == painted_before
    assert [job.charged for job in jobs(scene, scene.guest("Ben"))] in ([0], [0, 0])
