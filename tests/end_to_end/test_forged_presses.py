"""Every button, in every hand and place where it does not belong: nothing happens, and words say so privately."""

import pytest

from bot.ui.buttons import Action
from sandbox.discord.faults import status
from sandbox.guest import Guest, SeenMessage
from tests.end_to_end.books import charged, jobs, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import ends, paints, refused, results, variation
from tests.end_to_end.traces import holding
from tests.end_to_end.trouble import CARD, FORBIDDEN, POST, held
from tests.scene import Scene

WORDS = ("not one of mine", "not there any more", "do not wait", "Only the person", "already", "too late")
FOR_THE_REQUESTER = (Action.CANCEL, Action.RETRY, Action.FOLLOW, Action.FETCH)


def with_key(action: Action, key: str) -> str:
    return f"easel:{action}:{key}:1" if action is Action.VARY else f"easel:{action}:{key}"


def key_on(message: SeenMessage) -> str:
    """The key in the first of a message's buttons."""
    custom_id = message.controls[0].custom_id
    assert custom_id is not None
    return custom_id.split(":")[2]


async def presses(guest: Guest, message: SeenMessage, custom_id: str, channel: str | None = None) -> str:
    answer = await (await guest.click(message, custom_id, raw=True, channel=channel)).answer()
    assert answer.ephemeral
    return answer.text


def nothing_happened(scene: Scene, before: list[object]) -> bool:
    return [*jobs(scene)] == before and holding(scene, "a quiet harbour") != []


@pytest.mark.parametrize("action", Action)
async def test_a_real_key_on_another_message_of_the_same_channel_does_nothing(scene: Scene, action: Action) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    theirs = await paints(scene, ben)
    before: list[object] = [*jobs(scene)]

    for guest in (ada, ben):
        text = await presses(guest, theirs, with_key(action, key_on(post)))
        assert any(words in text for words in WORDS), text

    assert nothing_happened(scene, before)
    assert len(results(ada)) == 2


@pytest.mark.parametrize("action", Action)
async def test_a_real_key_in_another_server_does_nothing(scene: Scene, action: Action) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    elsewhere = await (await ben.slash("quota", channel="lounge")).answer()
    before: list[object] = [*jobs(scene)]

    text = await presses(ben, elsewhere, with_key(action, key_on(post)))
    moved = await presses(ben, post, with_key(action, key_on(post)), channel="lounge")

    for said in (text, moved):
        assert any(words in said for words in WORDS), said
    assert nothing_happened(scene, before)
    assert len(results(ada)) == 1


@pytest.mark.parametrize("action", Action)
async def test_a_key_that_was_altered_does_nothing(scene: Scene, action: Action) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    key = key_on(post)
    before: list[object] = [*jobs(scene)]

    for altered in (key[::-1], f"{int(key, 16) ^ 1:032x}", key.upper().replace("0", "A"), f"{key[:-1]}\u0663", key * 2):
        text = await presses(ada, post, with_key(action, altered)[:100])
        assert any(words in text for words in WORDS), text

    assert nothing_happened(scene, before)


async def test_who_knows_the_key_of_one_request_cannot_guess_another(scene: Scene) -> None:
    ada = scene.guest("Ada")
    first, second = key_on(await paints(scene, ada)), key_on(await paints(scene, ada))

    different_bits = (int(first, 16) ^ int(second, 16)).bit_count()

    assert different_bits > 32  # of 128; by chance 64, and fewer than this once in 10⁸ times


@pytest.mark.parametrize("action", FOR_THE_REQUESTER)
async def test_what_is_the_requesters_is_for_nobody_else(open_scene: Open, action: Action) -> None:
    """Whoever learns the key of another's card, or of pictures that wait for another, gets nothing by it."""
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    ada.person.accepts_direct_messages = False
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN), times=9)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(403, FORBIDDEN), times=9)
    await ada.slash("imagine", prompt="for Ada alone")
    await until_states(scene, "waiting")
    scene.discord.faults.clear()
    offer = await (await ada.slash("quota")).answer()
    fetch = offer.control("Show it to me").custom_id
    assert fetch is not None
    await held(scene, ben, "first in line")
    waiting = await (await ada.slash("imagine", prompt="also for Ada")).answer()
    key = fetch.split(":")[2] if action is Action.FETCH else key_on(waiting)
    his_own = await (await ben.slash("quota")).answer()

    text = await presses(ben, his_own, with_key(action, key))

    assert any(words in text for words in WORDS), text
    assert states(scene) == ["waiting", "painting", "queued"]
    scene.images.release()
    await until_states(scene, "waiting", "delivered", "delivered")


async def test_a_press_that_comes_twice_is_one_request(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    scene.discord.gateway.duplicate_next("INTERACTION_CREATE")

    await ben.click(post, "Again")
    await variation(ben, before=1)
    await until_states(scene, "delivered", "delivered")
    await paints(scene, ada)

    assert charged(scene, ben) == 1


async def test_the_event_of_a_press_that_is_played_again_is_no_new_request(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    asked = await ben.click(post, "Again")
    await ends(asked, "Done:")

    scene.discord.interactions.send_again(asked.interaction)
    await paints(scene, ada)

    assert len(jobs(scene, ben)) == 1
    assert charged(scene, ben) == 1
    assert "duplicate job=" in caplog.text
    assert "command failed" not in caplog.text


async def test_try_again_of_a_flagged_request_cannot_be_forged(scene: Scene) -> None:
    """Its words are gone, and so is the way back to them."""
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="something forbidden")
    card = await refused(asked)
    await paints(scene, ada)
    connection_key = _key_of_first_job(scene)

    text = await presses(ada, card, with_key(Action.RETRY, connection_key))

    assert "too old" in text
    assert len(jobs(scene)) == 2


def _key_of_first_job(scene: Scene) -> str:
    from bot.home import DATABASE  # noqa: PLC0415
    from bot.store.engine import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(scene.settings.data_dir / DATABASE)
    try:
        return str(connection.execute("SELECT key FROM jobs ORDER BY id").fetchone()[0])
    finally:
        connection.close()
