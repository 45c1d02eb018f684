"""A job that ended while its process died before it could say so: the next process says it."""

from sandbox.discord.faults import Hang, Happening
from sandbox.image_api.faults import errors
from tests.end_to_end.books import charged, reserved, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import NOT_CHARGED, ends, finished, paints, public, says
from tests.end_to_end.trouble import CARD, held
from tests.scene import Scene

FOR_EVER_S = 600


def lost_words(scene: Scene) -> Happening:
    """The next change of a card never reaches Discord, and those after it wait behind it."""
    return scene.discord.faults.add(method="PATCH", path=CARD, then=Hang(FOR_EVER_S))


async def crashed(scene: Scene, *, before: Happening, state: str) -> None:
    """The end is in the books, its words are on their way, and the process dies."""
    await until_states(scene, state)
    await until(lambda: before.struck == 1)
    await scene.crash()


async def test_a_refusal_is_told_after_the_restart(scene: Scene) -> None:
    ada = scene.guest("Ada")
    words = lost_words(scene)
    asked = await ada.slash("imagine", prompt="something forbidden")
    await crashed(scene, before=words, state="refused")

    await scene.start()
    card = await ends(asked, "flagged for violence", NOT_CHARGED)

    assert card.ephemeral
    assert card.buttons == []
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_failure_is_told_after_the_restart(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    words = lost_words(scene)
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await crashed(scene, before=words, state="failed")

    await scene.start()
    card = await ends(asked, "owner has to look into it", NOT_CHARGED)

    assert card.buttons == []
    assert (charged(scene), reserved(scene)) == (0, 0)


async def test_a_delivery_is_told_after_the_restart(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    words = lost_words(scene)
    scene.images.release()
    await crashed(scene, before=words, state="delivered")

    await scene.start()
    card = await finished(asked)

    [post] = public(ada)
    assert str(post.id) in card.text
    assert "did not come" not in card.text
    assert charged(scene, ada) == 1


async def test_what_was_told_is_not_told_again(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="something forbidden")
    await ends(asked, NOT_CHARGED)
    await scene.stop()
    told = len(scene.discord.requests)

    await scene.start()
    await paints(scene, ada)

    assert [each for each in scene.discord.requests[told:] if asked.interaction.token in each.path] == []


async def test_the_public_note_of_a_refused_reply_goes_away_although_its_process_died(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene()
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    await ben.reply(post, "vary as something forbidden")
    [note] = await ben.until_sees("general", says("I cannot do that."))
    await until_states(scene, "delivered", "refused")
    await scene.crash()

    before = len(scene.discord.requests)

    scene.clock = hurried
    await scene.start()

    await until(lambda: note.id not in [seen.id for seen in public(ben)])
    await hurried.sleep(20)
    about_it = [each.method for each in scene.discord.requests[before:] if str(note.id) in each.path]
    assert (about_it.count("PATCH") <= 1, about_it.count("DELETE")) == (True, 1)
    assert ben.sees("dm") == []
    assert charged(scene, ben) == 0
