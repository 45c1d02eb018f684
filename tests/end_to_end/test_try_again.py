"""Try again: offered where it may help, and then it works."""

from sandbox.discord.faults import Hold
from sandbox.guest import Upload
from tests.end_to_end.books import charged, reserved, states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import ends, finished, public, refused, shows_pictures
from tests.end_to_end.trouble import CALLBACK
from tests.end_to_end.uploads import CAT
from tests.scene import Scene


async def test_a_picture_that_could_not_be_fetched_is_fetched_by_the_next_try(scene: Scene) -> None:
    ada = scene.guest("Ada")
    message = await ada.say("look", uploads=[CAT])
    kept = scene.discord.cdn.attachment_of(message.attachments[0].url)
    assert kept is not None
    hidden = kept.path.rename(kept.path.with_suffix(".hidden"))  # the CDN has lost it for a moment
    card = await refused(await ada.menu("Vary image", message))
    hidden.rename(kept.path)

    await finished(await ada.click(card, "Try again"))

    assert "could not fetch" in card.text
    assert card.buttons == ["Try again"]
    assert [len(seen.attachments) for seen in public(ada) if seen.author == "Easel"] == [1]
    assert states(scene) == ["failed", "delivered"]
    assert (charged(scene, ada), reserved(scene)) == (1, 0)


async def test_a_file_that_is_no_picture_is_not_offered_to_be_tried_again(scene: Scene) -> None:
    ada = scene.guest("Ada")

    card = await refused(await ada.slash("vary", image=Upload("picture.png", b"hello, I am text" * 100), raw=True))

    assert card.buttons == []
    assert states(scene) == ["failed"]
    assert [seen for seen in public(ada) if shows_pictures(seen)] == []


async def test_try_again_of_an_again_that_never_had_its_source_takes_it_from_the_first(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried, queue_max_wait_s=600)
    ada = scene.guest("Ada")
    await finished(await ada.slash("vary", image=CAT))
    [result] = [seen for seen in public(ada) if shows_pictures(seen)]
    answer = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=CALLBACK, then=answer)
    again = await ada.click(result, "Again")
    await answer.arrived.wait()
    await scene.crash()  # accepted and answered, and nothing of it has begun
    answer.release()
    hurried.skip(601)
    hidden = [each.rename(each.with_suffix(".hidden")) for each in scene.discord.cdn.files()]
    await scene.start()
    card = await ends(again, "waited too long")

    await finished(await ada.click(card, "Try again"))

    assert len(hidden) > 0, "the signed link was of no use"
    assert states(scene) == ["delivered", "failed", "delivered"]
    assert charged(scene, ada) == 2
