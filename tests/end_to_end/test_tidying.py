"""What lies on the disk is removed when its time is over or its room is needed, and nothing that is still wanted."""

import shutil
from pathlib import Path

import pytest

from bot.home import DATABASE
from bot.shelf import too_much
from sandbox.discord.faults import status
from sandbox.image_api.faults import answers
from tests.audit import opened
from tests.end_to_end.books import charged, jobs, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, paints, refused, says
from tests.end_to_end.test_restart import second_bot
from tests.end_to_end.trouble import CARD, NO_MESSAGE, POST, held, held_at_discord
from tests.end_to_end.uploads import picture
from tests.scene import Scene

A_DAY_S = 86_400
HALF_A_MEGABYTE = 450_000


def spool_of(scene: Scene) -> Path:
    return scene.settings.data_dir / "spool"


def files(scene: Scene) -> list[str]:
    """Everything on the spool, as `<which job>/<name>`, jobs in the order of their requests."""
    ids = [job.id for job in jobs(scene)]
    found = [path.relative_to(spool_of(scene)) for path in spool_of(scene).rglob("*") if path.is_file()]
    return sorted(f"{ids.index(int(path.parts[0]))}/{path.name}" for path in found)


def words(scene: Scene) -> list[str]:
    with opened(scene.settings.data_dir / DATABASE) as connection:
        return [prompt for (prompt,) in connection.execute("SELECT prompt FROM jobs")]


def put(scene: Scene, job_id: int, *names: str) -> None:
    """As a process leaves it that was killed while it wrote."""
    folder = spool_of(scene) / str(job_id)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"half")


@pytest.mark.parametrize("fails", [False, True])
async def test_what_no_row_names_goes_with_the_next_start(open_scene: Open, fails: bool) -> None:
    scene = await open_scene()
    ada = scene.guest("Ada")
    if fails:
        scene.images.faults.add(route="generations", then=answers.no_pictures())
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await (refused(asked) if fails else finished(asked))
    await until_states(scene, "failed" if fails else "delivered")
    await scene.stop()
    put(scene, jobs(scene)[0].id, ".arriving.x7", "preview-0-0", "upload-edit", "0-fit", "7", "source")
    put(scene, 4711, "0", ".arriving.x8")

    await scene.start()

    assert files(scene) == ([] if fails else ["0/0"])
    assert not (spool_of(scene) / "4711").exists()


async def test_what_is_left_is_cleared_before_the_first_job_is_taken_up(open_scene: Open) -> None:
    """The picture of a job that was being painted had come, and the process ended before it was entered: it counts."""
    scene = await open_scene()
    asked = await held(scene, scene.guest("Ada"))
    [job] = jobs(scene)
    await scene.crash()
    scene.images.release()
    await until(lambda: scene.images.paid_pictures == 1)
    put(scene, job.id, ".arriving.x7", "preview-0-0", "upload-edit", "7")
    (spool_of(scene) / str(job.id) / "0").write_bytes(picture())

    await scene.start()

    await finished(asked)
    await until_states(scene, "delivered")
    assert files(scene) == ["0/0"]
    assert scene.images.paid_pictures == 1
    assert charged(scene) == 1


async def test_nothing_of_a_process_that_lives_on_the_same_folder_is_touched(scene: Scene) -> None:
    """Hand-over: the old process paints while the new one starts."""
    asked = await held(scene, scene.guest("Ada"))
    [job] = jobs(scene)
    put(scene, job.id, ".arriving.x7", "preview-0-0", "upload-edit")

    async with second_bot(scene):
        assert files(scene) == ["0/.arriving.x7", "0/preview-0-0", "0/upload-edit"]
        scene.images.release()
        await finished(asked)


async def test_pictures_are_kept_for_their_days_and_not_longer(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    await finished(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))
    await until_states(scene, "delivered")

    await scene.stop()
    hurried.skip(6 * A_DAY_S)  # also a clock that jumps takes from their days no more than it jumped
    await scene.start()
    await scene.stop()
    assert files(scene) == ["0/0"]
    hurried.skip(A_DAY_S + 3_600)
    await scene.start()

    await until(lambda: files(scene) == [])


