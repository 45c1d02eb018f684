"""Discord is slow to hand out what the first answer depends on: the answer does not wait for it."""

from sandbox.discord.faults import Hang
from tests.end_to_end.books import jobs
from tests.end_to_end.screen import finished, paints
from tests.end_to_end.uploads import CAT
from tests.scene import Scene

TOO_SLOW_S = 30


async def test_vary_without_a_picture_asks_for_one_when_the_last_one_cannot_be_looked_up_in_time(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada)
    scene.discord.faults.add(method="GET", path=r"/channels/\d+/messages/\d+", then=Hang(TOO_SLOW_S))

    asked = await ada.slash("vary")
    answer = await asked.answer()

    assert not asked.failed
    assert answer.ephemeral
    assert "Which picture?" in answer.text
    assert len(jobs(scene)) == 1
    await finished(await ada.slash("vary", image=CAT))
