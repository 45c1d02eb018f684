"""Pictures that are too large for where they go."""

import io
import os

from PIL import Image

from sandbox.discord.faults import Late, status
from sandbox.image_api.faults.answers import pictures
from tests.end_to_end.books import charged, reserved, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import DONE, ends, finished, has_result, public, refused
from tests.end_to_end.trouble import FORBIDDEN, POST, TOO_LARGE

MIB = 1024 * 1024


def gif(side_px: int) -> bytes:
    """Noise, of about a byte and a half a pixel."""
    image = Image.frombytes("P", (side_px, side_px), os.urandom(side_px * side_px))
    image.putpalette([value // 3 for value in range(768)])
    stream = io.BytesIO()
    image.save(stream, "GIF")
    return stream.getvalue()


BEGINS_AS_PNG = b"\x89PNG\r\n\x1a\n" + bytes(11 * MIB)


async def test_after_a_413_the_picture_is_converted_and_posted(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": MIB})
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=status(413, TOO_LARGE))

    await finished(await ada.slash("imagine", prompt="a red bicycle"))

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.webp"]
    assert post.attachments[0].content_type == "image/webp"
    assert charged(scene, ada) == 1


async def test_a_picture_over_the_channels_limit_is_converted_before_it_is_posted(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": 11 * MIB})
    ada = scene.guest("Ada")

    await ends(await ada.slash("imagine", prompt="a red bicycle"), DONE, timeout_s=40)

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.webp"]
    assert post.attachments[0].size_bytes <= 10 * MIB
    posts = [request for request in scene.discord.requests if request.files and request.method == "POST"]
    assert [request.status for request in posts] == [200]


async def test_a_413_for_the_second_message_of_a_result_shows_no_picture_twice_and_none_too_few(
    open_scene: Open,
) -> None:
    scene = await open_scene(images={"picture_bytes": 9 * MIB})
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=Late(0))
    scene.discord.faults.add(method="POST", path=POST, then=status(413, TOO_LARGE))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=3)
    await ends(asked, DONE, timeout_s=60)

    shown = [each.filename for post in public(ada) for each in post.attachments]
    assert shown == ["easel-1.png", "easel-2.png", "easel-3.webp"]
    assert charged(scene, ada) == 3


async def test_pictures_that_the_channel_takes_no_more_follow_on_the_card(open_scene: Open) -> None:
    scene = await open_scene(images={"picture_bytes": 9 * MIB})
    ada = scene.guest("Ada")
    scene.discord.faults.add(method="POST", path=POST, then=Late(0))
    scene.discord.faults.add(method="POST", path=POST, then=status(403, FORBIDDEN))

    asked = await ada.slash("imagine", prompt="a red bicycle", count=3)
    card = await asked.until(has_result, timeout_s=40)

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.png", "easel-2.png"]
    assert [each.filename for each in card.attachments] == ["easel-3.png"]
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 3


async def test_a_gif_over_the_limit_is_converted_like_other_kinds(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=pictures(gif(3_000)))

    await ends(await ada.slash("imagine", prompt="a red bicycle"), DONE, timeout_s=40)

    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.webp"]
    assert charged(scene, ada) == 1


async def test_a_picture_over_the_limit_that_cannot_be_read_holds_up_no_other_and_is_not_charged(
    open_scene: Open,
) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=pictures(gif(100), BEGINS_AS_PNG))

    card = await ends(await ada.slash("imagine", prompt="a red bicycle", count=2), DONE, timeout_s=40)

    assert "1 picture did not come; you were not charged for what is missing." in card.text
    [post] = public(ada)
    assert [each.filename for each in post.attachments] == ["easel-1.gif"]
    assert "19 left today" in post.text
    await until_states(scene, "delivered")
    assert (charged(scene, ada), reserved(scene)) == (1, 0)


async def test_when_no_picture_can_be_shown_anywhere_the_job_ends_at_no_cost(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada = scene.guest("Ada")
    scene.images.faults.add(route="generations", then=pictures(BEGINS_AS_PNG))

    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))

    assert card.buttons == ["Try again"]
    await until_states(scene, "failed")
    assert (charged(scene), reserved(scene)) == (0, 0)