async def test_a_clock_that_goes_back_removes_nothing(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    await finished(await scene.guest("Ada").slash("imagine", prompt="a red bicycle"))
    await until_states(scene, "delivered")

    hurried.jump(-400 * A_DAY_S)
    await scene.stop()
    await scene.start()
    await paints(scene, scene.guest("Ada"))

    assert files(scene) == ["0/0", "1/0"]


@pytest.mark.parametrize("budget_mb", [None, 0])
async def test_files_that_cannot_be_removed_keep_neither_others_nor_words(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, budget_mb: int | None
) -> None:
    scene = await open_scene(clock=hurried, keep_prompts_days=7)
    ada = scene.guest("Ada")
    for _ in range(2):
        await paints(scene, ada)
    stuck, _ = jobs(scene)
    folder = spool_of(scene) / str(stuck.id)
    await scene.stop()
    shutil.rmtree(folder)
    folder.write_bytes(b"what no bot can remove as a folder")
    if budget_mb is None:
        hurried.skip(8 * A_DAY_S)
    scene.settings = scene.settings.model_copy(update={"keep_pictures_mb": budget_mb})

    await scene.start()

    await until(lambda: [path.name for path in spool_of(scene).iterdir()] == [folder.name])
    assert f"files not removed job={stuck.id}" in caplog.text
    assert "incident" not in caplog.text
    await until(lambda: budget_mb == 0 or words(scene) == ["", ""])


async def test_when_the_budget_is_reached_the_oldest_requests_pictures_go_first(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, keep_pictures_mb=1, images={"picture_bytes": HALF_A_MEGABYTE})
    ada = scene.guest("Ada")
    for _ in range(2):
        await paints(scene, ada)
    await hurried.sleep(61)  # two rounds
    assert files(scene) == ["0/0", "1/0"]

    await paints(scene, ada)

    await until(lambda: files(scene) == ["1/0", "2/0"])


async def test_nothing_is_kept_after_delivery_with_a_budget_of_nothing(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried, keep_pictures_mb=0)
    ada = scene.guest("Ada")
    _, hold = await held_at_discord(scene, ada, POST)
    await hurried.sleep(61)
    assert files(scene) == ["0/0"], "not while it is being delivered"

    hold.release()

    await until_states(scene, "delivered")
    await until(lambda: files(scene) == [])


async def test_a_budget_of_nothing_does_not_take_pictures_that_wait_for_their_member(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, keep_pictures_mb=0, image_previews=0)
    ada = scene.guest("Ada")
    ada.person.accepts_direct_messages = False
    await held(scene, ada, private=True)
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=2)
    scene.images.release()
    await until_states(scene, "waiting")

    await hurried.sleep(61)

    assert files(scene) == ["0/0"]


async def test_little_room_on_the_disk_refuses_new_requests_in_words_and_takes_what_is_only_kept(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await open_scene(clock=hurried)
    ada, olga = scene.guest("Ada"), scene.guest("Olga")
    await paints(scene, ada)
    await scene.stop()
    changes = {"min_free_mb": 10**9, "owner_ids": frozenset({olga.id})}
    scene.settings = scene.settings.model_copy(update=changes)
    await scene.start()
    await until(lambda: "disk low" in caplog.text)

    asked = await ada.slash("imagine", prompt="a boat")

    await ends(asked, "My disk is full", "This cost you nothing.")
    await until(lambda: files(scene) == [])
    await olga.until_sees("dm", says("MIN_FREE_MB"))
    await hurried.sleep(600)
    assert len(olga.sees("dm")) == 1
    assert states(scene) == ["delivered"], "nothing was written down for the second"


def test_a_file_of_several_jobs_counts_once_and_goes_with_the_last_of_them() -> None:
    shared, one, two, three = (0, 1), (0, 2), (0, 3), (0, 4)
    shelf = {1: {shared: 100, one: 10}, 2: {shared: 100, two: 10}, 3: {three: 10}}

    assert too_much(shelf, set(), 130) == []
    assert too_much(shelf, set(), 129) == [1]
    assert too_much(shelf, set(), 119) == [1, 2]
    assert too_much(shelf, {shared}, 30) == [], "removing it here would make no room"
    assert too_much(shelf, set(), None) == []
    assert too_much(shelf, set(), None, missing_bytes=5) == [1]
    assert too_much(shelf, set(), 0) == [1, 2, 3]
