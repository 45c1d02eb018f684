"""Replies to pictures, from the keyboard to the posted variation."""

import pytest

from sandbox.discord.faults import Hold
from sandbox.discord.message import Body, MessageType, Pinged
from tests.end_to_end.books import charged, jobs, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import finished, paints, public, says, variation
from tests.end_to_end.trouble import POST
from tests.end_to_end.uploads import CAT
from tests.scene import Scene


@pytest.mark.parametrize(
    ("words", "count", "directions"),
    [
        ("vary", 1, ""),
        ("Variations 3", 3, ""),
        ("vary 2 at night", 2, "at night"),
        ("vary at night", 1, "at night"),
        ("more", 1, ""),
        ("again 2!", 2, ""),
        ("<@BOT> in winter", 1, "in winter"),
        ("<@BOT>", 1, ""),
    ],
)
async def test_a_reply_varies_the_picture(scene: Scene, words: str, count: int, directions: str) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)

    await ben.reply(post, words.replace("BOT", str(scene.discord.world.bot.id)))
    result = await variation(ben, before=1)

    assert len(result.attachments) == count
    assert directions in (scene.images.records.of("edits")[-1].prompt or "")
    await until_states(scene, "delivered", "delivered")
    await ben.until_sees("general", lambda _: len([seen for seen in public(ben) if seen.author == "Easel"]) == 2)
    assert charged(scene, ben) == count


async def test_a_reply_picks_the_picture_it_names(scene: Scene) -> None:
    ada = scene.guest("Ada")
    await finished(await ada.slash("imagine", prompt="two boats", count=2))
    [post] = public(ada)

    await ada.reply(post, "vary #2")
    await variation(ada, before=1)
    await ada.reply(post, "vary #7")
    note = (await ada.until_sees("general", says("I cannot do that.")))[-1]
    why = await (await ada.click(note, "Why? (only you)")).answer()

    assert why.ephemeral
    assert "no #7" in why.text


@pytest.mark.parametrize("words", ["lovely!", "more of a pear than an apple", "again and again", "it may vary"])
async def test_conversation_under_a_picture_is_left_alone(scene: Scene, words: str) -> None:
    ada = scene.guest("Ada")
    post = await paints(scene, ada)

    await ada.reply(post, words)
    await paints(scene, ada)

    assert len(jobs(scene)) == 2


async def test_a_reply_to_somebody_elses_picture_names_the_menu(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    message = await ada.say("my cat", uploads=[CAT])

    await ben.reply(message, f"<@{scene.discord.world.bot.id}> vary")
    note = (await ben.until_sees("general", says("I cannot do that.")))[-1]
    why = await (await ben.click(note, "Why? (only you)")).answer()

    assert "Vary image" in why.text
    assert jobs(scene) == []


async def test_a_reply_that_was_on_its_way_when_its_picture_was_deleted_is_told_so(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)
    channel, stored = scene.discord.channel("general"), scene.discord.world.messages[post.channel_id][post.id]
    bot_id = scene.discord.world.bot.id
    words = Body(content=f"<@{bot_id}> vary", pinged=Pinged(people=(bot_id,)))

    await scene.discord.messages.delete(stored)
    scene.discord.messages.post(channel, ben.person, words, kind=MessageType.REPLY, reply_to=stored)
    note = (await ben.until_sees("general", says("I cannot do that.")))[-1]
    why = await (await ben.click(note, "Why? (only you)")).answer()

    assert "has been deleted" in why.text
    assert len(jobs(scene)) == 1


async def test_the_reason_for_a_refused_reply_is_for_its_author_alone(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)

    await ben.reply(post, "vary as something forbidden")
    note = (await ben.until_sees("general", says("I cannot do that.")))[-1]
    others = await (await ada.click(note, "Why? (only you)")).answer()
    mine = await (await ben.click(note, "Why? (only you)")).answer()

    assert "flagged" not in others.text
    assert "flagged" in mine.text
    assert mine.ephemeral
    assert charged(scene, ben) == 0


async def test_so_is_the_reason_why_a_reply_was_not_even_taken(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    post = await paints(scene, ada)

    await ben.reply(post, "vary #7")
    note = (await ben.until_sees("general", says("I cannot do that.")))[-1]
    others = await (await ada.click(note, "Why? (only you)")).answer()
    mine = await (await ben.click(note, "Why? (only you)")).answer()

    assert "#7" not in others.text
    assert "there is no #7" in mine.text
    assert (others.ephemeral, mine.ephemeral) == (True, True)
    assert len(jobs(scene)) == 1


async def test_a_note_whose_process_died_is_taken_away_by_the_next(open_scene: Open, hurried: HurriedClock) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    post = await paints(scene, ada)
    await ada.reply(post, "vary #7")
    await ada.until_sees("general", says("I cannot do that."))
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    await ada.reply(post, "vary #8")
    await hold.arrived.wait()
    assert len([seen for seen in public(ada) if says("I cannot do that.")(seen)]) == 2

    await scene.crash()
    hold.release()
    hurried.skip(120)
    await scene.start()

    await until(lambda: not [seen for seen in public(ada) if says("I cannot do that.")(seen)])
    assert post.id in [seen.id for seen in public(ada)]
