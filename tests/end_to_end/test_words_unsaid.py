"""Words at the end that Discord did not take at once: they are said later, once, and by one process."""

import logging
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from bot.delivery.line import Deadlines
from bot.home import DATABASE
from bot.store.engine import sqlite3
from sandbox.discord.faults import Answer, Fault, Hang, Reset, status
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import (
    DONE,
    NOT_CHARGED,
    ends,
    has_preview,
    paints,
    public,
    says,
    shows_pictures,
    variation,
)
from tests.end_to_end.test_last_words import crashed, lost_words
from tests.end_to_end.test_previews import EVENT, PAINT
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import CARD, NO_MESSAGE, POST, TOKEN_S, held
from tests.scene import Scene

FORBIDDEN = "something forbidden"
PASSING = {"reset": Reset(), "503": status(503), "silence": Hang(3.0)}
SHORT = Deadlines(words_s=1.0, upload_s=1.0)
A_MINUTE_S = 60


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


class WallClockByHand(HurriedClock):
    """Waits are short, and the wall clock moves by `skip` alone: a token cannot age while the machine is busy."""

    def now(self) -> datetime:
        return self._begun_at + timedelta(seconds=self._skipped_s)


def told(scene: Scene) -> list[tuple[int, bool]]:
    """Of each job, oldest first: whether its member has been told, and whether its token is still kept."""
    path = scene.settings.data_dir / DATABASE
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.execute("SELECT told, token IS NOT NULL FROM jobs ORDER BY id"))


def requests(scene: Scene, method: str, path: str) -> int:
    return len([each for each in scene.discord.requests if each.method == method and path in each.path])


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_a_refusal_whose_words_met_trouble_is_said_by_the_same_process(
    open_scene: Open, hurried: HurriedClock, fault: Fault
) -> None:
    scene = await open_scene(clock=hurried, deadlines=SHORT)
    ada = scene.guest("Ada")
    trouble = scene.discord.faults.add(method="PATCH", path=CARD, then=fault, times=4)

    asked = await ada.slash("imagine", prompt=FORBIDDEN)
    await until_states(scene, "refused")
    await until(lambda: trouble.struck >= 1)
    assert told(scene) == [(0, 1)]
    await ends(asked, "flagged for violence", NOT_CHARGED, timeout_s=30)

    await until(lambda: told(scene) == [(1, 0)])
    assert ada.sees("dm") == []
    assert charged(scene) == 0


async def test_the_card_of_a_delivered_picture_is_not_stuck_after_a_reset(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=Reset(), times=3)

    scene.images.release()
    await ends(asked, DONE, timeout_s=30)

    await until(lambda: told(scene) == [(1, 0)])
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


@pytest.mark.parametrize("way", ["its token died", "its card was dismissed"])
async def test_who_cannot_be_told_on_the_card_any_more_is_told_by_direct_message_once(
    open_scene: Open, hurried: HurriedClock, way: str
) -> None:
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await asked.until(says("Painting"))
    scene.discord.faults.add(method="PATCH", path=CARD, then=Reset(), times=2)
    scene.images.release()
    await until_states(scene, "failed")

    if way == "its token died":
        scene.discord.faults.add(method="PATCH", path=CARD, then=status(503), times=10_000)
        hurried.skip(TOKEN_S)
        scene.discord.clock.advance(TOKEN_S + 1)
    else:
        scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=10_000)
    await ada.until_sees("dm", says("owner has to look into it", NOT_CHARGED), timeout_s=30)
    await until(lambda: told(scene) == [(1, 0)])
    await hurried.sleep(A_MINUTE_S)

    assert len(ada.sees("dm")) == 1
    assert charged(scene) == 0


