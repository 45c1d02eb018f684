"""Pictures that are too large for where they go."""

from sandbox.discord.faults import Late, status
from tests.end_to_end.books import charged, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import DONE, ends, finished, has_result, public
from tests.end_to_end.trouble import FORBIDDEN, POST, TOO_LARGE

MIB = 1024 * 1024


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
