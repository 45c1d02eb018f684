"""What a successor makes of a half-finished job: the pictures on the spool, and the calls that were entered."""

from bot.settings import Settings
from sandbox.guest import Asked, Guest
from tests.end_to_end.books import charged, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import ends, finished, public
from tests.end_to_end.trouble import POST, held_at_discord
from tests.scene import Scene


async def painted_and_crashed(scene: Scene, guest: Guest) -> Asked:
    """A request whose picture is on the spool and whose bot died before anything was posted."""
    asked, hold = await held_at_discord(scene, guest, POST)
    await scene.crash()
    hold.release()
    return asked


def with_model(settings: Settings, model: str) -> Settings:
    return settings.model_copy(update={"image_model": model})


async def test_a_picture_is_shown_with_the_model_that_painted_it_whatever_the_default_is_now(open_scene: Open) -> None:
    scene = await open_scene(image_model="gpt-image-2.5-flare")
    ada = scene.guest("Ada")
    asked = await painted_and_crashed(scene, ada)
    scene.settings = with_model(scene.settings, "gpt-image-2")

    await scene.start()
    await finished(asked)

    assert "`gpt-image-2.5-flare`" in public(ada)[-1].text
    assert charged(scene, ada) == 1


async def test_a_file_that_is_not_as_it_was_entered_is_not_shown_and_not_charged(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await painted_and_crashed(scene, ada)
    [file] = (scene.settings.data_dir / "spool").glob("*/0")
    file.write_bytes(file.read_bytes()[:-100])

    await scene.start()
    await ends(asked, "interrupted while this was being painted")

    await until_states(scene, "failed")
    assert (charged(scene), reserved(scene)) == (0, 0)
    assert public(ada) == []
