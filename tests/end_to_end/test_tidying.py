"""What lies on the disk is removed when its time is over, whatever became of its job."""

import pytest

from bot.spool import Spool
from sandbox.image_api.faults import answers
from tests.end_to_end.books import jobs, states, until
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, refused

A_WEEK_AND_AN_HOUR_S = 7 * 86_400 + 3_600


@pytest.mark.parametrize("fails", [False, True])
async def test_previews_do_not_stay_longer_than_pictures(open_scene: Open, hurried: HurriedClock, fails: bool) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    if fails:
        scene.images.faults.add(route="generations", then=answers.no_pictures())
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await (refused(asked) if fails else finished(asked))
    [job] = jobs(scene)
    spool = Spool(scene.settings.data_dir / "spool")
    with spool.new(job.id, "arriving") as writer:
        writer.write(b"a preview")
        preview = writer.finish("preview-0-0").file

    await scene.stop()
    await scene.start()
    await until(lambda: states(scene) == ["failed" if fails else "delivered"])
    assert preview.exists()
    await scene.stop()
    hurried.skip(A_WEEK_AND_AN_HOUR_S)
    await scene.start()

    await until(lambda: not preview.parent.exists())
