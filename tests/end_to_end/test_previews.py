"""The private card shows a picture as it forms: while it is painted, and neither longer nor at the picture's cost."""

import asyncio
import logging
from contextlib import closing
from dataclasses import replace

import pytest

from bot.clock import SystemClock
from bot.delivery.line import LATE_S
from bot.home import DATABASE
from bot.previews import GAP_S
from bot.store.engine import sqlite3
from bot.ui import faces
from sandbox.discord.faults import Hold, status
from sandbox.guest import Asked, Guest, SeenMessage
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.faults.stream import FAILED, altered
from sandbox.image_api.streaming import Event
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import (
    DONE,
    ends,
    finished,
    has_preview,
    has_result,
    paints,
    refused,
    results,
    says,
    shows_pictures,
    variation,
)
from tests.end_to_end.trouble import CARD, NO_MESSAGE, TOKEN_S, held
from tests.end_to_end.uploads import CAT
from tests.scene import Scene

PAINT, EVENT = 1, 1  # steps of a streamed call at the image service
A_LOOK = "Here is a first look."
MIB = 1024 * 1024
TIME_TO_TRY_AGAIN_S = 0.3


class Paused(SystemClock):
    """Time in which waits for that many seconds, or a little less, last until `over` is set."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await (self.over.wait() if self._seconds / 2 < seconds <= self._seconds else super().sleep(seconds))


async def a_preview_comes(scene: Scene, guest: Guest, *, private: bool = False) -> Asked:
    """A request whose first preview has left the image service, which holds the rest back."""
    asked = await held(scene, guest, private=private)
    scene.images.let_through(PAINT + EVENT)
    return asked


def previews_on_disk(scene: Scene) -> list[str]:
    return sorted(file.name for file in (scene.settings.data_dir / "spool").glob("*/preview-*"))


def fields_of(scene: Scene, route: str) -> dict[str, object]:
    return scene.images.records.of(route)[-1].fields


def edits_of_card(scene: Scene, asked: Asked) -> int:
    return len([each for each in scene.discord.requests if asked.interaction.token in each.path])


def looks(asked: Asked) -> list[SeenMessage]:
    """The moments at which the card showed a preview."""
    original = asked.interaction.original
    assert original is not None
    return [seen for seen in map(SeenMessage, original.versions) if has_preview(seen)]


def has_look(asked: Asked) -> bool:
    return bool(looks(asked))


async def test_a_preview_is_on_the_private_card_while_its_picture_is_painted_and_gone_afterwards(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await a_preview_comes(scene, ada)
    card = await asked.until(has_preview)

    assert card.ephemeral
    assert says("Painting 1 picture", A_LOOK, "a red bicycle")(card)
    assert card.buttons == []
    [look] = card.attachments
    assert (look.filename, look.description) == ("preview-1.png", "a red bicycle")
    assert (await ada.download(look)).startswith(b"\x89PNG")
    assert ben.sees() == []
    assert states(scene) == ["painting"]
    scene.images.release()
    done = await finished(asked)
    assert done.attachments == []
    [post] = results(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.png"]
    assert charged(scene, ada) == 1
    await until(lambda: previews_on_disk(scene) == [])


async def test_private_pictures_take_the_place_of_their_preview(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await a_preview_comes(scene, ada, private=True)
    await asked.until(has_preview)

    scene.images.release()
    card = await asked.until(has_result)

    assert [each.filename for each in card.attachments] == ["easel-1.png"]
    assert card.buttons == ["V1", "Again"]
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


async def test_a_variation_has_previews_too(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()
    asked = await ada.slash("vary", image=CAT)
    await scene.images.until_held(1)

    scene.images.let_through(PAINT + EVENT)
    await asked.until(has_preview)

    scene.images.release()
    assert (await finished(asked)).attachments == []


def failing_after_its_preview() -> Fault:
    failed = Event(name="error", fields=FAILED.body)
    return altered(lambda answer: replace(answer, events=(answer.events[0], failed)))


async def test_a_preview_goes_when_there_is_no_picture_after_all(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=failing_after_its_preview())
    asked = await a_preview_comes(scene, ada)
    await asked.until(has_preview)

    scene.images.release()
    card = await refused(asked)

    assert card.attachments == []
    assert card.buttons == ["Try again"]
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_several_pictures_are_one_call_without_previews(scene: Scene) -> None:
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt="a red bicycle", count=2)
    await finished(asked)

    [call] = scene.images.records.of("generations")
    assert (call.n, "stream" in call.fields) == (2, False)
    assert not has_look(asked)


async def test_without_previews_nothing_is_streamed(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    assert "stream" not in fields_of(scene, "generations")


async def test_a_reply_whose_card_is_public_has_no_previews(scene: Scene) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    assert fields_of(scene, "generations")["stream"] is True

    await ada.reply(post, "vary")
    await variation(ada, before=1)

    assert "stream" not in fields_of(scene, "edits")
    await until_states(scene, "delivered", "delivered")


async def test_a_slow_card_does_not_slow_the_picture(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.let_through(PAINT + EVENT)
    await hold.arrived.wait()

    scene.images.release()
    await ada.until_sees("general", shows_pictures)
    await until_states(scene, "delivered")
    hold.release()

    assert (await finished(asked)).attachments == []
    assert has_look(asked), "it was on its way first, and the last words came after it"


async def test_a_preview_that_waits_behind_slow_words_is_not_shown_once_the_job_has_ended(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()
    hold = Hold()
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()  # that it is painted is still on its way to the card
    await scene.images.until_held(1)
    scene.images.let_through(PAINT + EVENT)
    await until(lambda: previews_on_disk(scene) == ["preview-0-0"])

    scene.images.release()
    await until_states(scene, "delivered")
    hold.release()

    await finished(asked)
    assert not has_look(asked)
    await until(lambda: previews_on_disk(scene) == [])


async def test_a_card_that_refuses_a_preview_is_not_asked_again_and_the_picture_comes(open_scene: Open) -> None:
    no_gap = Paused(GAP_S)
    no_gap.over.set()
    scene = await open_scene(clock=no_gap, image_previews=3)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    refusal = scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE))
    scene.images.let_through(PAINT + EVENT)
    await until(lambda: refusal.struck == 1)
    asked_before = edits_of_card(scene, asked)

    scene.images.let_through(2 * EVENT)
    await scene.images.until_held(1)
    await asyncio.sleep(TIME_TO_TRY_AGAIN_S)
    assert edits_of_card(scene, asked) - asked_before <= 1, "the refused one itself is counted when it is answered"
    scene.images.release()
    await finished(asked)

    assert not has_look(asked)
    assert charged(scene, ada) == 1


async def test_a_preview_over_the_limit_of_the_place_is_not_tried(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": 11 * MIB})
    ada = scene.guest("Ada")

    asked = await ada.slash("imagine", prompt="a red bicycle")
    await ends(asked, DONE, timeout_s=60)

    assert fields_of(scene, "generations")["stream"] is True
    assert [each.status for each in scene.discord.requests if each.files] == [200]
    await until(lambda: previews_on_disk(scene) == [])
    assert charged(scene, ada) == 1


async def test_a_preview_that_comes_after_the_last_words_does_not_stay(open_scene: Open) -> None:
    """Discord is given up after some seconds, and carries the edit out all the same, much later."""
    late = Paused(LATE_S)
    scene = await open_scene(clock=late)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hold = Hold(after_reading=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.let_through(PAINT + EVENT)
    await hold.arrived.wait()
    scene.images.release()
    await ends(asked, DONE, timeout_s=30)

    hold.release()
    await asked.until(has_preview)
    late.over.set()

    assert (await finished(asked)).attachments == []
    assert charged(scene, ada) == 1


async def test_private_pictures_are_not_put_where_a_late_preview_could_wipe_them(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada, private=True)
    hold = Hold(after_reading=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    scene.images.let_through(PAINT + EVENT)
    await hold.arrived.wait()
    scene.images.release()
    await until(lambda: "preview not shown" in caplog.text)

    hold.release()
    await asked.until(has_preview)
    await asked.until(has_result)

    await until_states(scene, "delivered")
    await hurried.sleep(LATE_S)
    assert asked.message is not None
    assert has_result(asked.message)
    assert ada.sees("dm") == []
    assert charged(scene, ada) == 1


async def test_of_previews_that_come_quickly_the_newest_is_shown_when_the_card_may_be_edited_again(
    open_scene: Open,
) -> None:
    gap = Paused(GAP_S)
    scene = await open_scene(clock=gap, image_previews=3)
    ada = scene.guest("Ada")
    asked = await a_preview_comes(scene, ada)
    await asked.until(has_preview)
    before = edits_of_card(scene, asked)

    scene.images.let_through(2 * EVENT)
    await until(lambda: previews_on_disk(scene) == ["preview-0-2"])
    assert edits_of_card(scene, asked) == before
    gap.over.set()
    await until(lambda: edits_of_card(scene, asked) == before + 1)
    scene.images.release()

    assert (await finished(asked)).attachments == []
    assert len(looks(asked)) == 2
    await until(lambda: previews_on_disk(scene) == [])


async def test_no_preview_comes_over_the_cards_last_text_before_its_token_ends(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, image_previews=2)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
    hurried.skip(TOKEN_S - 45)
    card = await asked.until(says("This is taking a while"))

    scene.images.let_through(PAINT + EVENT)
    await until(lambda: previews_on_disk(scene) == ["preview-0-0"])
    hold.release()
    await until(lambda: previews_on_disk(scene) == [])
    assert not has_look(asked)
    assert says("This is taking a while")(await ends(asked))

    await ada.click(card, "How is it going?")
    await ends(asked, "Painting")
    scene.images.let_through(EVENT)
    await asked.until(has_preview)
    scene.images.release()
    assert (await finished(asked)).attachments == []


async def test_a_preview_that_a_dead_process_left_goes_with_the_next_words(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await a_preview_comes(scene, ada)
    await asked.until(has_preview)

    await scene.crash()
    scene.images.release()
    await scene.start()
    card = await refused(asked)

    assert "interrupted while this was being painted" in card.text
    assert card.attachments == []
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_words_of_a_successor_leave_a_card_with_pictures_as_it_is(scene: Scene) -> None:
    """Its row is all that tells a new process what stands on the card."""
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", options={"private": True}, prompt="a red bicycle")
    shown = await asked.until(has_result)
    await until_states(scene, "delivered")
    await scene.stop()
    with closing(sqlite3.connect(scene.settings.data_dir / DATABASE)) as connection, connection:
        connection.execute("UPDATE jobs SET token = ?", (asked.interaction.token,))
    await scene.start()
    assert scene.house is not None
    rooms = scene.house.client.rooms
    job = await rooms.jobs.get(jobs(scene)[0].id)
    await rooms.studio._cards.show(job, faces.posting(job))

    assert asked.message is not None
    assert asked.message.attachments == shown.attachments
    assert asked.message.text == shown.text
