"""Pictures that wait in /quota: until when they do, and that they end at no cost."""

import pytest

from bot.home import DATABASE
from bot.model import JobState
from bot.store.database import Database
from bot.store.ledger import Ledger
from bot.store.releases import Releases
from bot.ui.quotas import NOT_FETCHED
from sandbox.discord.faults import Hold, status
from sandbox.guest import Asked, Guest
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, has_result, says
from tests.end_to_end.trouble import CALLBACK, CARD, NO_MESSAGE, held
from tests.scene import Scene

DAY_S = 86_400
PROMPT = "a lighthouse that nobody sees"


async def waiting(scene: Scene, guest: Guest) -> Asked:
    """A private request whose picture finds no way to its member; what /quota answers."""
    guest.person.accepts_direct_messages = False
    await held(scene, guest, PROMPT, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    scene.images.release()
    await until_states(scene, "waiting")
    return await guest.slash("quota")


async def pass_days(scene: Scene, clock: HurriedClock, days: float) -> None:
    """The bot stands still meanwhile: its duties are done at the next start."""
    await scene.stop()
    clock.skip(days * DAY_S)
    scene.discord.clock.advance(days * DAY_S)
    await scene.start()


async def test_pictures_that_nobody_fetches_end_at_no_cost_with_their_words_and_files(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(image_previews=0, clock=hurried, keep_pictures_days=3)
    ada = scene.guest("Ada")
    quota = await (await waiting(scene, ada)).until(says("waiting for you", "kept until <t:", "gone at no cost"))
    painted = list((scene.settings.data_dir / "spool").glob("*/0"))
    assert len(painted) == 1
    await pass_days(scene, hurried, 2.9)
    assert (await (await ada.slash("quota")).answer()).buttons == ["Show it to me"]

    await pass_days(scene, hurried, 0.2)

    await until_states(scene, "failed")
    await until(lambda: not painted[0].exists())
    assert (charged(scene), reserved(scene)) == (0, 0)
    after = await (await ada.slash("quota")).answer()
    assert "not fetched in time, gone, not charged" in after.text
    assert PROMPT not in after.text
    assert "waiting for you" not in after.text
    assert after.buttons == []
    pressed = await (await ada.click(quota, "Show it to me")).answer()
    assert "cost you nothing" in pressed.text


async def test_pictures_that_are_fetched_in_time_do_not_end(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(image_previews=0, clock=hurried, keep_pictures_days=3)
    ada = scene.guest("Ada")
    await (await waiting(scene, ada)).answer()
    await pass_days(scene, hurried, 2.9)
    quota = await (await ada.slash("quota")).answer()

    fetched = await ada.click(quota, "Show it to me")
    await ends(fetched, "left today")
    await pass_days(scene, hurried, 3)

    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1


@pytest.mark.parametrize("days", [0, 1])
async def test_they_wait_a_day_where_pictures_are_not_kept_at_all(
    open_scene: Open, hurried: HurriedClock, days: int
) -> None:
    scene = await open_scene(image_previews=0, clock=hurried, keep_pictures_days=days)
    ada = scene.guest("Ada")
    await (await waiting(scene, ada)).answer()

    await pass_days(scene, hurried, 0.9)
    quota = await (await ada.slash("quota")).answer()
    fetched = await ada.click(quota, "Show it to me")

    await fetched.until(has_result)
    assert states(scene)[0] in ("painted", "delivered")


async def test_who_comes_in_the_moment_in_which_they_end_is_told_that_and_not_that_he_has_them(
    open_scene: Open,
) -> None:
    scene = await open_scene(image_previews=0)
    ada, hold = scene.guest("Ada"), Hold()
    quota = await (await waiting(scene, ada)).answer()
    scene.discord.faults.add(method="POST", path=CALLBACK, then=hold)
    click = await ada.click(quota, "Show it to me")
    await hold.arrived.wait()
    assert scene.house is not None
    rooms = scene.house.client.rooms
    job = await rooms.jobs.get(jobs(scene)[0].id)

    async with Database.open(scene.settings.data_dir / DATABASE) as database:  # as another process would
        ledger = Ledger(quota_per_day=20, server_per_day=None, bot_per_day=None, budget_microusd=None)
        releases = Releases(database, ledger, owner="another")
        await releases.give_up(job, JobState.FAILED, failure=NOT_FETCHED, at=scene.clock.now())
    hold.release()

    await ends(click, NOT_FETCHED)
    assert (charged(scene), reserved(scene)) == (0, 0)
