"""Keys of messages that the bot does not know, or not yet: they open nothing on any other message."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from bot.ui.buttons import Action
from sandbox.discord.faults import Reset, status
from sandbox.discord.permissions import Permission
from sandbox.guest import Guest, SeenMessage
from tests.end_to_end.books import jobs, states, until_states
from tests.end_to_end.conftest import Open
from tests.end_to_end.screen import ends, finished, has_result, paints, public, results
from tests.end_to_end.test_erase import rows
from tests.end_to_end.test_forged_presses import key_on, presses, with_key
from tests.end_to_end.trouble import FORBIDDEN, POST, held
from tests.scene import Scene

NOT_MINE = "not one of mine"


@dataclass(frozen=True, slots=True)
class Line:
    """Ada's request is being painted and Ben's waits behind it; his card's message is entered when it begins."""

    scene: Scene
    ada: Guest
    ben: Guest
    key: str

    async def goes_on(self) -> None:
        assert states(self.scene) == ["delivered", "painting", "queued"]
        self.scene.images.release()
        await until_states(self.scene, *["delivered"] * 3)


async def lined_up(open_scene: Open) -> Line:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    await paints(scene, ada)
    await held(scene, ada, "first in line")
    waiting = await (await ben.slash("imagine", prompt="for Ben alone", options={"private": True})).answer()
    return Line(scene, ada, ben, key_on(waiting))


async def test_the_key_of_a_private_card_opens_nothing_on_a_public_message(open_scene: Open) -> None:
    line = await lined_up(open_scene)
    [post] = results(line.ada)

    assert NOT_MINE in await presses(line.ben, post, with_key(Action.CANCEL, line.key))

    assert [seen.text for seen in results(line.ada)] == [post.text]
    await line.goes_on()


async def test_the_key_of_a_private_card_opens_nothing_on_a_private_message_in_another_server(open_scene: Open) -> None:
    line = await lined_up(open_scene)
    elsewhere = await (await line.ben.slash("quota", channel="lounge")).answer()

    assert NOT_MINE in await presses(line.ben, elsewhere, with_key(Action.CANCEL, line.key))

    await line.goes_on()


async def test_a_card_that_is_known_is_taken_for_no_other_private_message(open_scene: Open) -> None:
    line = await lined_up(open_scene)
    another = await (await line.ada.slash("quota")).answer()
    [_, (key,), _] = rows(line.scene, "SELECT key FROM jobs ORDER BY id")

    assert NOT_MINE in await presses(line.ada, another, with_key(Action.FOLLOW, str(key)))

    await line.goes_on()


@pytest.mark.parametrize("action", [Action.AGAIN, Action.VARY, Action.DELETE, Action.WHY])
async def test_the_key_of_a_private_card_is_not_that_of_a_result(open_scene: Open, action: Action) -> None:
    """Whoever learns it cannot have what another asked for in private painted by it."""
    line = await lined_up(open_scene)
    her_own = await (await line.ada.slash("quota")).answer()

    assert NOT_MINE in await presses(line.ada, her_own, with_key(action, line.key))

    await line.goes_on()


async def with_a_lost_post(scene: Scene) -> SeenMessage:
    """Ada's result stands in the channel, but the bot does not know where: its answer was lost, and it may not look."""
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    bot = scene.discord.world.bot
    scene.discord.set_permissions(scene.discord.channel("general"), bot, deny=Permission.READ_MESSAGE_HISTORY)
    scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=True))
    scene.images.release()
    await asked.until(has_result)
    await until_states(scene, "delivered")
    [post] = public(ada)
    return post


def shown_twice(scene: Scene, post: SeenMessage) -> None:
    """It was shown on the card, too, to be sure, and charged once: the audit would count it twice."""
    del scene.discord.world.messages[post.channel_id][post.id]


Place = Callable[[Scene], Awaitable[SeenMessage]]


async def _in_another_channel(scene: Scene) -> SeenMessage:
    await finished(await scene.guest("Ada").slash("imagine", prompt="elsewhere", channel="lounge"))
    return results(scene.guest("Ada"), "lounge")[0]


async def _of_somebody_else(scene: Scene) -> SeenMessage:
    return await scene.guest("Ben").say("nothing of the bot's")


async def _in_private(scene: Scene) -> SeenMessage:
    return await (await scene.guest("Ada").slash("quota")).answer()


@pytest.mark.parametrize("place", [_in_another_channel, _of_somebody_else, _in_private])
async def test_a_result_whose_answer_was_lost_is_taken_for_no_message_that_it_cannot_be(
    scene: Scene, place: Place
) -> None:
    post = await with_a_lost_post(scene)
    ada = scene.guest("Ada")
    message = await place(scene)
    before = jobs(scene)

    assert NOT_MINE in await presses(ada, message, with_key(Action.AGAIN, key_on(post)))

    assert jobs(scene) == before
    await ends(await ada.click(post, "Delete"), "Deleted")
    shown_twice(scene, post)


async def test_a_result_whose_answer_was_lost_has_no_buttons_of_a_card(scene: Scene) -> None:
    post = await with_a_lost_post(scene)

    assert NOT_MINE in await presses(scene.guest("Ada"), post, with_key(Action.CANCEL, key_on(post)))

    shown_twice(scene, post)


async def with_a_lost_card(scene: Scene) -> SeenMessage:
    """The card of Ben's reply stands in the channel, but the bot does not know where."""
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    scene.discord.faults.add(method="GET", path=r"/messages", then=status(403, FORBIDDEN), times=9)
    scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=True))
    scene.images.hold()
    await ben.reply(post, "vary")
    await scene.images.until_held(1)
    return [seen for seen in public(ada) if seen.author == "Easel"][-1]


async def test_the_card_of_a_reply_whose_answer_was_lost_is_no_result_and_not_private(scene: Scene) -> None:
    card = await with_a_lost_card(scene)
    ada = scene.guest("Ada")
    her_own = await (await ada.slash("quota")).answer()
    [_, (key,)] = rows(scene, "SELECT key FROM jobs ORDER BY id")
    assert card.attachments == []

    for message, action in ((card, Action.AGAIN), (card, Action.DELETE), (her_own, Action.WHY)):
        assert NOT_MINE in await presses(ada, message, with_key(action, str(key))), action

    assert states(scene) == ["delivered", "painting"]
    scene.images.release()
    await until_states(scene, "delivered", "delivered")