async def test_a_delivered_picture_needs_no_words_by_direct_message(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    await held(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=10_000)

    scene.images.release()
    await ada.until_sees("general", shows_pictures)

    await until(lambda: told(scene) == [(1, 0)])
    assert ada.sees("dm") == []


@pytest.mark.parametrize("fault", [Reset(after_work=True), Reset(), status(500, after_work=True)])
async def test_direct_words_of_unknown_outcome_are_there_once(
    open_scene: Open, hurried: HurriedClock, fault: Answer | Reset
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=10_000)
    lost = scene.discord.faults.add(method="POST", path=POST, then=fault)

    await ada.slash("imagine", prompt=FORBIDDEN)
    await until(lambda: lost.struck == 1)
    scene.discord.clock.advance(10 * 60)  # Discord has forgotten the nonce
    await until(lambda: told(scene) == [(1, 0)], timeout_s=30)

    assert len(ada.sees("dm")) == 1
    assert says("flagged for violence")(ada.sees("dm")[0])


async def test_direct_words_that_a_process_died_over_are_not_said_again_by_the_next(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=10_000)
    lost = scene.discord.faults.add(method="POST", path=POST, then=Hang(600, after_work=True))
    await ada.slash("imagine", prompt=FORBIDDEN)
    await ada.until_sees("dm", says("flagged for violence"))
    assert lost.struck == 1
    await scene.crash()

    scene.discord.clock.advance(10 * 60)
    await scene.start()
    await until(lambda: told(scene) == [(1, 0)])

    assert len(ada.sees("dm")) == 1


async def test_two_survivors_do_not_both_say_what_a_dead_process_left(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    words = lost_words(scene)
    asked = await ada.slash("imagine", prompt=FORBIDDEN)
    await until_states(scene, "refused")
    await until(lambda: words.struck == 1)
    async with second_bot(scene), second_bot(scene):
        before = requests(scene, "PATCH", asked.interaction.token)
        await scene.crash()
        await ends(asked, "flagged for violence", NOT_CHARGED)
        await until(lambda: told(scene) == [(1, 0)])
        await hurried.sleep(30)  # six rounds of both caretakers

        assert requests(scene, "PATCH", asked.interaction.token) - before <= 2, "the one that was lost, and one more"


async def test_the_end_of_a_killed_process_is_told_after_trouble_too(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    words = lost_words(scene)
    asked = await ada.slash("imagine", prompt=FORBIDDEN)
    await crashed(scene, before=words, state="refused")
    scene.discord.faults.add(method="PATCH", path=CARD, then=Reset(), times=3)

    await scene.start()

    await ends(asked, "flagged for violence", NOT_CHARGED, timeout_s=30)
    await until(lambda: told(scene) == [(1, 0)])


@pytest.mark.parametrize("fault", [Reset(), status(503)])
async def test_the_last_text_before_the_token_ends_is_tried_again(open_scene: Open, fault: Fault) -> None:
    clock = WallClockByHand()
    scene = await open_scene(clock=clock, image_previews=0)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=fault, times=2)

    clock.skip(TOKEN_S - 45)  # between the last text and the end of what a token is kept for
    await asked.until(says("This is taking a while"))

    await until(lambda: told(scene) == [(0, 0)])
    scene.images.release()
    await ada.until_sees("general", shows_pictures)
    await until_states(scene, "delivered")


async def test_a_token_is_erased_in_time_although_the_last_text_could_not_be_said(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    await held(scene, ada)
    scene.discord.faults.add(method="PATCH", path=CARD, then=Reset(), times=10_000)

    hurried.skip(TOKEN_S)

    await until(lambda: told(scene) == [(0, 0)])


async def test_a_preview_that_met_trouble_is_followed_by_the_next(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, image_previews=2)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    lost = scene.discord.faults.add(method="PATCH", path=CARD, then=Reset())
    scene.images.let_through(PAINT + EVENT)
    await until(lambda: lost.struck == 1)

    scene.images.let_through(EVENT)

    await asked.until(has_preview)
    scene.images.release()
    await ends(asked, DONE)


async def test_the_card_of_a_reply_is_removed_although_its_removal_met_trouble(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="DELETE", path="/messages/", then=Reset(), times=3)

    await ada.reply(post, "vary")
    await variation(ada, before=1)

    await until(lambda: len(public(ada)) == 3, timeout_s=30)  # two results and her words
    await until(lambda: told(scene) == [(1, 0), (1, 0)])
    assert charged(scene, ada) == 2


@pytest.mark.parametrize("after_work", [True, False])
async def test_the_card_of_a_reply_whose_answer_was_lost_does_not_stay(
    open_scene: Open, hurried: HurriedClock, *, after_work: bool
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    lost = scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=after_work))

    await ada.reply(post, "vary")
    await variation(ada, before=1)

    assert lost.struck == 1
    await until(lambda: told(scene) == [(1, 0), (1, 0)])
    assert [seen.text for seen in public(ada) if not seen.attachments] == ["vary"]


async def test_a_card_too_old_to_be_edited_gives_way_to_a_direct_message(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.images.faults.add(route="edits", then=errors.insufficient_quota())
    old = status(429, {"message": "Maximum number of edits to messages older than 1 hour reached.", "code": 30046})
    tried = scene.discord.faults.add(method="PATCH", path="/channels/", then=old, times=10_000)

    await ada.reply(post, "vary")
    await ada.until_sees("dm", says("owner has to look into it", NOT_CHARGED))

    await until(lambda: told(scene) == [(1, 0), (1, 0)], timeout_s=30)
    assert 1 <= tried.struck <= 3, "each text once: asking again would not help"
    assert len(ada.sees("dm")) == 1
    assert [seen.text for seen in public(ada) if not seen.attachments] == ["vary"], "it can still be removed"


async def test_the_note_that_refuses_a_reply_goes_although_its_process_died(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene()
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    await ada.reply(post, "vary #9")
    await ada.until_sees("general", says("I cannot do that."))
    await scene.crash()

    scene.clock = hurried
    await scene.start()

    await until(lambda: not [seen for seen in public(ada) if "I cannot do that" in seen.text])


@pytest.mark.parametrize("clock_set_back_s", [0, 86_400])
async def test_a_channel_that_fails_alone_keeps_no_other_notes_from_going(
    open_scene: Open, hurried: HurriedClock, clock_set_back_s: int
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    await ada.slash("imagine", channel="lounge", prompt="a red bicycle")
    [elsewhere] = await ada.until_sees("lounge", shows_pictures)
    sick = f"/channels/{scene.discord.channel('general').id}/messages/"
    scene.discord.faults.add(method="DELETE", path=sick, then=status(503), times=10_000)

    await ada.reply(post, "vary #9")
    await ada.until_sees("general", says("I cannot do that."))
    await ada.reply(elsewhere, "vary #9")
    await ada.until_sees("lounge", says("I cannot do that."))
    hurried.jump(-clock_set_back_s)

    await until(lambda: not [seen for seen in public(ada, "lounge") if "I cannot do that" in seen.text])
    assert [seen for seen in public(ada) if "I cannot do that" in seen.text]


@pytest.mark.parametrize("after_work", [True, False])
async def test_a_note_whose_answer_was_lost_goes_too(
    open_scene: Open, hurried: HurriedClock, *, after_work: bool
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=after_work))
    scene.discord.faults.add(method="DELETE", path="/messages/", then=status(503), times=2)

    await ada.reply(post, "vary #9")
    await until(lambda: requests(scene, "DELETE", "/messages/") >= 1 if after_work else True)

    await hurried.sleep(2 * A_MINUTE_S)
    await until(lambda: not [seen for seen in public(ada) if "I cannot do that" in seen.text])


async def test_delete_takes_a_second_message_away_although_the_first_is_gone_and_discord_stumbles(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="DELETE", path="/messages/", then=Reset(after_work=True))

    answer = await ends(await ada.click(post, "Delete"), "Deleted.")

    assert answer.ephemeral
    assert public(ada) == []


async def test_delete_says_so_when_discord_does_not_do_it(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="DELETE", path="/messages/", then=status(503), times=10_000)

    await ends(await ada.click(post, "Delete"), "did not delete it just now")
    scene.discord.faults.clear()
    await ends(await ada.click(post, "Delete"), "Deleted.")

    assert public(ada) == []


@pytest.mark.parametrize("fault", [Reset(after_work=True), Reset(), status(503)])
async def test_an_owner_is_told_once_although_discord_stumbles(
    open_scene: Open, hurried: HurriedClock, fault: Fault
) -> None:
    scene = await open_scene(clock=hurried, start=False)
    ada, olga = scene.guest("Ada"), scene.guest("Olga")
    scene.settings = scene.settings.model_copy(update={"owner_ids": frozenset({olga.id})})
    await scene.start()
    scene.images.faults.add(route="generations", then=errors.wrong_key())
    lost = scene.discord.faults.add(method="POST", path=POST, then=fault)

    await ends(await ada.slash("imagine", prompt="a red bicycle"), NOT_CHARGED)
    await until(lambda: lost.struck == 1)
    scene.discord.clock.advance(10 * 60)  # Discord has forgotten the nonce
    await olga.until_sees("dm", says("only you can mend that"), timeout_s=30)
    await hurried.sleep(2 * A_MINUTE_S)

    assert len(olga.sees("dm")) == 1
