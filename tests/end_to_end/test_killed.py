"""The real command, killed in the middle of its work."""

import pytest

from sandbox.discord.faults import Hold
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.processes import another_process
from tests.end_to_end.screen import ends, finished, public, shows_pictures
from tests.end_to_end.traces import holding
from tests.end_to_end.trouble import CARD, POST, held


async def test_a_process_that_is_killed_outright_is_followed_by_one_that_finishes_its_work(open_scene: Open) -> None:
    """`kill -9` on the real command: no `finally` runs, the lock of its file is all that tells."""
    scene = await open_scene(start=False)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    async with another_process(scene):
        posted = await ada.slash("imagine", prompt="posted before the end")
        await hold.arrived.wait()
        interrupted = await held(scene, ada, "never finished")
        unanswered = Hold()
        scene.discord.faults.add(method="POST", path=r"/callback", then=unanswered)
        await ben.slash("imagine", channel="lounge", prompt="never answered")
        await unanswered.arrived.wait()
    scene.images.release()
    assert states(scene) == ["painted", "painting", "queued"]
    assert list((scene.settings.data_dir / "owners").glob("*.lock"))

    await scene.start()

    await finished(posted)
    await ends(interrupted, "interrupted while this was being painted")
    await ben.until_sees("lounge", shows_pictures)
    await until_states(scene, "delivered", "failed", "delivered")
    assert len(public(ada)) == 1
    assert (charged(scene), reserved(scene)) == (2, 0)


@pytest.mark.parametrize("before_the_answer", [True, False])
async def test_a_process_that_is_killed_while_it_erases_is_followed_by_one_that_goes_on(
    open_scene: Open, before_the_answer: bool
) -> None:
    """`kill -9` when the books are renamed already, and the words not yet; or while one is still being painted."""
    scene = await open_scene(start=False)
    ada = scene.guest("Ada")
    async with another_process(scene):
        await finished(await ada.slash("imagine", prompt="the unmistakable heron of Wapping"))
        await held(scene, ada, "another unmistakable heron")
        question = await (await ada.slash("privacy erase")).answer()
        if before_the_answer:
            hold = Hold()
            scene.discord.faults.add(method="POST", path=r"/callback", then=hold)
            await ada.click(question, "Erase")
            await hold.arrived.wait()
        else:
            await ends(await ada.click(question, "Erase"), "just being painted")
    scene.images.release()
    assert holding(scene, "unmistakable heron") != []
    assert [job.user_id for job in jobs(scene)][1:] == [ada.id]

    await scene.start()

    await until(lambda: {job.user_id < 0 for job in jobs(scene)} == {True})
    await until(lambda: holding(scene, "unmistakable heron") == [])
    assert (charged(scene), reserved(scene)) == (1, 0)


async def test_previews_and_half_pictures_of_a_killed_process_do_not_stay_on_the_disk(open_scene: Open) -> None:
    scene = await open_scene(start=False)
    ada = scene.guest("Ada")
    spool = scene.settings.data_dir / "spool"
    hold = Hold()
    async with another_process(scene):
        asked = await held(scene, ada)
        scene.discord.faults.add(method="PATCH", path=CARD, then=hold)
        scene.images.let_through(2)  # the painting and its first preview, which waits for the card
        await hold.arrived.wait()
    [left] = spool.glob("*/preview-*")
    (left.parent / ".arriving.half").write_bytes(b"what was being written")
    scene.images.release()

    await scene.start()

    assert (await ends(asked, "interrupted while this was being painted")).attachments == []
    await until_states(scene, "failed")
    assert list(left.parent.iterdir()) == []
