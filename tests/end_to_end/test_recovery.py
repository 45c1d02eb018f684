"""Crashes, restarts and hand-overs: nothing lost, nothing posted or charged twice, nobody left without words."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import DATABASE
from bot.cli import secrets_of
from bot.log import configure
from sandbox.discord.faults import Hold, Reset, status
from sandbox.discord.permissions import Permission
from sandbox.guest import Asked, Guest
from sandbox.image_api import faults_errors as errors
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.books import charged, jobs, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.screen import Held, ends, finished, let_through, paints, public, refused, says, shows_pictures
from tests.scene import Scene

POST = r"^/channels/\d+/messages$"
NONCE_KEPT_S = 5 * 60
DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)
FOUR_PLACES = 4


async def held(scene: Scene, guest: Guest, prompt: str = "a red bicycle") -> Asked:
    """A request whose call waits at the image service."""
    scene.images.hold()
    asked = await guest.slash("imagine", prompt=prompt)
    await scene.images.until_held(1)
    return asked


@asynccontextmanager
async def second_bot(scene: Scene) -> AsyncIterator[Scene]:
    """Another process on the same database and token, as during a hand-over."""
    other = Scene(scene.discord, scene.images, scene.settings, scene.clock)
    try:
        await other.start()
        house = other.house
        assert house is not None
        await until(house.client.is_ready)
        yield other
    finally:
        await other.crash()


# A crash in each state


async def test_what_was_queued_at_a_crash_is_painted_by_the_next_process(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, rerun_lost=True)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    second = await ben.slash("imagine", prompt="a blue one")
    await second.answer()

    await scene.crash()
    assert states(scene) == ["painting", "queued"]
    scene.images.release()
    await scene.start()

    await finished(first)
    await finished(second)
    assert len(public(ada)) == 2
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_a_call_whose_outcome_a_crash_hid_is_released_and_its_member_told(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.crash()
    scene.images.release()
    await scene.start()
    card = await refused(asked)

    assert "restarted while this was being painted" in card.text
    assert card.buttons == ["Try again"]
    assert len(scene.images.records.of("generations")) == 1, "it may have been paid"
    assert (states(scene), charged(scene), reserved(scene)) == (["failed"], 0, 0)
    await finished(await ada.click(card, "Try again"))
    assert charged(scene, ada) == 1


async def test_with_rerun_lost_such_a_call_is_made_once_more(open_scene: Open) -> None:
    scene = await open_scene(rerun_lost=True)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.crash()
    scene.images.release()
    await scene.start()
    await finished(asked)

    assert len(scene.images.records.of("generations")) == 2
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


async def test_pictures_that_had_arrived_before_a_crash_are_delivered_and_the_rest_is_released(
    open_scene: Open,
) -> None:
    scene = await open_scene(images_at_once=1, images={"models": (*DEFAULT_MODELS, DALL_E)})
    ada = scene.guest("Ada")
    second_call = Held()
    scene.images.faults.add(route="generations", then=let_through())
    scene.images.faults.add(route="generations", then=second_call.fault)
    asked = await ada.slash("imagine", prompt="a red bicycle", model="dall-e-3", count=3)
    await second_call.arrived.wait()

    await scene.crash()
    second_call.release()
    await scene.start()
    card = await finished(asked)

    [post] = public(ada)
    assert len(post.attachments) == 1
    assert "dall-e-3" in post.text
    assert "19 left today" in post.text
    assert "2 pictures did not come" in card.text
    assert len(scene.images.records.of("generations")) == 2
    assert (charged(scene, ada), reserved(scene, ada)) == (1, 0)


async def test_pictures_that_were_painted_and_not_posted_are_posted_once(scene: Scene) -> None:
    ada = scene.guest("Ada")
    hold = Hold()
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await ada.slash("imagine", prompt="a red bicycle", count=2)
    await hold.arrived.wait()

    await scene.crash()
    assert states(scene) == ["painted"]
    await scene.start()
    await finished(asked)
    hold.release()  # the dead process's post arrives at last: Discord knows its nonce
    await paints(scene, ada)

    assert [len(post.attachments) for post in public(ada)] == [2, 1]
    assert len(scene.images.records.of("generations")) == 2
    assert charged(scene, ada) == 3


async def posted_and_crashed(scene: Scene, guest: Guest) -> Asked:
    """The result stands in the channel, and the process died before it could write that down."""
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    asked = await guest.slash("imagine", prompt="a red bicycle")
    await hold.arrived.wait()
    await scene.crash()
    hold.release()
    assert len(public(guest)) == 1
    return asked


@pytest.mark.parametrize("passed_s", [0, NONCE_KEPT_S])
async def test_a_post_that_could_not_be_written_down_is_found_and_not_repeated(scene: Scene, passed_s: int) -> None:
    ada = scene.guest("Ada")
    asked = await posted_and_crashed(scene, ada)

    scene.discord.clock.advance(passed_s)
    await scene.start()
    card = await finished(asked)

    [post] = public(ada)
    assert str(post.id) in card.text
    assert charged(scene, ada) == 1
    assert post.buttons == ["V1", "Again", "Delete"]


async def test_a_post_that_is_found_behind_hundreds_of_messages_is_not_repeated(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    asked = await posted_and_crashed(scene, ada)
    for number in range(120):
        await ben.say(f"message {number}")

    scene.discord.clock.advance(NONCE_KEPT_S)
    await scene.start()
    await finished(asked)

    assert len([seen for seen in public(ada) if seen.attachments]) == 1
    assert charged(scene, ada) == 1


async def test_without_the_right_to_read_the_channel_nothing_is_posted_there_again(scene: Scene) -> None:
    """An empty history must not look like «not posted»: the pictures come on the private card instead."""
    ada = scene.guest("Ada")
    asked = await posted_and_crashed(scene, ada)
    scene.discord.set_permissions(
        scene.discord.channel("general"), scene.discord.world.bot, deny=Permission.READ_MESSAGE_HISTORY
    )

    scene.discord.clock.advance(NONCE_KEPT_S)
    await scene.start()
    card = await asked.until(lambda seen: seen.attachments)

    assert card.ephemeral
    assert len(public(ada)) == 1
    await until_states(scene, "delivered")
    assert charged(scene, ada) == 1
    # The audit would count the picture twice: it was shown twice, to be sure, and charged once.
    del scene.discord.world.messages[card.channel_id][public(ada)[0].id]


async def test_a_private_result_on_the_card_survives_a_crash_before_it_is_written_down(scene: Scene) -> None:
    ada = scene.guest("Ada")
    scene.images.hold()
    asked = await ada.slash("imagine", prompt="a red bicycle", private=True)
    await asked.until(says("Painting"))
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="PATCH", path=r"^/webhooks/", then=hold)
    scene.images.release()
    await hold.arrived.wait()

    await scene.crash()
    hold.release()
    await scene.start()
    await until_states(scene, "delivered")
    await paints(scene, ada)

    assert asked.message is not None
    assert len(asked.message.attachments) == 1
    assert len(public(ada)) == 1


async def test_a_process_that_is_killed_outright_is_followed_by_one_that_finishes_its_work(open_scene: Open) -> None:
    """`kill -9` on the real command: no `finally` runs, the lock of its file is all that tells."""
    scene = await open_scene(start=False)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    hold = Hold(after_work=True)
    scene.discord.faults.add(method="POST", path=POST, then=hold)
    settings = {
        "DISCORD_TOKEN": scene.settings.discord_token.get_secret_value(),
        "DISCORD_API_URL": scene.settings.discord_api_url,
        "DISCORD_GATEWAY_URL": scene.settings.discord_gateway_url,
        "OPENAI_API_KEY": scene.images.api_key,
        "OPENAI_BASE_URL": scene.images.base_url,
        "DATA_DIR": str(scene.settings.data_dir),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONWARNINGS": "ignore",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        env=settings,
        cwd=scene.settings.data_dir.parent.parent,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await scene.discord.ready(20)
        posted = await ada.slash("imagine", prompt="posted before the end")
        await hold.arrived.wait()
        interrupted = await held(scene, ada, "never finished")
        unanswered = Hold()
        scene.discord.faults.add(method="POST", path=r"/callback", then=unanswered)
        await ben.slash("imagine", channel="lounge", prompt="never answered")
        await unanswered.arrived.wait()
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    scene.images.release()
    assert states(scene) == ["painted", "painting", "queued"]
    assert list((scene.settings.data_dir / "owners").glob("*.lock"))

    await scene.start()

    await finished(posted)
    await ends(interrupted, "restarted while this was being painted")
    await ben.until_sees("lounge", shows_pictures)
    await until_states(scene, "delivered", "failed", "delivered")
    assert len(public(ada)) == 1
    assert (charged(scene), reserved(scene)) == (2, 0)


# After a restart


async def test_buttons_from_before_a_restart_work(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    scene.images.faults.add(route="generations", then=errors.insufficient_quota())
    card = await refused(await ada.slash("imagine", prompt="a red bicycle"))
    await paints(scene, ada)
    [post] = public(ada)

    await scene.stop()
    await scene.start()

    await finished(await ada.click(card, "Try again"))
    await finished(await ben.click(post, "Again"))
    await finished(await ben.click(post, "V1"))
    await ada.click(post, "Delete")
    await until(lambda: post.id not in [seen.id for seen in public(ada)])
    assert len(public(ada)) == 3
    assert (charged(scene, ada), charged(scene, ben)) == (2, 2)


async def test_cancel_on_a_card_from_before_a_crash_works(open_scene: Open) -> None:
    scene = await open_scene(images_at_once=1, rerun_lost=True)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    waiting = await ben.slash("imagine", prompt="on second thoughts")
    card = await waiting.answer()

    await scene.crash()
    await scene.start()
    await scene.images.until_held(2)
    await ben.click(card, "Cancel")
    await ends(waiting, "Cancelled")
    scene.images.release()

    await finished(first)
    assert states(scene) == ["delivered", "cancelled"]
    assert reserved(scene, ben) == 0


async def test_a_result_from_before_a_restart_is_not_touched(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a red bicycle")
    card = await finished(asked)
    await until_states(scene, "delivered")

    for _ in range(3):
        await scene.crash()
        await scene.start()
    await paints(scene, ada)

    assert asked.message is not None
    assert asked.message.text == card.text
    assert len(public(ada)) == 2
    assert charged(scene, ada) == 2


async def test_a_crash_while_recovering_is_recovered_from(scene: Scene) -> None:
    ada = scene.guest("Ada")
    for after_work in (False, True):
        scene.discord.faults.add(method="POST", path=POST, then=Hold(after_work=after_work))
    asked = await ada.slash("imagine", prompt="a red bicycle")

    for number in (1, 2):
        await until(lambda number=number: holds_struck(scene) == number)
        await scene.crash()
        await scene.start()
    scene.discord.faults.clear()

    await finished(asked)
    assert len(public(ada)) == 1
    assert charged(scene, ada) == 1


def holds_struck(scene: Scene) -> int:
    return sum(planned.struck for planned in scene.discord.faults._planned)


# Two processes


async def test_two_processes_on_one_database_give_one_answer_and_one_picture_each(scene: Scene) -> None:
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    async with second_bot(scene):
        asked = [
            await guest.slash("imagine", prompt=f"number {number}", channel=channel)
            for number in range(3)
            for guest, channel in ((ada, "general"), (ben, "lounge"))
        ]
        for each in asked:
            await finished(each)

    assert len(public(ada)) == len(public(ben, "lounge")) == 3
    assert states(scene) == ["delivered"] * 6
    assert len(scene.images.records.of("generations")) == 6
    assert (charged(scene, ada), charged(scene, ben)) == (3, 3)


async def test_a_button_that_two_processes_hear_works_once(open_scene: Open, caplog: pytest.LogCaptureFixture) -> None:
    scene = await open_scene(images_at_once=1)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    first = await held(scene, ada)
    waiting = [await ben.slash("imagine", prompt=f"number {number}") for number in range(4)]
    async with second_bot(scene):
        for each in waiting:
            await ben.click(await each.answer(), "Cancel")
            await ends(each, "Cancelled")
        scene.images.release()
        await finished(first)
        await paints(scene, ben)

    for each in waiting:
        await ends(each, "Cancelled")
    assert "incident" not in caplog.text
    assert states(scene) == ["delivered", *["cancelled"] * 4, "delivered"]
    assert (charged(scene, ben), reserved(scene)) == (1, 0)


async def test_when_one_of_two_processes_dies_the_other_takes_up_its_work(
    open_scene: Open, hurried: HurriedClock
) -> None:
    scene = await open_scene(clock=hurried)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)
    async with second_bot(scene):
        await scene.crash()
        scene.images.release()

        await refused(asked)
        await paints(scene, ada)

    assert states(scene) == ["failed", "delivered"]


# Stopping


async def test_a_stop_lets_calls_in_flight_finish_leaves_the_queue_to_the_next_and_says_restarting(
    open_scene: Open,
) -> None:
    scene = await open_scene(images_at_once=1, drain_s=30)
    ada, ben, cleo = scene.guest("Ada"), scene.guest("Ben"), scene.guest("Cleo")
    in_flight = await held(scene, ada)
    queued = await ben.slash("imagine", prompt="after the restart")
    await queued.answer()

    stopping = asyncio.create_task(scene.stop())
    await asyncio.sleep(0)
    late = await cleo.slash("imagine", prompt="too late")
    answer = await late.answer()
    assert answer.ephemeral
    assert "just restarting" in answer.text
    scene.images.release()
    await finished(in_flight)
    await stopping

    assert states(scene) == ["delivered", "queued"]
    assert jobs(scene, cleo) == []
    assert len(scene.images.records.of("generations")) == 1
    await scene.start()
    await finished(queued)
    assert len(public(ada)) == 2
    assert (charged(scene, ada), charged(scene, ben)) == (1, 1)


async def test_a_stop_does_not_wait_longer_than_the_owner_allows(open_scene: Open) -> None:
    scene = await open_scene(drain_s=1)
    ada = scene.guest("Ada")
    asked = await held(scene, ada)

    await scene.stop()
    assert states(scene) == ["painting"]
    scene.images.release()
    await scene.start()

    await refused(asked)
    assert (charged(scene), reserved(scene)) == (0, 0)


# What is written to the log


async def test_the_log_of_a_whole_day_holds_no_prompt_no_token_and_no_key(
    open_scene: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "the unmistakable heron of Wapping"
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    scene = await open_scene(start=False)
    configure(level="DEBUG", form="text", known_secrets=secrets_of(scene.settings))
    try:
        await scene.start()
        ada = scene.guest("Ada")
        faults = scene.images.faults
        faults.add(route="generations", then=errors.status(400, {"error": {"message": f"no: {words}", "code": "x"}}))
        faults.add(route="generations", then=errors.status(401, {"error": {"message": scene.images.api_key}}))
        for _ in range(2):
            await refused(await ada.slash("imagine", prompt=words))
        scene.discord.faults.add(method="POST", path=POST, then=Reset(after_work=True))
        await finished(await ada.slash("imagine", prompt=words, count=2))
        scene.discord.faults.add(method="POST", path=POST, then=status(403, {"message": words, "code": 50013}))
        asked = await ada.slash("imagine", prompt=words)
        await asked.until(lambda seen: seen.attachments)
        await refused(await ada.slash("imagine", prompt=f"forbidden {words}"))
        await until_states(scene, "failed", "failed", "delivered", "delivered", "refused")
        await scene.crash()
        await scene.start()
        await scene.stop()
    finally:
        root.handlers[:], root.level = before[0], before[1]

    written = capsys.readouterr().err
    assert "delivered job=" in written
    assert "way closed" in written
    for secret in (words, "heron", scene.images.api_key, scene.discord.bot_token, asked.interaction.token):
        assert secret not in written
    assert asked.interaction.token[:40] not in written


async def test_nothing_but_the_books_and_the_spool_is_kept_and_no_token_outlives_its_job(scene: Scene) -> None:
    ada = scene.guest("Ada")
    asked = await ada.slash("imagine", prompt="a red bicycle")
    await finished(asked)
    await scene.stop()

    content = (scene.settings.data_dir / DATABASE).read_bytes()
    assert asked.interaction.token.encode() not in content
    assert scene.images.api_key.encode() not in content
    assert {path.name.partition("-")[0] for path in scene.settings.data_dir.iterdir()} == {DATABASE, "owners", "spool"}
    assert shows_pictures(public(ada)[0])
