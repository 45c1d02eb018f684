"""The same person in two servers, and what belongs to others: nothing is read across."""

from sandbox.discord.faults import status
from sandbox.discord.permissions import Permission
from sandbox.guest import Upload
from tests.end_to_end.books import charged, jobs, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import finished, has_result, paints
from tests.end_to_end.test_quota_commands import admin
from tests.end_to_end.trouble import CARD, NO_MESSAGE
from tests.end_to_end.uploads import picture
from tests.scene import Scene


def messages_read(scene: Scene, *, since: int) -> list[str]:
    """What the bot has asked Discord for by its own rights, since so many requests."""
    asked = scene.discord.requests[since:]
    return [each.path for each in asked if each.method == "GET" and "/messages" in each.path]


async def test_quota_shows_requests_and_use_of_the_place_where_it_is_asked(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await paints(scene, ada, "seen in the Atelier")
    await finished(await ada.slash("imagine", prompt="seen in the Workshop", channel="lounge", count=2))
    await finished(await ada.slash("imagine", prompt="seen by nobody", channel="dm"))

    said = {
        place: (await (await ada.slash("quota", channel=place)).answer()).text for place in ("general", "lounge", "dm")
    }

    for place, own, used in (
        ("general", "seen in the Atelier", "1 of 20"),
        ("lounge", "seen in the Workshop", "2 of 20"),
        ("dm", "seen by nobody", "1 of 20"),
    ):
        assert own in said[place]
        assert used in said[place]
        assert said[place].count("seen") == 1


async def test_quota_shows_nothing_that_others_asked_for(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ada, "what Ada dreamt of")
    await paints(scene, ben, "what Ben had in mind")

    his = await (await ben.slash("quota")).answer()

    assert "what Ben had in mind" in his.text
    assert "what Ada dreamt of" not in his.text
    assert "1 of 20" in his.text


async def test_an_admin_sees_nothing_of_a_member_in_other_servers(scene: Scene) -> None:
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    await (await ben.slash("admin quota set", channel="lounge", user=ada, images=7)).answer()
    await finished(await ada.slash("imagine", prompt="elsewhere", channel="lounge", count=2))
    await finished(await ada.slash("imagine", prompt="in private", channel="dm"))

    one, everybody = await admin(cleo, "show", user=ada), await admin(cleo, "show")

    assert "Used today: 0," in one
    assert str(ben.id) not in one
    assert "Nobody has made a picture" in everybody


async def test_the_menu_varies_what_the_member_sees_and_the_bot_reads_no_message_for_it(scene: Scene) -> None:
    """Discord sends the message along; fetched by its number, the bot's rights would count instead of the member's."""
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    shown = await ben.say("look", uploads=[Upload("cat.png", picture())])
    before = len(scene.discord.requests)

    await finished(await ada.menu("Vary image", shown))

    assert messages_read(scene, since=before) == []
    assert charged(scene, ada) == 1


async def test_without_a_picture_no_other_channel_is_looked_into(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await finished(await ben.slash("imagine", prompt="in the Workshop", channel="lounge"))
    await (await ben.slash("imagine", prompt="for Ben alone", options={"private": True})).until(has_result)
    before = len(scene.discord.requests)

    answer = await (await ada.slash("vary")).answer()

    assert "Which picture?" in answer.text
    assert len(jobs(scene, ada)) == 0
    assert messages_read(scene, since=before) == []


async def test_who_may_not_read_the_history_gets_no_picture_out_of_it(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ben)
    scene.discord.set_permissions(scene.discord.channel("general"), ada.person, deny=Permission.READ_MESSAGE_HISTORY)
    before = len(scene.discord.requests)

    answer = await (await ada.slash("vary")).answer()

    assert "Which picture?" in answer.text
    assert messages_read(scene, since=before) == []


async def test_pictures_that_wait_are_offered_to_their_member_alone(open_scene: Open) -> None:
    scene = await open_scene(image_previews=0)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    ada.person.accepts_direct_messages = False
    scene.discord.faults.add(method="PATCH", path=CARD, then=status(404, NO_MESSAGE), times=9)
    await ada.slash("imagine", prompt="for Ada alone", options={"private": True})
    await until_states(scene, "waiting")
    scene.discord.faults.clear()

    hers, his = [await (await guest.slash("quota")).answer() for guest in (ada, ben)]

    assert "waiting for you" in hers.text
    assert "waiting for you" not in his.text
    assert his.buttons == []
