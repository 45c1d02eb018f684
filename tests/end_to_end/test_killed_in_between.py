"""What the kill tests found: processes that die between what they do and what they write down, one moment each."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sandbox.discord.faults import Hold, Reset, status
from sandbox.guest import Asked
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.processes import another_process
from tests.end_to_end.screen import DONE, ends, finished, has_result, paints, public, results, says, shows_pictures
from tests.end_to_end.test_words_unsaid import told
from tests.end_to_end.trouble import CARD, FORBIDDEN, NO_MESSAGE, POST, TOKEN_S, held

LOOK = r"^/channels/\d+/messages\?"


@dataclass
class HoldWhen(Hold):
    """Holds, after their work, only the requests after which it looks so: a slow machine says more on the card."""

    after_work: bool = True
    look: Callable[[], bool] = lambda: True

    async def wait(self) -> None:
        if self.look():
            await Hold.wait(self)


def shows_result(asked: Asked) -> bool:
    return asked.message is not None and has_result(asked.message)


async def test_pictures_on_the_card_of_a_killed_process_do_not_come_to_the_channel_too(open_scene: Open) -> None:
    """The channel could not be looked at before, so they went to the card; now it can, and says that nothing is there.

    That they stand on the card was not written down any more.
    """
    scene = await open_scene(start=False, image_previews=0)
    ada = scene.guest("Ada")
    async with another_process(scene):
        asked = await held(scene, ada)
        scene.discord.faults.add(method="POST", path=POST, then=Reset())
        scene.discord.faults.add(method="GET", path=LOOK, then=status(403, FORBIDDEN), times=99)
        edited = HoldWhen(look=lambda: shows_result(asked))
        scene.discord.faults.add(method="PATCH", path=CARD, then=edited, times=99)
        scene.images.release()
        await edited.arrived.wait()
    scene.discord.faults.clear()
    assert shows_result(asked)

    await scene.start()

    await until_states(scene, "delivered")
    await paints(scene, ada)
    assert shows_result(asked)
    assert len(results(ada)) == 1, "the other one"
    assert charged(scene) == 2


async def test_pictures_that_did_not_reach_the_card_are_put_there_by_the_next_process(open_scene: Open) -> None:
    scene = await open_scene(start=False, image_previews=0)
    ada = scene.guest("Ada")
    hold = Hold()
    async with another_process(scene):
        asked = await held(scene, ada, private=True)
        scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
        scene.images.release()
        await hold.arrived.wait()
    assert not shows_result(asked)

    await scene.start()

    await asked.until(has_result)
    await until_states(scene, "delivered")
    assert (charged(scene), ada.sees("dm")) == (1, [])


async def test_a_replys_card_goes_although_its_process_died_before_it_was_known(open_scene: Open) -> None:
    scene = await open_scene(start=False)
    ada = scene.guest("Ada")
    posted = Hold(after_work=True)
    async with another_process(scene):
        await finished(await ada.slash("imagine", prompt="a red bicycle"))
        [picture] = results(ada)
        scene.discord.faults.add(method="POST", path=POST, then=posted)
        await ada.reply(picture, "vary at night")
        await posted.arrived.wait()
    assert states(scene) == ["delivered", "queued"]
    assert [seen.text for seen in public(ada) if says("\N{HOURGLASS WITH FLOWING SAND}")(seen)] != []

    await scene.start()

    await until(lambda: len(results(ada)) == 2)
    await until(lambda: [seen for seen in public(ada) if seen.author == "Easel" and not has_result(seen)] == [])
    assert (charged(scene), reserved(scene)) == (2, 0)


async def test_a_click_on_the_card_is_not_taken_for_the_picture_that_is_being_posted(
    open_scene: Open, hurried: HurriedClock
) -> None:
    """The post's row has no message yet, and the card stands in the same channel."""
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("I will post it here when it is done"))
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    scene.images.release()
    await hold.arrived.wait()

    await ada.click(card, "How is it going?")
    await asked.until(says("on its way to you"))
    await scene.crash()
    hold.release()
    await scene.start()

    await ada.until_sees("general", shows_pictures)
    await until_states(scene, "delivered")
    assert (len(results(ada)), charged(scene)) == (1, 1)


async def test_a_card_whose_token_discord_has_ended_is_given_up_after_it_has_said_so(
    open_scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not asked again, which would count; and that is no silence of Discord's, to be waited for for an hour."""
    caplog.set_level(logging.INFO)
    scene = await open_scene(image_previews=1)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    scene.discord.clock.advance(TOKEN_S + 1)

    scene.images.release()
    await ada.until_sees("general", shows_pictures)

    await until(lambda: told(scene) == [(1, 0)])
    assert asked.message is not None
    assert DONE not in asked.message.text
    refused = [each for each in scene.discord.requests if "/webhooks/" in each.path and each.status in (401, 404)]
    assert len(refused) == 1


async def test_what_a_process_leaves_on_the_disk_goes_when_its_successor_lives_already(open_scene: Open) -> None:
    """Also of a job that has ended and that nobody takes up."""
    scene = await open_scene(start=False)
    ada = scene.guest("Ada")
    spool = scene.settings.data_dir / "spool"
    async with another_process(scene):
        await finished(await ada.slash("imagine", prompt="a red bicycle"))
        asked = await held(scene, ada)
        hold = Hold()
        scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
        scene.images.let_through(2)  # the painting and its first preview, which waits for the card
        await hold.arrived.wait()
        [left] = spool.glob("*/preview-*")
        [whole] = spool.glob("*/0")
        (left.parent / ".arriving.half").write_bytes(b"what was being written")
        (whole.parent / "preview-0").write_bytes(b"what was shown while it was painted")
        await scene.start()
        assert left.exists()

    await ends(asked, "interrupted while this was being painted")
    await until_states(scene, "delivered", "failed")
    scene.images.release()
    assert [file for file in spool.rglob("*") if file.is_file()] == [whole]


async def test_of_two_letters_that_read_the_same_one_is_not_taken_for_the_other(
    open_scene: Open, hurried: HurriedClock
) -> None:
    """The first meets a broken line, and may have come; the look for it must not find the second."""
    scene = await open_scene(clock=hurried, image_previews=0)
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=10_000)
    broken = scene.discord.faults.add(method="POST", path=POST, then=Reset())
    for _ in range(2):
        scene.images.faults.add(route="generations", then=errors.insufficient_quota())
        await ada.slash("imagine", prompt="a red bicycle")

    await until_states(scene, "failed", "failed")
    await until(lambda: told(scene) == [(1, 0), (1, 0)])

    assert broken.struck == 1
    assert len(ada.sees("dm")) == 2
